"""The tree over a batch's lines: against RFC 9162's shape, and that nothing can be put in another's place."""

from hypothesis import given
from hypothesis import strategies as st

from minzheng.foundation.crypto.sm2 import sm3
from minzheng.sharing.between import tree

lines = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def by_the_book(leaves: list[bytes]) -> bytes:
    """The RFC's own recursion: the left half is the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sm3(b"\1" + by_the_book(leaves[:half]) + by_the_book(leaves[half:]))


@given(lines)
def test_the_root_is_the_rfc_s(found):
    leaves = [tree.leaf(line) for line in found]
    assert tree.root(leaves) == by_the_book(leaves)
    growing = tree.Growing()
    for leaf in leaves:
        growing.add(leaf)
    assert growing.root() == tree.root(leaves) and growing.count == len(leaves)


@given(lines, st.data())
def test_every_line_leads_to_the_root_and_no_other_line_does(found, data):
    leaves = [tree.leaf(line) for line in found]
    at = data.draw(st.integers(0, len(leaves) - 1))
    steps = tree.path(leaves, at)
    assert tree.led_to(leaves[at], steps) == tree.root(leaves)
    assert len(steps) <= (len(leaves) - 1).bit_length()
    assert tree.led_to(tree.leaf(found[at] + b"."), steps) != tree.root(leaves)


def test_no_lines_have_a_root_too():
    assert tree.root([]) == sm3(b"")
