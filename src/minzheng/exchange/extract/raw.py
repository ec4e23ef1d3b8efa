"""The raw table (原始表): every cell of every part as text, in one DuckDB file of the batch.

``raw(row_no, part, c0 … cN)``; ``malformed(row_no, cells)`` holds rows with too many or too few cells. Rows are numbered
1..n in the order the source wrote them, header and blank lines not counted, over all parts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import duckdb
import pyarrow as pa

from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.archive import unpack
from minzheng.exchange.extract.header import MAX_TITLE_ROWS, RETURNED, Header, find_header
from minzheng.exchange.extract.sheet import read_sheet
from minzheng.exchange.extract.text import find_delimiter, find_encoding, read_rows, to_utf8
from minzheng.standards.queries import DataSetSpec

EMPTY = "''"
PIECE_ROWS = 50_000
HARMLESS = "'^''[=+@\\t\\r-]'"  # SQL pattern of a cell that was given an apostrophe on its way out
OTHERS = (
    (b"\x1f\x8b", "GZIP 压缩文件"), (b"Rar!", "RAR 压缩文件"), (b"7z\xbc\xaf\x27\x1c", "7Z 压缩文件"), (b"BZh", "BZIP2 压缩文件"),
    (b"\xfd7zXZ", "XZ 压缩文件"), (b"%PDF", "PDF 文件"), (b"\xff\xd8\xff", "图片"), (b"\x89PNG", "图片"),
)  # fmt: skip


@dataclass(frozen=True)
class Extracted:
    """What came out: headings in the source's order, field heading → column number, parts with their rows."""

    headings: tuple[str, ...]
    columns: dict[str, int]
    parts: tuple[tuple[str, int], ...]
    rows: int


def extract(
    path: Path, name: str, spool: Path, db: duckdb.DuckDBPyConnection, spec: DataSetSpec
) -> Extracted:
    """Fill ``raw`` from a CSV, XLSX or zip of them; raises ``FileRefusedError``, then nothing is kept."""
    db.execute("DROP TABLE IF EXISTS raw; DROP TABLE IF EXISTS malformed")
    parts = _parts(path, name, spool)
    first: Header | None = None
    counted: list[tuple[str, int]] = []
    total = 0
    for number, (part_name, part_path) in enumerate(parts):
        try:
            header, added = _load_part(db, part_path, spool, spec, number, total, first)
        except FileRefusedError as error:
            raise (FileRefusedError(f"{part_name}: {error}") if len(parts) > 1 else error) from None
        first = first or header
        counted.append((part_name, added))
        total += added
    if first is None or total == 0:
        raise FileRefusedError("文件中只有表头, 没有数据行")
    return Extracted(_named(db, first.headings), first.columns, tuple(counted), total)


def _named(db: duckdb.DuckDBPyConnection, headings: Sequence[str]) -> tuple[str, ...]:
    """Headings, a column that has content but no heading named by its place so that it is kept and reported."""
    blank = [i for i, heading in enumerate(headings) if not heading]
    if not blank:
        return tuple(headings)
    counts = (
        db.execute(
            f"SELECT {', '.join(f'count(nullif(trim(c{i}), {EMPTY}))' for i in blank)} FROM raw"
        ).fetchone()
        or ()
    )
    filled = {i for i, count in zip(blank, counts, strict=True) if count}
    return tuple(f"第{i + 1}列(无列名)" if i in filled else heading for i, heading in enumerate(headings))


def _parts(path: Path, name: str, spool: Path) -> list[tuple[str, Path]]:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise FileRefusedError("文件为空")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefusedError("不支持旧版 XLS 格式或已加密的工作簿, 请另存为 XLSX 或 CSV")
    for signature, kind in OTHERS:
        if head.startswith(signature):
            raise FileRefusedError(f"不支持{kind}, 请报送 CSV、XLSX 或 ZIP 文件")
    if head.startswith(b"PK"):
        if name.lower().endswith(".xlsx") or _is_workbook(path):
            return [(name, path)]
        return unpack(path, spool)
    return [(name, path)]


def _is_workbook(path: Path) -> bool:
    try:
        with ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except BadZipFile as error:
        raise FileRefusedError(f"压缩文件损坏或不完整 ({error})") from None


def _load_part(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    spool: Path,
    spec: DataSetSpec,
    part: int,
    base: int,
    first: Header | None,
) -> tuple[Header, int]:
    """One part into ``raw``; its header must say what the first part's says."""
    with path.open("rb") as file:
        is_sheet = file.read(2) == b"PK"
    if is_sheet:
        rows = read_sheet(path)
        header = _header(rows[:MAX_TITLE_ROWS], spec, first)
        added = _insert(db, rows[header.row + 1 :], header, part, base)
        _take_apostrophes_off(db, header, part)
        return header, added
    text = to_utf8(path, spool / f"part-{part:03d}.utf8", find_encoding(path))
    delimiter = find_delimiter(text)
    header = _header(list(islice(read_rows(text, delimiter), MAX_TITLE_ROWS)), spec, first)
    quick = _copy_fast(db, text, delimiter, header, part, base)
    if quick is not None:
        added = quick
    else:  # something is irregular: read row by row, keeping what can't be split
        added = _insert(db, islice(read_rows(text, delimiter), header.row + 1, None), header, part, base)
    _take_apostrophes_off(db, header, part)
    return header, added


def _take_apostrophes_off(db: duckdb.DuckDBPyConnection, header: Header, part: int) -> None:
    """Returned rows come back with an apostrophe before what a spreadsheet would run; it is not the source's."""
    if header.returned:
        cells = [f"c{i}" for i in range(len(header.headings))]
        bare = ", ".join(
            f"{c} = CASE WHEN regexp_matches({c}, {HARMLESS}) THEN substr({c}, 2) ELSE {c} END" for c in cells
        )
        db.execute(f"UPDATE raw SET {bare} WHERE part = {part}")


def _header(rows: Sequence[Sequence[str]], spec: DataSetSpec, first: Header | None) -> Header:
    header = find_header(rows, spec)
    if first is not None and header.headings != first.headings:
        raise FileRefusedError("表头与压缩包内第一个文件不同, 请按表头分开报送")
    return header


def _copy_fast(
    db: duckdb.DuckDBPyConnection, text: Path, delimiter: str, header: Header, part: int, base: int
) -> int | None:
    """DuckDB's own reader, strictly; None where the file is not perfectly regular."""
    names = [f"c{i}" for i in range(len(header.headings))]
    read = [*names, *(f"x{i}" for i in range(len(RETURNED) if header.returned else 0))]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in read)
    if header.row > 0 or len(delimiter.encode()) != 1:
        return None  # title rows may hold line breaks, which would shift the rows to skip
    select = (
        f"SELECT {base} + row_number() OVER () AS row_no, {part}::SMALLINT AS part, {', '.join(names)} "
        f"FROM read_csv(?, delim='{delimiter}', quote='\"', escape='\"', header=true, auto_detect=false, "
        f"columns={{{columns}}}, strict_mode=true, null_padding=false, ignore_errors=false, max_line_size=4000000)"
    )
    _create(db, names)
    db.execute("BEGIN")
    try:
        db.execute(f"INSERT INTO raw {select}", [str(text)])
        blank = " AND ".join(f"{name} IS NULL" for name in names)
        if db.execute(f"SELECT 1 FROM raw WHERE part = {part} AND {blank} LIMIT 1").fetchone():
            db.execute("ROLLBACK")  # blank lines do not count as rows: number them the slow way
            return None
        db.execute("COMMIT")
    except duckdb.Error:
        db.execute("ROLLBACK")
        return None
    found = db.execute(f"SELECT count(*) FROM raw WHERE part = {part}").fetchone()
    return int(found[0]) if found else 0


def _insert(
    db: duckdb.DuckDBPyConnection, rows: Iterable[Sequence[str]], header: Header, part: int, base: int
) -> int:
    """Rows one by one: blank ones skipped, those of the wrong width set aside."""
    width = len(header.headings)
    names = [f"c{i}" for i in range(width)]
    _create(db, names)
    number = base
    for piece in _pieces(row for row in rows if any(cell.strip() for cell in row)):
        good: list[Sequence[str]] = []
        good_no: list[int] = []
        bad: list[Sequence[str]] = []
        bad_no: list[int] = []
        for row in piece:
            number += 1
            row = _fit(row[:width] if header.returned else row, width)
            (good if len(row) == width else bad).append(row)
            (good_no if len(row) == width else bad_no).append(number)
        if good:
            columns = [pa.array(list(column), pa.string()) for column in zip(*good, strict=True)]
            table = pa.table([pa.array(good_no, pa.int64()), *columns], names=["row_no", *names])
            db.register("piece", table)
            db.execute(f"INSERT INTO raw SELECT row_no, {part}::SMALLINT, {', '.join(names)} FROM piece")
            db.unregister("piece")
        if bad:
            db.register("piece", pa.table({"row_no": bad_no, "cells": [list(row) for row in bad]}))
            db.execute("INSERT INTO malformed SELECT row_no, cells FROM piece")
            db.unregister("piece")
    return number - base


def _fit(row: Sequence[str], width: int) -> Sequence[str]:
    """Empty cells at the end come and go when people save files; only cells with content count."""
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return row[:width]
    return row


def _pieces(rows: Iterator[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def _create(db: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    cells = ", ".join(f"{name} VARCHAR" for name in names)
    db.execute(f"CREATE TABLE IF NOT EXISTS raw (row_no BIGINT, part SMALLINT, {cells})")
    db.execute("CREATE TABLE IF NOT EXISTS malformed (row_no BIGINT, cells VARCHAR[])")
