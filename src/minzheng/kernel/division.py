"""Codes of administrative divisions (行政区划代码).

Source: GB/T 2260 (six digits to the county), GB/T 10114 (nine to the township) and the twelve digits of the
statistics office for villages. Everything here follows from the digits alone. Which divisions really exist is
data: some counties have villages but no townships, and their villages carry a placeholder township
(such as 330383198) that the caller may name as absent.
"""

import re
from collections.abc import Container
from typing import Final, Literal

from minzheng.kernel.text import half_width, squeeze

Level = Literal["province", "city", "county", "township", "village"]

LEVELS: Final[tuple[Level, ...]] = ("province", "city", "county", "township", "village")
PREFIX_LENGTHS: Final[dict[Level, int]] = {
    "province": 2,
    "city": 4,
    "county": 6,
    "township": 9,
    "village": 12,
}

_DIGITS: Final = re.compile(r"[1-9][0-9]*")
_WRITTEN: Final = frozenset({2, 4, 6, 9, 12})


def normalise(text: str) -> str:
    """The code in its own length: 6, 9 or 12 digits (区划代码规范化).

    '33' gives '330000', '330106000000' gives '330106', '330106001000' gives '330106001'.
    ValueError with a Chinese reason when no division can have the code.
    """
    code = squeeze(half_width(text))
    if not code:
        raise ValueError("区划代码为空")
    if not _DIGITS.fullmatch(code):
        raise ValueError(f"区划代码“{code[:20]}”应全为数字且首位不为0")
    if len(code) not in _WRITTEN:
        raise ValueError(f"区划代码应为2、4、6、9或12位，实为{len(code)}位")
    whole = code.ljust(12, "0")
    for upper, lower, names in (
        (whole[2:4], whole[4:6], "市级代码为00而县级代码不为00"),
        (whole[4:6], whole[6:9], "县级代码为00而乡级代码不为000"),
        (whole[6:9], whole[9:12], "乡级代码为000而村级代码不为000"),
    ):
        if not int(upper) and int(lower):
            raise ValueError(f"区划代码{code}：{names}")
    if int(whole[9:]):
        return whole
    return whole[:9] if int(whole[6:9]) else whole[:6]


def level(code: str) -> Level:
    """Level of a normalised code (区划级别). ValueError when the code is not in its own length."""
    if normalise(code) != code:
        raise ValueError(f"区划代码{code}未规范化")
    if len(code) == 12:
        return "village"
    if len(code) == 9:
        return "township"
    if code[4:] != "00":
        return "county"
    return "city" if code[2:4] != "00" else "province"


def prefix(code: str) -> str:
    """The digits every code below this one begins with (区划前缀): 33, 3301, 330106, 9 or 12 digits."""
    return code[: PREFIX_LENGTHS[level(code)]]


def covers(upper: str, lower: str) -> bool:
    """Whether ``lower`` is ``upper`` itself or lies below it (管辖)."""
    level(lower)
    return lower.startswith(prefix(upper))


def parent(code: str, *, absent: Container[str] = ()) -> str | None:
    """The division one level up, None above a province (上级区划).

    Levels named in ``absent`` are stepped over: with the placeholder township of a county that rules its
    villages directly, the parent of a village is the county.
    """
    position = LEVELS.index(level(code))
    while position:
        position -= 1
        above = normalise(code[: PREFIX_LENGTHS[LEVELS[position]]])
        if above not in absent:
            return above
    return None
