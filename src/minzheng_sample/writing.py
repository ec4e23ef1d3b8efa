"""Writing files the way departments hand them over (写文件): CSV of any encoding and delimiter, zip, XLSX.

A CSV's lines are put together column-wise on Arrow and written as one buffer; only values that need quotes
get them.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng_sample.streams import Flags, Ints
from minzheng_sample.text import Column, change, join, plain
from minzheng_sample.xlsx import DATE, NumberCells, Workbook, letter, write_workbook

_LINES = 200_000  # lines made at a time
_EXCEL_EPOCH = 25_569  # 1970-01-01 as an Excel serial number
_ZIP_STAMP = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class FileStyle:
    """One source's habits (文件写法).

    ``form`` csv/xlsx/zip; ``codes`` code/label/old; ``division`` 0–3 as in addresses.
    """

    path: str
    form: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    dates: str = "iso"
    months: str = "compact"
    codes: str = "code"
    division: int = 0
    titles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # files inside a zip

    def described(self, feed: str, rows: int) -> dict[str, object]:
        """What the summary says of the file (文件说明)."""
        return {
            "feed": feed,
            "file": self.path,
            "form": self.form,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_row": len(self.titles) + 1,
            "rows": rows,
            "dates": self.dates,
            "codes": self.codes,
            "members": list(self.members),
        }


CLEAN = FileStyle(path="")


@dataclass
class Sheet:
    """Rows ready to be written (待写表): headings and text columns, and what a workbook may write as numbers.

    ``days`` gives, for a date column in the file's own spelling, the day numbers and which rows have that
    spelling;
    ``amounts`` which rows of a column are plain numerals; ``merge`` a column and the run ids whose cells
    are merged.
    """

    headings: list[str]
    columns: list[Column]
    days: dict[str, tuple[Ints, Flags]] = field(default_factory=dict)
    amounts: dict[str, Flags] = field(default_factory=dict)
    merge: tuple[str, Ints] | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    def part(self, start: int, stop: int) -> list[Column]:
        """The columns of some rows (行段)."""
        return [column.slice(start, stop - start) for column in self.columns]


def concatenated(sheets: list[Sheet]) -> Sheet:
    """Sheets of one file under one another (合并表)."""
    if len(sheets) == 1:
        return sheets[0]
    first = sheets[0]
    columns = [pa.concat_arrays(parts) for parts in zip(*(sheet.columns for sheet in sheets), strict=True)]
    days = {
        heading: tuple(np.concatenate([sheet.days[heading][i] for sheet in sheets]) for i in (0, 1))
        for heading in first.days
    }
    return Sheet(first.headings, columns, days)  # type: ignore[arg-type]


def _quoted(column: Column, delimiter: str) -> Column:
    special = pc.match_substring_regex(column, f'["\\r\\n\\{delimiter}]').fill_null(False)
    flags = np.asarray(special)
    return change(column, flags, lambda c: join('"', pc.replace_substring(c, '"', '""'), '"'))


def _lines(columns: list[Column], delimiter: str) -> pa.Buffer | bytes:
    """The lines of some rows as UTF-8, one contiguous buffer."""
    parts: list[Column | str] = []
    for i, column in enumerate(columns):
        parts += [_quoted(column, delimiter), delimiter if i + 1 < len(columns) else "\n"]
    lines = join(*parts)
    ends = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    return lines.buffers()[2].slice(0, int(ends[len(lines)])) if len(lines) else b""


def csv_parts(
    sheet: Sheet, style: FileStyle, start: int = 0, stop: int | None = None, header: bool = True
) -> Iterator[bytes]:
    """The file's bytes in pieces (CSV 内容)."""
    if header:
        mark = b"\xef\xbb\xbf" if style.encoding == "utf-8-sig" else b""
        yield mark + (style.delimiter.join(sheet.headings) + "\n").encode(_codec(style))
    stop = len(sheet) if stop is None else stop
    for first in range(start, stop, _LINES):
        lines = _lines(sheet.part(first, min(first + _LINES, stop)), style.delimiter)
        yield lines if _codec(style) == "utf-8" else bytes(lines).decode().encode(_codec(style))


def _codec(style: FileStyle) -> str:
    return "utf-8" if style.encoding == "utf-8-sig" else style.encoding


def write_csv(path: Path, sheet: Sheet, style: FileStyle = CLEAN, append: bool = False) -> None:
    """Write one CSV, or add rows to one (写 CSV)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab" if append else "wb") as file:
        for part in csv_parts(sheet, style, header=not append):
            file.write(part)


def write_sheet(folder: Path, sheet: Sheet, style: FileStyle) -> None:
    """Write one file as its source would (写出文件)."""
    path = folder / style.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if style.form == "xlsx":
        write_workbook(path, _workbook(sheet, style))
    elif style.form == "zip":
        _write_zip(path, sheet, style)
    else:
        write_csv(path, sheet, style)


def _write_zip(path: Path, sheet: Sheet, style: FileStyle) -> None:
    edges = np.linspace(0, len(sheet), len(style.members) + 1).astype(int)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, start, stop in zip(style.members, edges[:-1], edges[1:], strict=True):
            info = zipfile.ZipInfo(name, _ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as file:
                for part in csv_parts(sheet, style, int(start), int(stop)):
                    file.write(part)


def row_places(style: FileStyle, rows: int) -> tuple[Column, Ints]:
    """File and data row (1…n) of every row (行位置); members of a zip as ``archive.zip/member.csv``."""
    if style.form != "zip":
        return pa.array([style.path]).take(pa.array(np.zeros(rows, np.int64))), np.arange(1, rows + 1)
    edges = np.linspace(0, rows, len(style.members) + 1).astype(int)
    member = np.repeat(np.arange(len(style.members)), np.diff(edges))
    names = pa.array([f"{style.path}/{name}" for name in style.members])
    return names.take(pa.array(member)), np.arange(rows) - edges[member] + 1


def _workbook(sheet: Sheet, style: FileStyle) -> Workbook:
    numbers = {
        heading: NumberCells(flags, plain(days + _EXCEL_EPOCH), DATE)
        for heading, (days, flags) in sheet.days.items()
    }
    for heading, flags in sheet.amounts.items():
        numbers[heading] = NumberCells(flags, sheet.columns[sheet.headings.index(heading)])
    book = Workbook(sheet.headings, sheet.columns, list(style.titles), numbers)
    if sheet.merge:
        book = replace(book, merges=_merges(sheet, *sheet.merge, first=book.header_row + 1))
        book.columns = [*sheet.columns]
        at = sheet.headings.index(sheet.merge[0])
        book.columns[at] = change(
            book.columns[at], ~_run_starts(sheet.merge[1]), lambda c: pa.nulls(len(c), pa.string())
        )
    return book


def _run_starts(runs: Ints) -> Flags:
    starts: Flags = np.r_[True, runs[1:] != runs[:-1]]
    return starts


def _merges(sheet: Sheet, heading: str, runs: Ints, first: int) -> list[str]:
    starts = np.flatnonzero(_run_starts(runs))
    ends = np.r_[starts[1:], len(runs)] - 1
    at = letter(sheet.headings.index(heading))
    return [f"{at}{s + first}:{at}{e + first}" for s, e in zip(starts, ends, strict=True) if e > s]
