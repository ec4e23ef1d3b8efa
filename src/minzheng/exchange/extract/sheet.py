"""Spreadsheets (XLSX): title rows, merged cells, dates and numbers as text a person would read."""

import re
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import python_calamine

from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.archive import check_bomb

MAX_CELLS = 40_000_000
PIECE = 1 << 20
REFERENCE = re.compile(rb"""\br=["']([A-Za-z]{1,4})([0-9]{1,9})["']""")
LONGEST_REFERENCE = 20
EXACT = 10.0**15  # spreadsheets keep 15 digits


def read_sheet(path: Path) -> list[list[str]]:
    """All rows of the first sheet that has any; a merged cell's value stands in each of its cells.

    Raises ``FileRefusedError`` for a damaged, encrypted or oversized workbook.
    """
    check_bomb(path)
    try:
        _check_extent(path)
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height and sheet.width:
                _check_size(sheet.height, sheet.width)
                rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
                _fill_merged(rows, sheet.merged_cell_ranges or [])
                return rows
    except FileRefusedError:
        raise
    except (
        python_calamine.CalamineError,
        BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise FileRefusedError(f"电子表格无法打开, 文件可能损坏或加密 ({str(error)[:80]})") from None
    raise FileRefusedError("电子表格中没有任何数据")


def _check_size(height: int, width: int) -> None:
    if height * width > MAX_CELLS:
        raise FileRefusedError(f"工作表过大: {height:,} 行 × {width:,} 列, 请拆分或改用 CSV")


def _check_extent(path: Path) -> None:
    """The rectangle a sheet's cells span, before anything lays it out: two cells far apart would fill the memory."""
    with ZipFile(path) as archive:
        for member in archive.infolist():
            height = width = 0
            held = b""
            with archive.open(member) as source:
                while piece := source.read(PIECE):
                    found = REFERENCE.findall(held + piece)
                    if found:
                        height = max(height, max(int(row) for _, row in found))
                        width = max(width, max(map(_column, {letters for letters, _ in found})))
                        _check_size(height, width)
                    held = piece[-LONGEST_REFERENCE:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _fill_merged(rows: list[list[str]], ranges: list[Any]) -> None:
    for (top, left), (bottom, right) in ranges:
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = value


def _text(cell: Any) -> str:
    """Whole numbers without a decimal point, dates as YYYY-MM-DD, everything else as written."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if (
            abs(cell) >= EXACT
        ):  # the spreadsheet itself has lost the last digits: never let it pass for a number
            return f"{cell:.14E}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
