"""The citizen's identity number (公民身份号码).

Source: GB 11643-1999. Six digits of address, eight of birth, three of sequence (odd is male), one check
character. The address code stays for life, so it need not be a current division code.
"""

import re
from datetime import date
from typing import Final, Literal

from minzheng.kernel.text import half_width, squeeze

LENGTH: Final = 18
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS: Final = "10X98765432"
MAX_AGE: Final = 150

PROVINCES: Final = frozenset(
    str(code)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (91, 91),
    )
    for code in range(first, last + 1)
)
"""First two digits in use: GB/T 2260 provinces, 83 (residence permits of Taiwan residents), 91 (abroad)."""

SYNTHETIC_ADDRESS: Final = re.compile(r"33[0-9]{2}99")
"""Address codes GB/T 2260 never assigned; samples use them so that no number can belong to anyone."""

_OLD: Final = re.compile(r"[0-9]{15}")
_FULL: Final = re.compile(r"[0-9]{17}[0-9X]")
_FIRST17: Final = re.compile(r"[0-9]{17}")


def normalise(text: str) -> str:
    """The number as the standard writes it (号码规范化).

    Full-width becomes half-width, white space goes, x becomes X, a 15-digit number of the first generation
    gets its century and check character. Whatever else the text holds is left for ``problem`` to name.
    """
    number = squeeze(half_width(text)).upper()
    if _OLD.fullmatch(number):
        body = number[:6] + "19" + number[6:]
        return body + check_digit(body)
    return number


def check_digit(first17: str) -> str:
    """Check character of the first 17 digits (校验码). ValueError when they are not 17 digits."""
    if not _FIRST17.fullmatch(first17):
        raise ValueError("计算校验码需要前17位数字")
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def problem(number: str, *, today: date, synthetic: bool = True) -> str | None:
    """Why a normalised number cannot be one, in Chinese, or None (号码校验).

    ``synthetic`` lets the never assigned address codes 33xx99 pass.
    """
    if not number:
        return "公民身份号码为空"
    if len(number) != LENGTH:
        return f"公民身份号码应为18位，实为{len(number)}位"
    if not _FULL.fullmatch(number):
        return "公民身份号码前17位应为数字，末位应为数字或X"
    if number[:2] not in PROVINCES:
        return f"公民身份号码前两位{number[:2]}不是省级代码"
    if not synthetic and SYNTHETIC_ADDRESS.match(number):
        return f"公民身份号码地址码{number[:6]}为测试专用，不得用于实际业务"
    return _birth_problem(number, today) or _check_problem(number)


def birth_date(number: str) -> date:
    """Birth date written in the number (出生日期). ValueError when there is no such day."""
    part = number[6:14]
    if len(number) != LENGTH or not (part.isascii() and part.isdigit()):
        raise ValueError("公民身份号码中没有出生日期")
    try:
        return date(int(part[:4]), int(part[4:6]), int(part[6:]))
    except ValueError:
        raise ValueError(f"公民身份号码中的出生日期{part}不存在") from None


def sex_code(number: str) -> Literal["1", "2"]:
    """Sex after GB/T 2261.1, 1 male or 2 female, from the 17th digit (性别代码)."""
    digit = number[16:17]
    if len(number) != LENGTH or not (digit.isascii() and digit.isdigit()):
        raise ValueError("公民身份号码中没有性别位")
    return "1" if int(digit) % 2 else "2"


def earliest_birth(today: date) -> str:
    """The earliest birth a number may state, as its eight digits state it (最早出生日期).

    Compare it as text: on a 29 February it is a day that never was, and whoever was born the day before is past the limit.
    """
    return f"{today.year - MAX_AGE:04d}{today:%m%d}"


def _birth_problem(number: str, today: date) -> str | None:
    try:
        born = birth_date(number)
    except ValueError as reason:
        return str(reason)
    if born > today:
        return f"公民身份号码中的出生日期{born.isoformat()}晚于今天"
    if number[6:14] < earliest_birth(today):
        return f"公民身份号码中的出生日期{born.isoformat()}距今超过{MAX_AGE}年"
    return None


def _check_problem(number: str) -> str | None:
    # The right character is not told: it would turn the check into a way of making numbers up.
    return None if check_digit(number[:17]) == number[17] else "公民身份号码校验码不正确"
