"""The unified social credit code of an organisation (统一社会信用代码).

Source: GB 32100-2015, with GB 11714-1997 for the nine characters of the organisation itself: one character of
registering department, one of kind, six of division, nine of organisation (the last its own check character),
one check character.
"""

import re
from typing import Final

from minzheng.kernel.text import half_width, squeeze

LENGTH: Final = 18
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""No I, O, S, V, Z: they are too easily taken for digits or other letters."""

BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

_CHARACTERS: Final = re.compile(f"[{ALPHABET}]*")
_BODY: Final = re.compile(r"[0-9A-Z]{8}")


def normalise(text: str) -> str:
    """The code in half-width capitals without white space (代码规范化)."""
    return squeeze(half_width(text)).upper()


def check_character(first17: str) -> str:
    """The 18th character (校验码), GB 32100: Σ value·3^i mod 31. ValueError on a foreign character."""
    if len(first17) != LENGTH - 1 or not _CHARACTERS.fullmatch(first17):
        raise ValueError("计算校验码需要前17位代码字符")
    total = sum(ALPHABET.index(character) * pow(3, i, 31) for i, character in enumerate(first17))
    return ALPHABET[-total % 31]


def body_check_character(first8: str) -> str:
    """The 17th character, GB 11714: 11 − Σ mod 11, 10 as X, 11 as 0; letters from A=10 (组织机构代码校验码).

    ValueError on anything but eight digits or capitals.
    """
    if not _BODY.fullmatch(first8):
        raise ValueError("计算组织机构代码校验码需要8位数字或大写字母")
    total = sum(weight * int(character, 36) for weight, character in zip(BODY_WEIGHTS, first8, strict=True))
    return "0X987654321"[total % 11]


def problem(code: str) -> str | None:
    """Why a normalised code cannot be one, in Chinese, or None (代码校验)."""
    if not code:
        return "统一社会信用代码为空"
    if len(code) != LENGTH:
        return f"统一社会信用代码应为18位，实为{len(code)}位"
    if not _CHARACTERS.fullmatch(code):
        return "统一社会信用代码只能由数字和大写字母组成，且不含I、O、S、V、Z"
    if not code[2:8].isdigit():
        return "统一社会信用代码第3至8位（登记机关区划）应为数字"
    if body_check_character(code[8:16]) != code[16]:
        return "统一社会信用代码第17位（组织机构代码校验码）不正确"
    if check_character(code[:17]) != code[17]:
        return "统一社会信用代码第18位（校验码）不正确"
    return None
