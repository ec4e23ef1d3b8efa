"""Differences, character by character (差异标注): found in the clear values, shown in the masked ones."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Run:
    """A stretch of text, and whether the other side says something else there (文字段)."""

    text: str
    differs: bool


def marked(own: str, other: str, mask: Callable[[str], str] | None = None) -> tuple[Run, ...]:
    """``own`` as shown, with what ``other`` does not say marked; every mark stands where the clear texts differ."""
    flags = _flags(own, other)
    shown = mask(own) if mask else own
    if len(shown) != len(own):  # the mask cuts the end off: what differs behind it shows on its stars
        kept = len(shown) - len(shown.lstrip("*")) if shown.startswith("*") else len(shown.rstrip("*"))
        flags = [*flags[:kept], *[any(flags[kept:])] * (len(shown) - kept)]
    runs: list[Run] = []
    for character, differs in zip(shown, flags, strict=True):
        if runs and runs[-1].differs == differs:
            runs[-1] = Run(runs[-1].text + character, differs)
        else:
            runs.append(Run(character, differs))
    return tuple(runs)


def _flags(own: str, other: str) -> list[bool]:
    if len(own) == len(other):  # numbers, dates, names of one length: place by place
        return [a != b for a, b in zip(own, other, strict=True)]
    flags = [True] * len(own)
    for block in SequenceMatcher(None, own, other, autojunk=False).get_matching_blocks():
        flags[block.a : block.a + block.size] = [False] * block.size
    return flags
