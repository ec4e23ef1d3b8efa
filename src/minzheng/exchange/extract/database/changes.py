"""What changed since the last pull (变更抽取): pages by (time, key), never by offset, into a CSV."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from minzheng.exchange.errors import FileRefusedError, SourceError
from minzheng.exchange.extract.database.address import Address
from minzheng.exchange.extract.database.mysql import MysqlSession
from minzheng.exchange.extract.database.postgresql import PostgresSession
from minzheng.exchange.extract.database.query import table_parts
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.extract.database.session import TIMES, Condition, Session, SourceColumn
from minzheng.exchange.extract.header import find_header
from minzheng.standards.queries import DataSetSpec

PAGE_ROWS = 20_000
TELL_EVERY = 5_000


@dataclass(frozen=True)
class Origin:
    """What is read and how it grows (抽取定义).

    ``columns``: heading → the source's column, where the names differ. ``key``: columns that together name
    a row. ``time``: column that says when a row last changed; without one everything is read each time,
    unless ``key_overlap`` says that rows are only ever added under growing whole numbers: then those behind
    the last key less this many.
    """

    table: str | None
    query: str | None
    columns: Mapping[str, str]
    key: tuple[str, ...]
    time: str | None
    overlap: timedelta
    key_overlap: int | None = None


@dataclass(frozen=True)
class Found:
    """The columns a pull needs (列对应): ``cells`` are (heading, column) in the CSV's order."""

    key: tuple[SourceColumn, ...]
    time: SourceColumn | None
    cells: tuple[tuple[str, SourceColumn], ...]
    left: tuple[str, ...] = field(default=())  # not read

    @property
    def order(self) -> tuple[SourceColumn, ...]:
        """What rows are read in the order of: time of change, then key."""
        return (self.time, *self.key) if self.time else self.key


def open_session(address: Address) -> Session:
    """Connect; raises ``SourceError``."""
    return PostgresSession(address) if address.kind == "postgresql" else MysqlSession(address)


def relation_of(session: Session, origin: Origin) -> str:
    """The table or query as it stands behind FROM."""
    return session.relation(table_parts(origin.table) if origin.table else (), origin.query)


def find_columns(session: Session, origin: Origin, spec: DataSetSpec) -> Found:
    """Hold the source's columns against the standard's headings and the mapping; raises ``SourceError``.

    Only columns that the data set or the mapping names are read: nothing else leaves the source.
    """
    there = session.columns(relation_of(session, origin))
    by_name = {c.name.lower(): c for c in there} | {c.name: c for c in there}
    named = {heading: _column(by_name, name, heading) for heading, name in origin.columns.items()}
    taken = {c.name for c in named.values()}
    offered = [*named.items(), *((c.name, c) for c in there if c.name not in taken)]
    try:
        header = find_header([[heading for heading, _ in offered]], spec)
    except FileRefusedError as error:
        raise SourceError(f"{error}; 列名不同时用 --column 标题=列名 指定") from None
    used = {*header.columns.values(), *range(len(named))}
    key = tuple(_column(by_name, name, "键列") for name in origin.key)
    time = _column(by_name, origin.time, "时间列") if origin.time else None
    if time is not None and time.kind not in TIMES:
        raise SourceError(f"时间列“{time.name}”不是日期或时间类型, 请改用查询并在查询中转换")
    if origin.key_overlap is not None and (len(key) != 1 or key[0].kind != "integer"):
        raise SourceError("按键增量只适用于一个整数键列")
    left = tuple(heading for i, (heading, _) in enumerate(offered) if i not in used)
    return Found(key, time, tuple(pair for i, pair in enumerate(offered) if i in used), left)


def _column(by_name: Mapping[str, SourceColumn], name: str, what: str) -> SourceColumn:
    found = by_name.get(name) or by_name.get(name.lower())
    if found is None:
        raise SourceError(f"源表中没有列“{name}” ({what})")
    return found


def count_changes(session: Session, origin: Origin, found: Found, since: Watermark) -> int:
    """How many rows a pull would read now."""
    return sum(_count(session, origin, part) for part in _parts(session, origin, found, since))


def write_changes(
    session: Session,
    origin: Origin,
    found: Found,
    since: Watermark,
    target: Path,
    tell: Callable[[int, int], None],
) -> tuple[int, Watermark]:
    """Write the changed rows as UTF-8 CSV under the standard's headings; returns (rows, new watermark).

    ``tell(written, expected)`` is called every few thousand rows. Raises ``SourceError`` if the rows read are
    not as many as the source counted in the same transaction: then its key does not name rows one by one.
    """
    parts = _parts(session, origin, found, since)
    expected = [_count(session, origin, part) for part in parts]
    cells = [session.cell(column) for _, column in found.cells]
    last, written = since, 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([heading for heading, _ in found.cells])
        for part, rows in zip(parts, expected, strict=True):
            before = written
            for row in _pages(session, origin, found, part):
                order, values = row[: len(part.order)], row[len(part.order) :]
                writer.writerow(
                    "" if v is None else v if cell is None else cell(v)
                    for v, cell in zip(values, cells, strict=True)
                )
                written += 1
                if written % TELL_EVERY == 0:
                    tell(written, sum(expected))
                if part.moves:
                    last = _reached(found, order)
            if written - before != rows:
                raise SourceError(
                    f"键列 ({'、'.join(c.name for c in found.key)}) 不能唯一确定一行或有空值: "
                    f"应读 {rows:,} 行, 实读 {written - before:,} 行"
                )
    if found.time is not None and last.time is not None and last != since:
        last = Watermark(session.not_after_now(found.time, last.time), last.key)
    return written, last


@dataclass(frozen=True)
class _Part:
    """Rows under one condition in one order; ``moves``: whether reading them moves the watermark."""

    where: tuple[Condition, ...]
    order: tuple[SourceColumn, ...]
    moves: bool


def _parts(session: Session, origin: Origin, found: Found, since: Watermark) -> list[_Part]:
    """With a time column: the rows since the watermark, then (each time anew) those that do not say when."""
    if found.time is not None:
        bounds = [session.timed(found.time, True)]
        if since.time is not None:
            bounds.append(session.since(found.time, since.time, origin.overlap))
        return [
            _Part(tuple(bounds), found.order, True),
            _Part((session.timed(found.time, False),), found.key, False),
        ]
    if origin.key_overlap is not None and since.key:
        start = str(int(since.key[0]) - origin.key_overlap - 1)
        return [_Part((session.after(found.key, [start]),), found.key, True)]
    return [_Part((), found.key, True)]


def _reached(found: Found, order: Sequence[Any]) -> Watermark:
    said = tuple(v.hex() if isinstance(v, bytes) else str(v) for v in order)
    return Watermark(said[0], said[1:]) if found.time is not None else Watermark(None, said)


def _count(session: Session, origin: Origin, part: _Part) -> int:
    sql, params = _where(part.where)
    return int(session.value(f"SELECT count(*) FROM {relation_of(session, origin)}{sql}", params) or 0)


def _pages(session: Session, origin: Origin, found: Found, part: _Part) -> Iterator[Sequence[Any]]:
    """Each page begins behind the last row of the one before it."""
    order = [SourceColumn(c.name, "text") for c in part.order]
    wanted = ", ".join(session.select(c) for c in (*order, *(column for _, column in found.cells)))
    by = ", ".join(session.name(c) for c in part.order)
    behind: tuple[Condition, ...] = ()
    while True:
        where, params = _where((*part.where, *behind))
        read = 0
        for row in session.rows(
            f"SELECT {wanted} FROM {relation_of(session, origin)}{where} ORDER BY {by} LIMIT {PAGE_ROWS}",
            params,
        ):
            yield row
            read += 1
        if read < PAGE_ROWS:
            return
        at = row[: len(part.order)]
        if any(v is None for v in at):
            return  # the count will say so
        behind = (session.after(part.order, at),)


def _where(conditions: Sequence[Condition]) -> tuple[str, tuple[Any, ...]]:
    sql = " AND ".join(c.sql for c in conditions)
    return (f" WHERE {sql}" if sql else ""), tuple(p for c in conditions for p in c.params)
