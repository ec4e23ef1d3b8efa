"""What was typed into the one box (识别所输内容): decided from the characters alone."""

import re
from dataclasses import dataclass
from datetime import date

from minzheng.kernel import division, id_number, uscc
from minzheng.kernel.names import DOT, fold
from minzheng.kernel.text import half_width, squeeze
from minzheng.registry.variants import variants
from minzheng.stewardship.lookup.terms import Typed

LONGEST = 100
_MOBILE = re.compile(r"(?:0086|86)?(1[3-9][0-9]{9})")
_LINE = re.compile(r"0[0-9]{9,11}")
_LETTERS = re.compile(r"[a-zü]+")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text was taken for (识别结果): ``text`` as it is looked up, ``problem`` what seems wrong with it."""

    kind: Typed
    text: str
    problem: str = ""


def recognise(typed: str, *, today: date) -> Recognised:
    """Take a text for an identifier, a code, pinyin or a name (识别)."""
    plain = squeeze(half_width(typed))[:LONGEST]
    upper = plain.upper()
    if any(character.isdigit() for character in upper) and upper.isascii():
        return _identifier(upper, today)
    if any(character.isdigit() for character in upper):
        return Recognised(Typed.CERTIFICATE, upper)
    letters = plain.lower().replace("'", "")
    if _LETTERS.fullmatch(letters):
        if len(letters) < 2:
            return Recognised(Typed.SHORT, letters, "请至少输入两个字母")
        return Recognised(Typed.PINYIN, letters.replace("ü", "v"))
    name = fold(plain, variants()).replace(DOT, "")
    return Recognised(Typed.NAME, name) if name else Recognised(Typed.SHORT, "", "请输入要查的内容")


def _identifier(text: str, today: date) -> Recognised:
    number = id_number.normalise(text)
    if len(text) == uscc.LENGTH and uscc.problem(text) is None and id_number.problem(number, today=today):
        return Recognised(Typed.USCC, text)
    if len(number) == id_number.LENGTH and number[:17].isdigit():
        return Recognised(Typed.ID_NUMBER, number, id_number.problem(number, today=today) or "")
    bare = text.translate(str.maketrans("", "", "-()+"))
    if mobile := _MOBILE.fullmatch(bare):
        return Recognised(Typed.PHONE, mobile[1])
    if _is_division(text):
        return Recognised(Typed.DIVISION, division.normalise(text))
    if _LINE.fullmatch(bare):
        return Recognised(Typed.PHONE, bare)
    if len(text) == uscc.LENGTH and text.isalnum() and text[2:8].isdigit():
        return Recognised(Typed.USCC, text, uscc.problem(text) or "")
    return Recognised(Typed.CERTIFICATE, text)


def _is_division(text: str) -> bool:
    try:
        division.normalise(text)
    except ValueError:
        return False
    return len(text) >= division.PREFIX_LENGTHS["city"]
