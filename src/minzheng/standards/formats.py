"""Representation formats of GB/T 19488.1 (表示格式): ``a..50``, ``an18``, ``n..12,2``, ``d8``.

Source: GB/T 19488.1-2004. Lengths count characters; ``n..12,2`` is at most 12 digits, 2 of them decimals.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_FORMAT = re.compile(r"(an|a|n|c|d|t|b|u|ul)(?:(\d+)?(\.\.))?(\d+)?(?:,(\d+))?", re.IGNORECASE)
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)?\.\.(-?\d+(?:\.\d+)?)?")
# Which characters each letter admits; a narrower letter admits fewer.
_ADMITS = {
    "n": {"n"},
    "d": {"d"},
    "t": {"t"},
    "b": {"b"},
    "a": {"a", "b"},
    "an": {"a", "n", "an", "d", "t", "b"},
    "c": {"a", "n", "an", "c", "d", "t", "b"},
    "u": {"u"},
    "ul": {"ul", "a", "n", "an", "c", "u"},
}


@dataclass(frozen=True, slots=True)
class Format:
    """One representation format, taken apart (表示格式).

    Lengths in characters, ``scale`` in decimal places.
    """

    letters: str
    shortest: int
    longest: int | None
    scale: int

    def is_within(self, other: "Format") -> bool:
        """Whether every value of this format is also one of ``other`` (是否收窄)."""
        if self.letters not in _ADMITS[other.letters]:
            return False
        if self.shortest < other.shortest or self.scale > other.scale:
            return False
        if other.longest is None:
            return True
        if self.longest is None or self.longest > other.longest:
            return False
        return self.longest - self.scale <= other.longest - other.scale


def parse_format(text: str) -> Format:
    """Take a format apart (解析表示格式). Raises ``ValueError`` with a Chinese message."""
    match = _FORMAT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"表示格式“{text}”不合 GB/T 19488.1 写法, 例: a..50、an18、n..12,2、d8")
    letters, shortest, dots, longest, scale = match.groups()
    end = int(longest) if longest else None
    if dots and end is None:
        raise ValueError(f"表示格式“{text}”缺少最大长度")
    start = int(shortest) if shortest else (0 if dots or end is None else end)
    if letters.lower() == "n" and not dots:
        start = 0 if scale else start
    if end is not None and start > end:
        raise ValueError(f"表示格式“{text}”的最小长度大于最大长度")
    return Format(letters.lower(), start, end, int(scale or 0))


def parse_range(text: str) -> tuple[Decimal | None, Decimal | None] | None:
    """A number range ``0..100`` as (low, high), or None where the text is no range (数值范围)."""
    match = _RANGE.fullmatch(text.strip())
    if not match or not any(match.groups()):
        return None
    low, high = (Decimal(part) if part else None for part in match.groups())
    return low, high


def range_is_within(
    inner: tuple[Decimal | None, Decimal | None], outer: tuple[Decimal | None, Decimal | None]
) -> bool:
    """Whether ``inner`` lies inside ``outer``, ends included (范围是否收窄)."""
    low_ok = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    high_ok = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return low_ok and high_ok
