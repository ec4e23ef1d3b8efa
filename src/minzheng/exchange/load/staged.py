"""A chunk's cleaned rows, and what every row of its batch carries (分块)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
from django.utils import timezone

from minzheng.exchange.clean.columns import macros, quote
from minzheng.exchange.declare import ByCode, Column, DivisionOf, Feed, Fixed, Said


@dataclass(frozen=True)
class Stamp:
    """What every row of a batch carries: batch, source, time, and the division of the node it came to.

    ``at`` is when the file came; ``entered_at`` when a row that was held back enters the register, by someone's decision.
    """

    batch_id: UUID
    source_id: int
    at: datetime
    node_division: str
    entered_at: datetime | None = None

    @property
    def day(self) -> date:
        """The day on the wall when the file came."""
        return timezone.localtime(self.at).date()

    @property
    def recorded_at(self) -> datetime:
        """From when the register says what the rows say."""
        return self.entered_at or self.at

    @property
    def at_ms(self) -> int:
        """The time of recording in milliseconds since 1970, as UUIDv7 wants it."""
        return int(self.recorded_at.timestamp() * 1000)

    @property
    def at_sql(self) -> str:
        """The time of recording as an SQL expression."""
        return f"'{self.recorded_at.isoformat()}'::timestamptz"


class Chunk:
    """One Parquet chunk of cleaned rows, read through DuckDB (分块)."""

    def __init__(self, path: Path) -> None:
        self._db = duckdb.connect(config={"threads": 1, "memory_limit": "300MB"})
        self._db.execute(macros())
        self._db.execute(
            f"CREATE VIEW staged AS SELECT * FROM read_parquet({quote(str(path / '*.parquet'))})"
        )
        self.columns = {row[0]: row[1] for row in self._db.execute("DESCRIBE staged").fetchall()}

    def __enter__(self) -> "Chunk":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def select(self, expressions: Mapping[str, str], where: str = "true") -> pa.Table:
        """The named SQL expressions over the chunk's rows, in row order."""
        columns = ", ".join(f'{sql} AS "{name}"' for name, sql in expressions.items())
        return self._db.sql(f"SELECT {columns} FROM staged WHERE {where} ORDER BY row_no").to_arrow_table()

    def said(self, said: Said | None, sql_type: str = "VARCHAR") -> str:
        """SQL of what a declaration says."""
        if isinstance(said, Column | DivisionOf) and said.name in self.columns:
            return f'"{said.name}"'
        if isinstance(said, Fixed):
            return quote(said.value)
        if isinstance(said, ByCode) and said.column in self.columns:
            whens = " ".join(f"WHEN {quote(code)} THEN {quote(value)}" for code, value in said.values.items())
            return f'CASE "{said.column}" {whens} END'
        return f"CAST(NULL AS {sql_type})"


def valid_from_sql(feed: Feed, chunk: Chunk, stamp: Stamp) -> str:
    """From when the row's statements hold: the event's date, else the day the file came."""
    arrived = f"DATE '{stamp.day.isoformat()}'"
    name = feed.happened_on
    if name is None or name not in chunk.columns:
        return arrived
    if chunk.columns[name] == "DATE":
        return f'coalesce("{name}", {arrived})'
    return f"coalesce(try_strptime(\"{name}\" || '01', '%Y%m%d')::DATE, {arrived})"
