"""Spreadsheets (XLSX): title rows, merged cells, dates and numbers as text a person would read."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import python_calamine

from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.archive import check_bomb

MAX_CELLS = 40_000_000


def read_sheet(path: Path) -> list[list[str]]:
    """All rows of the first sheet that has any; a merged cell's value stands in each of its cells.

    Raises ``FileRefusedError`` for a damaged, encrypted or oversized workbook.
    """
    check_bomb(path)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height and sheet.width:
                if sheet.height * sheet.width > MAX_CELLS:
                    raise FileRefusedError(f"工作表过大: {sheet.height} 行 × {sheet.width} 列, 请拆分或改用 CSV")
                rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
                _fill_merged(rows, sheet.merged_cell_ranges or [])
                return rows
    except FileRefusedError:
        raise
    except (python_calamine.CalamineError, BadZipFile, OSError, ValueError) as error:
        raise FileRefusedError(f"电子表格无法打开, 文件可能损坏或加密 ({str(error)[:80]})") from None
    raise FileRefusedError("电子表格中没有任何数据")


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
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
