"""A tree of digests (默克尔树): one signature for many, a short proof for each. RFC 6962's shape, with SM3."""

from collections.abc import Sequence

from minzheng.foundation.crypto.sm2 import sm3

LEAF, NODE = b"\x00", b"\x01"


def leaf_of(content: bytes) -> bytes:
    """The leaf of what is to be proved (叶)."""
    return sm3(LEAF + content)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root; ``ValueError`` where there is no leaf (树根)."""
    if not leaves:
        raise ValueError("a tree needs a leaf")
    return _levels(leaves)[-1][0]


def path_of(leaves: Sequence[bytes], n: int) -> list[tuple[str, bytes]]:
    """From leaf ``n`` to the root: on which side each neighbour stands, ``left`` or ``right`` (证明路径)."""
    found: list[tuple[str, bytes]] = []
    for level in _levels(leaves)[:-1]:
        beside = n ^ 1
        if beside < len(level):
            found.append(("left" if beside < n else "right", level[beside]))
        n //= 2
    return found


def climbed(leaf: bytes, path: Sequence[tuple[str, bytes]]) -> bytes:
    """The root that a leaf and its path lead to (验证路径)."""
    for side, beside in path:
        leaf = sm3(NODE + beside + leaf) if side == "left" else sm3(NODE + leaf + beside)
    return leaf


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """From the leaves up; a last one without a neighbour goes up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [sm3(NODE + below[i] + below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(below) - len(below) % 2 :])
    return levels
