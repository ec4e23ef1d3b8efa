"""Amounts of money as whole fen (金额，以分为单位的整数). No float ever takes part."""

import re
from typing import Final, Literal

from minzheng.kernel.text import half_width, squeeze

Unit = Literal["元", "万元", "亿元", "分"]

FEN: Final[dict[str, int]] = {
    "分": 1,
    "元": 100,
    "圆": 100,
    "万": 1_000_000,
    "万元": 1_000_000,
    "亿": 10_000_000_000,
    "亿元": 10_000_000_000,
}
MAX_FEN: Final = 2**63 - 1
"""The largest amount a bigint column holds."""

_AMOUNT: Final = re.compile(
    r"(?P<sign>[+-]?)(?:人民币|RMB|CNY)?[¥$]?(?P<inner_sign>[+-]?)"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<part>[0-9]*))?"
    r"(?P<unit>万元|亿元|元|圆|万|亿|分)?整?",
    re.IGNORECASE,
)
_MINUS: Final = str.maketrans("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63", "-------")
_LONGEST: Final = 40


def parse_fen(text: str, unit: Unit = "元") -> int:
    """Amount in fen of what people and systems write (金额解析).

    Takes ``1,605.00``, ``1605元``, ``￥1605``, ``1.2万``, full-width forms. ``unit`` says what a bare number
    means; a unit written in the text wins. A negative amount needs its sign: brackets do not count as one.
    ValueError with a Chinese reason when it is no amount, has a fraction of a fen, or is too large.
    """
    written = squeeze(half_width(text)).translate(_MINUS)
    if not written:
        raise ValueError("金额为空")
    found = _AMOUNT.fullmatch(written) if len(written) <= _LONGEST else None
    if found is None or not (found["whole"] or found["part"]) or "$" in written:
        raise ValueError(f"“{written[:20]}”不是金额")
    if found["sign"] and found["inner_sign"]:
        raise ValueError(f"“{written[:20]}”有两个正负号")
    part = (found["part"] or "").rstrip("0")
    scaled = int((found["whole"] or "0").replace(",", "") + part) * FEN[found["unit"] or unit]
    fen, rest = divmod(scaled, int("1" + "0" * len(part)))
    if rest:
        raise ValueError(f"金额“{written[:20]}”的小数超过两位，不足一分")
    if fen > MAX_FEN:
        raise ValueError(f"金额“{written[:20]}”过大")
    return -fen if "-" in (found["sign"], found["inner_sign"]) else fen


def format_yuan(fen: int) -> str:
    """Yuan with grouped digits and two decimals, without a unit: 160500 gives '1,605.00' (元)."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def format_large(fen: int) -> str:
    """The amount with the unit people read it in: 元, 万元 or 亿元, two decimals, half up (大额金额)."""
    size = abs(fen)
    # The bounds are those of the rounded figure, so that nobody reads 10,000.00万元.
    for unit, ceiling in (("元", 10_000), ("万元", 10_000)):
        hundredths = _half_up(size, FEN[unit] // 100)
        if hundredths < ceiling * 100:
            return _signed(fen, hundredths) + unit
    return _signed(fen, _half_up(size, FEN["亿元"] // 100)) + "亿元"


def _half_up(size: int, step: int) -> int:
    return (2 * size + step) // (2 * step)


def _signed(fen: int, hundredths: int) -> str:
    return format_yuan(-hundredths if fen < 0 else hundredths)
