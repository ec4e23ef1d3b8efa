"""A small writer of XLSX workbooks (电子表格): shared strings, title rows, merged cells, dates as numbers.

Written here rather than by a library so that a million cells cost seconds and the same content gives the
same bytes.
Source: ECMA-376 part 1 (SpreadsheetML).
"""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng_sample.streams import Flags
from minzheng_sample.text import Column, join, plain, where

_STAMP = (2026, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
GENERAL, DATE = 0, 1


@dataclass(frozen=True)
class NumberCells:
    """Cells of one column that hold a number instead of text (数值单元格).

    Which rows, the numeral, the cell style.
    """

    flags: Flags
    numerals: Column
    style: int = GENERAL


@dataclass
class Workbook:
    """One sheet (工作表).

    Titles above the header, columns of text, numeric cells by column, merged ranges.
    """

    headings: list[str]
    columns: list[Column]
    titles: list[str] = field(default_factory=list)
    numbers: dict[str, NumberCells] = field(default_factory=dict)
    merges: list[str] = field(default_factory=list)
    name: str = "Sheet1"

    @property
    def header_row(self) -> int:
        """The 1-based row of the header (表头行)."""
        return len(self.titles) + 1


def letter(index: int) -> str:
    """Column letter of a 0-based index below 26 (列标)."""
    return chr(ord("A") + index)


def write_workbook(path: Path, book: Workbook) -> None:
    """Write the workbook (写表): byte-identical for identical content."""
    strings = pa.concat_arrays([pa.array([*book.titles, *book.headings], pa.string()), *book.columns])
    encoded = strings.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook_part(book.name),
        "xl/_rels/workbook.xml.rels": _relations(
            [
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ]
        ),
        "xl/styles.xml": _styles(),
        "xl/sharedStrings.xml": _shared(encoded.dictionary, len(codes)),
        "xl/worksheets/sheet1.xml": _sheet(book, codes),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def _content_types() -> str:
    overrides = (
        ("/xl/workbook.xml", "sheet.main"),
        ("/xl/worksheets/sheet1.xml", "worksheet"),
        ("/xl/styles.xml", "styles"),
        ("/xl/sharedStrings.xml", "sharedStrings"),
    )
    body = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPES}.{kind}+xml"/>' for part, kind in overrides
    )
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{body}</Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    body = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{body}</Relationships>'


def _workbook_part(name: str) -> str:
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _styles() -> str:
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _shared(values: Column, count: int) -> bytes:
    text = values
    for plain_text, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = pc.replace_substring(text, plain_text, entity)
    items = join('<si><t xml:space="preserve">', text, "</t></si>")
    head = f'{_HEAD}<sst xmlns="{_MAIN}" count="{count}" uniqueCount="{len(values)}">'
    return head.encode() + _content(items) + b"</sst>"


def _content(column: Column) -> bytes:
    """All strings of a column one after another."""
    buffers = column.buffers()
    ends = np.frombuffer(buffers[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    if not len(column) or buffers[2] is None:
        return b""
    return bytes(memoryview(buffers[2])[int(ends[0]) : int(ends[-1])])


def _sheet(book: Workbook, codes: np.ndarray) -> bytes:
    titles, headings = len(book.titles), len(book.headings)
    rows = len(book.columns[0])
    top = [f'<row r="{i + 1}"><c r="A{i + 1}" t="s"><v>{codes[i]}</v></c></row>' for i in range(titles)]
    line = titles + 1
    cells = "".join(f'<c r="{letter(i)}{line}" t="s"><v>{codes[titles + i]}</v></c>' for i in range(headings))
    top.append(f'<row r="{line}">{cells}</row>')
    number = plain(np.arange(rows) + line + 1)
    parts: list[Column | str] = ['<row r="', number, '">']
    for i, heading in enumerate(book.headings):
        start = titles + headings + i * rows
        code = codes[start : start + rows]
        cell = where(
            code >= 0, join(f'<c r="{letter(i)}', number, '" t="s"><v>', plain(code), "</v></c>"), ""
        )
        if heading in book.numbers:
            numeric = book.numbers[heading]
            as_number = join(
                f'<c r="{letter(i)}', number, f'" s="{numeric.style}"><v>', numeric.numerals, "</v></c>"
            )
            cell = where(numeric.flags & (code >= 0), as_number, cell)
        parts.append(cell)
    body = _content(join(*parts, "</row>"))
    wide = [f"A{i + 1}:{letter(headings - 1)}{i + 1}" for i in range(titles)]
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in [*wide, *book.merges])
    tail = f'<mergeCells count="{len(wide) + len(book.merges)}">{merges}</mergeCells>' if merges else ""
    head = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(top)}'
    return head.encode() + body + f"</sheetData>{tail}</worksheet>".encode()
