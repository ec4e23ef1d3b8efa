"""Delimited text (CSV 等分隔文本): encoding and delimiter found, not asked for."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from minzheng.exchange.errors import FileRefusedError

PIECE = 1 << 20
DELIMITERS = ",\t;|，"
FIELD_LIMIT = 1 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def find_encoding(path: Path) -> str:
    """``utf-8``, ``utf-8-sig``, ``utf-16`` or ``gb18030``; the whole file must decode.

    Raises ``FileRefusedError`` with the place where it does not.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, encoding in BOMS:
        if head.startswith(bom):
            _check(path, encoding)
            return encoding
    try:
        _check(path, "utf-8")
    except FileRefusedError:
        _check(path, "gb18030")
        return "gb18030"
    return "utf-8"


def _check(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                at = read + error.start
                raise FileRefusedError(f"文件编码无法识别: 第 {at} 字节处既不是 UTF-8 也不是 GB18030") from None
            if "\0" in text:
                raise FileRefusedError("文件不是文本: 含有空字符 (NUL), 请确认不是损坏或误改扩展名的文件")
            if not piece:
                return
            read += len(piece)


def to_utf8(path: Path, target: Path, encoding: str) -> Path:
    """The same text as plain UTF-8 without BOM; ``path`` itself if it is that already."""
    if encoding == "utf-8":
        return path
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
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
        reader = csv.reader(file, delimiter=delimiter, strict=False)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileRefusedError(f"第 {reader.line_num} 行无法读取: 引号不配对或单元格过长 ({error})") from None
