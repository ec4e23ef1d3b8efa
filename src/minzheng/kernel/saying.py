"""How counts and days are said to people (数字与日期的说法): in 万 and 亿, a day as 2026年3月5日. Amounts: ``money``."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_WAN: Final = Decimal(10_000)
_YI: Final = Decimal(100_000_000)


def say_count(value: int) -> str:
    """A count as one says it: 9,999 as it is, 123456 as 12.3 万, 250000000 as 2.5 亿 (计数).

    Rounded half up to one decimal, none where it is 0; what rounds up to 10000 万 is said in 亿.
    """
    number = Decimal(value)
    if abs(number) < _WAN:
        return f"{value:,}"
    scaled = _tenth(number / _WAN)
    if abs(scaled) < _WAN:
        return f"{_plain(scaled)} 万"
    return f"{_plain(_tenth(number / _YI))} 亿"


def say_day(day: date) -> str:
    """A day as written in a letter: 2026年3月5日 (日期)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _tenth(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def _plain(number: Decimal) -> str:
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.1f}"
