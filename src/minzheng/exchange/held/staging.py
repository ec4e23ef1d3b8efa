"""A row that was held back, cleaned again from the source's own cells (待核行清洗), as on the day its batch came."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from django.conf import settings
from django.utils import timezone

from minzheng.exchange.clean.fields import fields_of, staged_name
from minzheng.exchange.clean.stage import clean
from minzheng.exchange.declare import Column, Feed, feed_named
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.load import mentions
from minzheng.exchange.load.staged import Chunk, Stamp
from minzheng.exchange.models import Batch, ReviewItem
from minzheng.exchange.plan import plan_of
from minzheng.foundation.crypto.digests import digest_column
from minzheng.foundation.crypto.fields import open_column, open_text
from minzheng.foundation.database.arrow import Bulk
from minzheng.standards import queries as standards

MEMORY = "300MB"


class HeldRowError(ValueError):
    """The row can't be taken up as asked (待核行无法处理)."""


@dataclass(frozen=True)
class HeldRow:
    """A row as its source wrote it, and where it came from (待核行)."""

    batch: Batch
    feed: Feed
    row_no: int
    cells: tuple[str, ...]
    digest: UUID

    @property
    def headings(self) -> tuple[str, ...]:
        """The source's headings."""
        return plan_of(self.batch).headings

    @property
    def columns(self) -> Mapping[str, int]:
        """Heading of the standard → place in the row."""
        return plan_of(self.batch).columns

    @property
    def extracted(self) -> Extracted:
        """The row as a file of its own."""
        found = plan_of(self.batch).extracted
        if found is None:
            raise HeldRowError("批次没有留下列的对应关系")
        return Extracted(found.headings, found.columns, (("", 1),), 1)

    @property
    def sealed(self) -> dict[str, str]:
        """Staged column → kind under which it is sealed."""
        fields = fields_of(standards.data_set(self.feed.key), self.extracted)
        return {field.name: field.sealed for field in fields if field.sealed}

    def stamp(self, entered_at: datetime | None = None) -> Stamp:
        """What the row carries into the register."""
        batch = self.batch
        return Stamp(batch.id, batch.source_id, batch.received_at, batch.division_code, entered_at)


def held_row(work: Bulk, batch_id: UUID, row_no: int) -> HeldRow:
    """The row of a batch that waits; raises ``HeldRowError`` where there is none or its batch is still under way."""
    found = work.rows(
        f"""SELECT i.row_cipher, i.digest::text AS digest, b.feed, b.source_id, b.source_name, b.division_code,
            b.received_at, b.stage, b.plan::text AS plan
        FROM exchange_reviewitem i JOIN exchange_batch b ON b.id = i.batch_id
        WHERE i.batch_id = '{batch_id}' AND i.row_no = {row_no} ORDER BY i.id LIMIT 1"""
    )
    if not found:
        raise HeldRowError("没有这条待核行")
    row = found[0]
    if row["stage"] != Batch.Stage.FINISHED:
        raise HeldRowError("这一批次还没有处理完, 请稍后再作决定")
    batch = Batch(
        id=batch_id, feed=row["feed"], source_id=row["source_id"], source_name=row["source_name"],
        division_code=row["division_code"], received_at=row["received_at"], stage=row["stage"],
        plan=json.loads(row["plan"]),
    )  # fmt: skip
    cells = json.loads(open_text("row", row["row_cipher"]) or "[]")
    return HeldRow(batch, feed_named(row["feed"]), row_no, tuple(cells), UUID(row["digest"]))


@contextmanager
def staged(row: HeldRow) -> Iterator[Path]:
    """The row as a chunk of one; gone at the end. Raises ``HeldRowError`` where today's standard refuses it."""
    spool = Path(settings.HOME) / "spool"
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(prefix="held-", dir=spool) as folder:
        # An empty cell was nothing or an empty text, as the file was read; in columns the standard does not know it shows.
        for empty in (None, ""):
            path = _clean(row, Path(folder), empty)
            if _digest(path) == row.digest:
                break
        yield path


def _clean(row: HeldRow, folder: Path, empty: str | None) -> Path:
    with duckdb.connect(config={"memory_limit": MEMORY, "threads": 1}) as db:
        values = [cell or empty for cell in row.cells]
        names = [f"c{i}" for i in range(len(values))]
        columns = [pa.array([value], pa.string()) for value in values]
        table = pa.table([pa.array([row.row_no], pa.int64()), *columns], names=["row_no", *names])
        db.register("piece", table)
        db.execute(
            f"CREATE TABLE raw AS SELECT row_no, 0::SMALLINT AS part, {', '.join(names)} FROM piece;"
            "CREATE TABLE malformed (row_no BIGINT, cells VARCHAR[])"
        )
        today = timezone.localtime(row.batch.received_at).date()
        spec = standards.data_set(row.feed.key)
        cleaned = clean(db, row.feed, spec, row.extracted, folder, today)
        if cleaned.refused:
            said = db.execute("SELECT heading || ': ' || reason FROM bad ORDER BY position").fetchall()
            raise HeldRowError(f"按现行标准这一行不合格: {'; '.join(text for (text,) in said)}")
    return folder / "chunks" / f"chunk={cleaned.chunks[0]}"


def _digest(path: Path) -> UUID:
    with Chunk(path) as chunk:
        found = chunk.select({"content_hash": "content_hash"})["content_hash"].combine_chunks()
    return UUID(bytes=digest_column(found, "row").to_pylist()[0])


def headings_of(feed: Feed) -> dict[str, str]:
    """Staged column → the standard's heading (列名)."""
    return {
        staged_name(field.element, field.role): field.heading for field in standards.data_set(feed.key).fields
    }


def names_said(work: Bulk, items: Sequence[ReviewItem]) -> dict[int, str]:
    """Item → the name its row gives in its role, as the source wrote it (待核姓名)."""
    if not items:
        return {}
    batches = ", ".join(f"'{i}'" for i in {item.batch_id for item in items})
    plans = work.rows(
        f"SELECT id::text AS id, (plan->'extracted'->'columns')::text AS columns FROM exchange_batch WHERE id IN ({batches})"
    )
    columns = {UUID(plan["id"]): json.loads(plan["columns"] or "{}") for plan in plans}
    opened = open_column("row", pa.array([bytes(item.row_cipher) for item in items], pa.binary())).to_pylist()
    said: dict[int, str] = {}
    for item, text in zip(items, opened, strict=True):
        feed = feed_named(item.feed)
        party = next((p for p in feed.persons if p.role == item.role), None)
        told = party.says.get("name") if party else None
        heading = headings_of(feed).get(told.name) if isinstance(told, Column) else None
        place = columns.get(item.batch_id, {}).get(heading)
        said[item.pk] = json.loads(text)[place] if place is not None else ""
    return said


def staged_values(row: HeldRow) -> dict[str, Any]:
    """Staged column → its cleaned value (清洗后的值)."""
    with staged(row) as path, Chunk(path) as chunk:
        return dict(chunk.select({name: f'"{name}"' for name in chunk.columns}).to_pylist()[0])


def mentioned(row: HeldRow) -> list[dict[str, Any]]:
    """The persons the row speaks of, as the register would keep them: identifiers sealed, with their blind indexes."""
    with staged(row) as path, Chunk(path) as chunk:
        return list(mentions.persons(row.feed, chunk, row.stamp()).to_pylist())
