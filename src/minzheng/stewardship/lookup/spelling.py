"""Pinyin as it is typed (拼音输入): without spaces, its last syllable perhaps only begun, or initials alone."""

from functools import cache, lru_cache
from typing import Final

from minzheng.kernel.pinyin import syllables

WAYS: Final = 4
INITIALS_AT_MOST: Final = 8


@lru_cache(maxsize=512)
def readings(typed: str) -> tuple[tuple[str, ...], ...]:
    """Every way to cut the letters into syllables, the last perhaps begun: xian gives (xian,) and (xi, an) (音节切分)."""
    found: list[tuple[str, ...]] = []
    _cut(typed, (), found)
    whole = [cut for cut in found if cut[-1] in _known()]
    return tuple(sorted(whole or found, key=len)[:WAYS])


@lru_cache(maxsize=1024)
def begun(letters: str) -> frozenset[str]:
    """The syllables that begin so, itself among them (以此开头的音节)."""
    return frozenset(s for s in _known() if s.startswith(letters))


def may_be_initials(typed: str) -> bool:
    """Whether the letters can be first letters of syllables (是否拼音首字母)."""
    return 2 <= len(typed) <= INITIALS_AT_MOST and not set(typed) & set("iuv")


def _cut(rest: str, before: tuple[str, ...], found: list[tuple[str, ...]]) -> None:
    if len(found) >= 4 * WAYS:
        return
    for size in range(min(6, len(rest)), 0, -1):
        head, tail = rest[:size], rest[size:]
        if not tail:
            if begun(head):
                found.append((*before, head))
        elif head in _known():
            _cut(tail, (*before, head), found)


@cache
def _known() -> frozenset[str]:
    return frozenset(s for s in syllables() if s.isascii() and (len(s) > 1 or s in "aeo"))
