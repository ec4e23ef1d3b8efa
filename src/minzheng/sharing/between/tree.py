"""The tree over a batch's lines (默克尔树): one root stands for all, a short path proves one.

As in RFC 9162 §2.1, with SM3: a leaf is SM3(0x00 ‖ line), a node SM3(0x01 ‖ left ‖ right), the left half the largest power of
two below the number of leaves, so that no line can pass for a node and none can be counted twice.
"""

from collections.abc import Sequence

from minzheng.foundation.crypto.sm2 import sm3

EMPTY = sm3(b"")


def leaf(line: bytes) -> bytes:
    """The digest of one line, 32 bytes (叶)."""
    return sm3(b"\0" + line)


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves in their order (根). Linear: level by level, an odd one is carried up."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        paired = [sm3(b"\1" + level[at] + level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


class Growing:
    """A tree that grows leaf by leaf (增长中的树): of all that came it keeps one digest a level, so its memory does not grow."""

    def __init__(self) -> None:
        self.count = 0
        self._whole: list[
            tuple[int, bytes]
        ] = []  # (leaves under it, digest) of whole subtrees, the largest first

    def add(self, leaf_digest: bytes) -> None:
        """One leaf more."""
        self.count += 1
        size = 1
        while self._whole and self._whole[-1][0] == size:
            size, leaf_digest = size * 2, sm3(b"\1" + self._whole.pop()[1] + leaf_digest)
        self._whole.append((size, leaf_digest))

    def root(self) -> bytes:
        """The root over the leaves so far."""
        if not self._whole:
            return EMPTY
        *rest, (_, found) = self._whole
        for _, digest in reversed(rest):
            found = sm3(b"\1" + digest + found)
        return found


def path(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """What leads from one leaf to the root: (side, digest) from below, side ``L`` or ``R`` of the sibling (证明路径)."""
    level, steps = list(leaves), []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(("L" if sibling < index else "R", level[sibling]))
        paired = [sm3(b"\1" + level[at] + level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level, index = paired + level[len(paired) * 2 :], index // 2
    return steps


def led_to(leaf_digest: bytes, steps: Sequence[tuple[str, bytes]]) -> bytes:
    """The root a leaf leads to by a path (由叶至根)."""
    for side, sibling in steps:
        leaf_digest = sm3(b"\1" + sibling + leaf_digest if side == "L" else b"\1" + leaf_digest + sibling)
    return leaf_digest
