"""Reading a list of any kind (读取名单): CSV or XLSX of any encoding into ``raw`` of a DuckDB, columns by heading.

The exchange's own readers do the work; a list has no standard behind it, so the mapping stands in for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.archive import check_bomb
from minzheng.exchange.extract.raw import extract
from minzheng.exchange.extract.sheet import read_sheet
from minzheng.exchange.extract.text import find_delimiter, find_encoding, read_rows, to_utf8
from minzheng.kernel.text import half_width, squeeze
from minzheng.standards.queries import DataSetSpec, FieldSpec

MAX_TITLE_ROWS = 30
SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """The headings of a list and its first rows (样本)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_list(
    path: Path, name: str, spool: Path, db: duckdb.DuckDBPyConnection, wanted: Sequence[str]
) -> dict[str, int]:
    """Fill ``raw(row_no, part, c0 …)``; heading → column number. Raises ``FileRefusedError``.

    ``wanted`` are the headings that must be there.
    """
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    fields = tuple(FieldSpec(heading, "", None, True, False, ()) for heading in dict.fromkeys(wanted))
    spec = DataSetSpec("list", name, "", "", fields, ())
    return extract(path, name, spool, db, spec).columns


def sample_of(path: Path, name: str, spool: Path) -> Sample:
    """Headings and first rows, before anyone has said what the columns are; raises ``FileRefusedError`` (取样)."""
    rows = _first_rows(path, name, spool)
    at = _header_row(rows)
    headings = tuple(squeeze(half_width(str(cell))) for cell in rows[at])
    if len({heading for heading in headings if heading}) < 1:
        raise FileRefusedError("找不到表头: 文件开头没有列名")
    width = len(headings)
    body = tuple(tuple([*map(str, row), *[""] * width][:width]) for row in rows[at + 1 :] if any(row))
    if not body:
        raise FileRefusedError("文件中只有表头, 没有数据行")
    return Sample(headings, body)


def _first_rows(path: Path, name: str, spool: Path) -> list[list[str]]:
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise FileRefusedError("文件为空")
    if head.startswith(b"PK"):
        if not name.lower().endswith(".xlsx"):
            raise FileRefusedError("请先解压, 再选择其中的 CSV 或 XLSX 文件")
        check_bomb(path)
        return read_sheet(path)[: MAX_TITLE_ROWS + SAMPLE_ROWS]
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefusedError("不支持旧版 XLS 格式或已加密的工作簿, 请另存为 XLSX 或 CSV")
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = to_utf8(path, spool / "sample.utf8", find_encoding(path))
    try:
        return list(islice(read_rows(text, find_delimiter(text)), MAX_TITLE_ROWS + SAMPLE_ROWS))
    finally:
        if text != path:
            text.unlink(missing_ok=True)


def _header_row(rows: Sequence[Sequence[str]]) -> int:
    """The first row with as many different cells as the list is wide; titles above it have fewer."""
    if not rows:
        raise FileRefusedError("文件为空, 没有任何行")
    first = rows[:MAX_TITLE_ROWS]
    filled = [len({cell for cell in row if str(cell).strip()}) for row in first]
    widest = max(filled)
    return next(i for i, count in enumerate(filled) if count >= max(1, widest * 0.8))
