"""Delimited text (CSV 等分隔文本): encoding and delimiter found, not asked for."""

import codecs
import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from minzheng.exchange.errors import FileRefusedError

PIECE = 1 << 20
DELIMITERS = ",\t;|，"
FIELD_LIMIT = 1 << 20
LAST = "\ue0ffend of file\ue0ff"  # a line no file holds: a quote still open swallows it
SURE_UTF8 = 16  # so many Chinese characters never come out of GB18030 bytes read as UTF-8
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def find_encoding(path: Path) -> str:
    """``utf-8``, ``utf-8-sig``, ``utf-16`` or ``gb18030``; the whole file must decode.

    Raises ``FileRefusedError`` with the place where it does not. A file that begins in plain UTF-8 and breaks later is
    damaged; read as GB18030 it would only turn into other characters.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, encoding in BOMS:
        if head.startswith(bom):
            broken = _broken_at(path, encoding)
            if broken:
                raise FileRefusedError(
                    f"文件损坏或不完整: 第 {broken[0]:,} 字节处不是有效的 {encoding[:6].upper()} 文本"
                )
            return encoding
    broken = _broken_at(path, "utf-8")
    if broken is None:
        return "utf-8"
    if broken[1] >= SURE_UTF8:
        raise FileRefusedError(f"文件损坏或不完整: 第 {broken[0]:,} 字节处不是有效的 UTF-8 文本")
    broken = _broken_at(path, "gb18030")
    if broken:
        raise FileRefusedError(f"文件编码无法识别: 第 {broken[0]:,} 字节处既不是 UTF-8 也不是 GB18030")
    return "gb18030"


def _broken_at(path: Path, encoding: str) -> tuple[int, int] | None:
    """(byte where decoding fails, Chinese characters read before it), None if the whole file decodes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = wide = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "ignore")
                return read - held + error.start + 1, wide + _wide(before)
            if "\0" in text:
                raise FileRefusedError("文件不是文本: 含有空字符 (NUL), 请确认不是损坏或误改扩展名的文件")
            if not piece:
                return None
            read += len(piece)
            if wide < SURE_UTF8:
                wide += _wide(text)


def _wide(text: str) -> int:
    return sum(character >= "\u2e80" for character in text)


def to_utf8(path: Path, target: Path, encoding: str) -> Path:
    """The same text as plain UTF-8 without BOM; ``path`` itself if it is that already."""
    if encoding == "utf-8":
        return path
    with (
        path.open(encoding=encoding, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while piece := source.read(PIECE):
            out.write(piece)
    return target


def find_delimiter(path: Path) -> str:
    """The delimiter that cuts the first lines into the most columns, evenly (分隔符)."""
    with path.open(encoding="utf-8", newline="") as file:
        sample = file.read(64 * 1024)
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        rows = list(csv.reader(sample.splitlines(keepends=True)[:50], delimiter=delimiter))
        widths = [len(row) for row in rows if len(row) > 1]
        if widths:
            common = max(set(widths), key=widths.count)
            score = (widths.count(common) * (common > 1), common)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def read_rows(path: Path, delimiter: str) -> Iterator[list[str]]:
    """Rows of a UTF-8 text; raises ``FileRefusedError`` where a quoted cell never ends."""
    csv.field_size_limit(FIELD_LIMIT)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(chain(file, (LAST,)), delimiter=delimiter, strict=False)
        begins = 1
        while True:
            try:
                row = next(reader)
            except csv.Error:
                raise FileRefusedError(f"从第 {begins} 行起无法读取: 引号不配对或单元格过长") from None
            if row == [LAST]:
                return
            if row and row[-1].endswith(LAST):
                raise FileRefusedError(
                    f"第 {begins} 行的引号没有配对, 其后的内容都被并入一个单元格, 请改正后重新报送"
                )
            yield row
            begins = reader.line_num + 1
