"""Cleaning of text as legacy systems send it (文本清洗).

The translation strings are public so that SQL ``translate(column, FULL_WIDTH, HALF_WIDTH)`` and
``translate(column, INVISIBLE, '')`` clean a whole column exactly as these functions clean one value.
"""

import re
from typing import Final

# U+FF01..U+FF5E mirror printable ASCII one to one; the ideographic space and the yen sign stand apart.
_ASCII: Final = range(0x21, 0x7F)
FULL_WIDTH: Final = "".join(chr(code + 0xFEE0) for code in _ASCII) + "\u3000\uffe5"
HALF_WIDTH: Final = "".join(chr(code) for code in _ASCII) + " \u00a5"

WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    + "".join(chr(code) for code in range(0x2000, 0x200B))
    + "\u2028\u2029\u202f\u205f\u3000"
)
"""Characters that take room on a page but carry nothing (空白字符)."""

INVISIBLE: Final = (
    "".join(chr(code) for code in range(1, 0x20) if chr(code) not in WHITE_SPACE)
    + "\x7f\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    + "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters without width: they join what stands beside them, so they never become a space (零宽字符).

NUL is left out because PostgreSQL text cannot hold it; ``squeeze`` drops it all the same.
"""

_TO_HALF: Final = str.maketrans(FULL_WIDTH, HALF_WIDTH)
_DROP_INVISIBLE: Final = str.maketrans("", "", INVISIBLE + "\x00")
_DROP_ALL: Final = str.maketrans("", "", INVISIBLE + "\x00" + WHITE_SPACE)
_RUN: Final = re.compile(f"[{re.escape(WHITE_SPACE)}]+")


def half_width(text: str) -> str:
    """Full-width digits, letters and signs as ASCII (全角转半角)."""
    return text.translate(_TO_HALF)


def squeeze(text: str, *, keep_inner: bool = False) -> str:
    """Text without white space and zero-width characters (去除空白).

    With ``keep_inner`` every run of white space inside the text becomes one plain space.
    """
    if not keep_inner:
        return text.translate(_DROP_ALL)
    return _RUN.sub(" ", text.translate(_DROP_INVISIBLE)).strip(" ")
