"""Toneless pinyin of personal names (姓名拼音).

Readings come from the tables of pypinyin, one a character; surnames that are read otherwise than the same
character elsewhere are listed here. ü is written v, as on a keyboard. ``pinyin`` and ``pinyin_column`` give
the same text for the same name.
"""

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.kernel.text import half_width

_SURNAMES: Final = (
    "单shan 單shan 仇qiu 朴piao 解xie 查zha 区ou 區ou 曾zeng 盖ge 蓋ge 员yun 員yun 乐yue 樂yue 覃qin 折she "
    "繁po 召shao 秘bi 翟zhai 缪miao 繆miao 黑he 种chong 洗xian 牟mu 佴nai 句gou 隗wei 薄bo 卜bu 都du 能nai "
    "阚kan 闞kan 祭zhai 藏zang 乜nie"
)
SURNAMES: Final = {pair[0]: pair[1:] for pair in _SURNAMES.split()}
"""Readings of a character that stands first as a surname, where they differ from its usual one (姓氏读音)."""

COMPOUND_SURNAMES: Final = {
    "尉迟": "yu chi",
    "尉遲": "yu chi",
    "万俟": "mo qi",
    "萬俟": "mo qi",
    "单于": "chan yu",
    "單于": "chan yu",
    "长孙": "zhang sun",
    "長孫": "zhang sun",
    "澹台": "tan tai",
    "澹臺": "tan tai",
}
"""Surnames of two characters whose reading cannot be put together from the parts (复姓读音)."""

_CODE_POINTS: Final = 0x110000
_TONES: Final = str.maketrans("", "", "\u0300\u0301\u0304\u030c\u0302")
_LATIN: Final = re.compile(r"[0-9a-z]+")


class _Tables(NamedTuple):
    syllables: tuple[str, ...]
    """Every syllable once; the first, empty, stands for a character without a reading."""
    reading: npt.NDArray[np.uint16]
    """Syllable id of a code point. shape (0x110000,)"""
    surname: npt.NDArray[np.uint16]
    """Syllable id of a code point standing first, 0 where it is read as anywhere. shape (0x110000,)"""
    compounds: dict[int, tuple[int, int]]
    """Two code points in one number to two syllable ids."""


def spoken_as(character: str) -> tuple[str, ...]:
    """The readings of one character in names: its usual one, and those it has as a surname (读音)."""
    tables = _tables()
    usual = tables.syllables[tables.reading[ord(character)]]
    readings = [usual, SURNAMES.get(character, ""), *_in_compounds().get(character, ())]
    return tuple(dict.fromkeys(spoken for spoken in readings if spoken))


@cache
def syllables() -> frozenset[str]:
    """Every syllable there is (音节)."""
    return frozenset(syllable for syllable in _tables().syllables if syllable)


def pinyin(name: str) -> str:
    """Toneless pinyin, syllables apart by a space: 单雄信 gives 'shan xiong xin' (姓名拼音).

    Latin words stay as they are in small letters; a character without a known reading stays itself.
    """
    return " ".join(_tokens(half_width(name).lower()))


def initials(name: str) -> str:
    """First letter of every syllable: 张三 gives 'zs' (拼音首字母)."""
    return "".join(token[0] for token in pinyin(name).split(" ") if token)


def pinyin_column(names: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Toneless pinyin of a column of names, nulls kept (姓名拼音列).

    Takes strings of any Arrow string type, shape (n,), and gives ``pa.string()``, shape (n,). Each different
    name is read once, and all of them together.
    """
    whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    encoded = pc.dictionary_encode(whole.cast(pa.string()))
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return _read_all(encoded.dictionary).take(encoded.indices)


def _read_all(unique: pa.Array) -> pa.Array:
    """Pinyin of different names without nulls."""
    tables = _tables()
    text = "".join(unique.to_pylist())
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    offsets = np.zeros(len(unique) + 1, dtype=np.int64)
    np.cumsum(pc.utf8_length(unique).to_numpy(zero_copy_only=False), out=offsets[1:])
    ids = tables.reading[points]
    _read_surnames(ids, points, offsets, tables)
    syllables = pa.array(tables.syllables, pa.string()).take(pa.array(ids))
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), syllables)
    joined = pc.binary_join(lists, " ")
    unread = np.flatnonzero(ids == 0)
    if not len(unread):
        return joined
    # Names with Latin letters, dots or unknown characters need words, not characters: few, so one by one.
    odd = np.unique(np.searchsorted(offsets, unread, side="right") - 1)
    mask = np.zeros(len(unique), dtype=bool)
    mask[odd] = True
    replacements = pa.array([pinyin(name) for name in unique.take(pa.array(odd)).to_pylist()], pa.string())
    return pc.replace_with_mask(joined, pa.array(mask), replacements)


def _read_surnames(
    ids: npt.NDArray[np.uint16],
    points: npt.NDArray[np.uint32],
    offsets: npt.NDArray[np.int64],
    tables: _Tables,
) -> None:
    """Give the characters standing first their reading as surnames, in place."""
    first = offsets[:-1][np.diff(offsets) > 0]
    special = tables.surname[points[first]]
    ids[first[special > 0]] = special[special > 0]
    long = offsets[:-1][np.diff(offsets) > 2]
    keys = points[long].astype(np.int64) << 32 | points[long + 1]
    for key, (one, two) in tables.compounds.items():
        at = long[keys == key]
        ids[at] = one
        ids[at + 1] = two


def _tokens(name: str) -> list[str]:
    """Syllables, Latin words and unknown letters of a half-width name in small letters."""
    tables = _tables()
    tokens: list[str] = []
    position = 0
    # As in a column: a surname of two characters needs a given name behind it.
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        tokens += COMPOUND_SURNAMES[name[:2]].split()
        position = 2
    elif name[:1] in SURNAMES:
        tokens.append(SURNAMES[name[0]])
        position = 1
    while position < len(name):
        if word := _LATIN.match(name, position):
            tokens.append(word[0])
            position = word.end()
            continue
        reading = int(tables.reading[ord(name[position])])
        if reading:
            tokens.append(tables.syllables[reading])
        elif unicodedata.category(name[position])[0] not in "PSZ":
            # Kept even when unassigned or private use: legacy systems hold rare characters there, and two
            # different ones must not come to sound the same.
            tokens.append(name[position])
        position += 1
    return tokens


@cache
def _tables() -> _Tables:
    # Imported on first use: the tables take a sixth of a second that a command without names need not pay.
    from pypinyin.pinyin_dict import pinyin_dict

    found: dict[str, int] = {"": 0}
    reading = np.zeros(_CODE_POINTS, dtype=np.uint16)
    toneless: dict[str, str] = {}
    for point, readings in pinyin_dict.items():
        spoken = readings.split(",", 1)[0]
        plain = toneless.get(spoken) or toneless.setdefault(spoken, _toneless(spoken))
        reading[point] = found.setdefault(plain, len(found))
    surname = np.zeros(_CODE_POINTS, dtype=np.uint16)
    for character, plain in SURNAMES.items():
        surname[ord(character)] = found.setdefault(plain, len(found))
    compounds: dict[int, tuple[int, int]] = {}
    for characters, spoken in COMPOUND_SURNAMES.items():
        one, two = (found.setdefault(plain, len(found)) for plain in spoken.split())
        compounds[ord(characters[0]) << 32 | ord(characters[1])] = (one, two)
    return _Tables(tuple(found), reading, surname, compounds)


@cache
def _in_compounds() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for written, spoken in COMPOUND_SURNAMES.items():
        for character, syllable in zip(written, spoken.split(), strict=True):
            found.setdefault(character, []).append(syllable)
    return found


def _toneless(syllable: str) -> str:
    bare = unicodedata.normalize("NFD", syllable).translate(_TONES)
    return bare.replace("u\u0308", "v")
