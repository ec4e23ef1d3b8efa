"""Personal names: one written form, and whether two can be one person's (姓名).

The table of variant characters (异体字、繁体字) is data of the packs and is passed in.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from minzheng.kernel.pinyin import pinyin
from minzheng.kernel.text import half_width, squeeze

DOT: Final = "·"
DOTS: Final = "·•・‧.∙⋅･●˙"
"""Marks used between the parts of a name of several words, after full-width has become half-width."""

_COMPOUND: Final = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 "
    "濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 "
    "公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 "
    "微生 梁丘 左丘 东门 西门 第五 单于 完颜 耶律 贺兰 纳兰 叶赫 尔朱 哥舒 屈突 歐陽 司馬 諸葛 "
    "尉遲 東方 獨孤 南宮 萬俟 聞人 公孫 仲孫 鍾離 長孫 鮮于 單于 軒轅 賀蘭 納蘭 濮陽 澹臺 赫連"
)
COMPOUND_SURNAMES: Final = frozenset(_COMPOUND.split())
"""Surnames of two characters (复姓), simplified and traditional."""

_DOT_RUN: Final = re.compile(f"[{re.escape(DOTS)}]+")
# Selectors that choose a glyph of the same character: rare names carry them on some systems only.
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Compatibility(StrEnum):
    """How two names stand to each other (姓名一致性). No personal data."""

    SAME = "same"
    VARIANT = "variant"
    HOMOPHONE = "homophone"
    ONE_CHARACTER = "one_character"
    DIFFERENT = "different"

    @property
    def agrees(self) -> bool:
        """Whether both may be written forms of one person's name."""
        return self is not Compatibility.DIFFERENT


_ORDER: Final = list(Compatibility)


def fold(name: str, variants: Mapping[int, str]) -> str:
    """The name in one written form (姓名归一).

    Half-width, no white space, one kind of middle dot, variant characters replaced. ``variants`` maps code
    points to standard characters, as ``str.translate`` takes them.
    """
    return _plain(name).translate(variants)


def surname(name: str) -> str:
    """The surname of a folded name; of a name with dots its first part (姓氏)."""
    if DOT in name:
        return name.split(DOT, 1)[0]
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]


def compatible(a: str, b: str, variants: Mapping[int, str]) -> bool:
    """Whether two names may be one person's (姓名是否相容)."""
    return compare(a, b, variants).agrees


def compare(a: str, b: str, variants: Mapping[int, str]) -> Compatibility:
    """How two names stand to each other (姓名比对).

    Same, same but for variant characters or dots, same sound, one character apart, or clearly different.
    A missing name agrees with nothing. Symmetric in ``a`` and ``b``.
    """
    plain_a, plain_b = _plain(a).upper(), _plain(b).upper()
    if not plain_a or not plain_b:
        return Compatibility.DIFFERENT
    if plain_a == plain_b:
        return Compatibility.SAME
    one, two = plain_a.translate(variants), plain_b.translate(variants)
    # Some systems cannot hold the dot at all, so a name that lacks only its dots is the same name.
    if one == two or one.replace(DOT, "") == two.replace(DOT, ""):
        return Compatibility.VARIANT
    if DOT in one and DOT in two:
        return _compare_parts(one.split(DOT), two.split(DOT))
    return _compare_folded(one.replace(DOT, ""), two.replace(DOT, ""))


def _plain(name: str) -> str:
    text = _SELECTORS.sub("", squeeze(half_width(name)))
    return _DOT_RUN.sub(DOT, text).strip(DOT)


def _compare_parts(one: list[str], two: list[str]) -> Compatibility:
    """The worst of the parts; more than one part with a wrong character is another name."""
    if len(one) != len(two):
        return Compatibility.DIFFERENT
    found = [
        Compatibility.VARIANT if left == right else _compare_folded(left, right)
        for left, right in zip(one, two, strict=True)
    ]
    if found.count(Compatibility.ONE_CHARACTER) > 1:
        return Compatibility.DIFFERENT
    return max(found, key=_ORDER.index)


def _compare_folded(one: str, two: str) -> Compatibility:
    if len(one) == len(two) and _sounds_alike(one, two):
        return Compatibility.HOMOPHONE
    # Two characters leave too little to recognise a person by once one of them is wrong.
    if min(len(one), len(two)) >= 3 and _one_character_apart(one, two):
        return Compatibility.ONE_CHARACTER
    return Compatibility.DIFFERENT


def _sounds_alike(one: str, two: str) -> bool:
    if len(one) < 2 or (len(one) == 2 and one[0] != two[0]):
        return False
    spoken = pinyin(one)
    # Signs such as the ? that stands for a lost character make no sound, so they cannot sound alike.
    return spoken == pinyin(two) and spoken.count(" ") + 1 == len(one)


def _one_character_apart(one: str, two: str) -> bool:
    """Exactly one character replaced, or missing from one of them."""
    if len(one) > len(two):
        one, two = two, one
    start = next(
        (i for i, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), len(one)
    )
    if len(one) == len(two):
        return one[start + 1 :] == two[start + 1 :]
    return one[start:] == two[start + 1 :]
