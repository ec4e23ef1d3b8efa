"""Knowing a row again in a later batch (识别补正): by its key, or by all it says besides what was wrong.

A row whose key stands firm is known by its key; where the key itself is at fault, by every column it does not fail in. The
digest is sealed, and opened only while its source has a ticket under way.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from django.db import connection

from minzheng.exchange.clean.fields import staged_name
from minzheng.exchange.clean.keys import columns_of
from minzheng.exchange.models import Batch
from minzheng.foundation.crypto.fields import open_column, seal_column
from minzheng.stewardship.quality.models import FailingRow, Ticket
from minzheng.stewardship.quality.staged import Measuring
from minzheng.stewardship.quality.terms import UNDER_WAY

WAYS = 12  # sets of columns looked at a batch; rows known by rarer ones are closed by hand
SEPARATOR = "\x1f"

Known = dict[int, tuple[tuple[str, ...], bytes]]


def known_rows(measuring: Measuring) -> Known:
    """Row → (columns, sealed digest) of every failing row that can be known again (识别依据)."""
    failed = measuring.columns_failed()
    names = [field.name for field in measuring.fields if field.cell is not None]
    if not failed or not names:
        return {}
    key = [name for name in _key(measuring) if name in names]
    cells = ", ".join(f'"{name}"::VARCHAR' for name in names)
    rows = measuring.db.execute(
        f"SELECT row_no, {cells} FROM norm WHERE row_no IN (SELECT row_no FROM failing)"
    ).fetchall()
    numbers, ways, digests = [], [], []
    for row_no, *values in rows:
        said = dict(zip(names, values, strict=True))
        way = _way(said, key, failed.get(row_no, set()))
        if way:
            text = SEPARATOR.join(said[name] or "" for name in way)
            numbers.append(row_no)
            ways.append(way)
            digests.append(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    sealed = seal_column("digest", pa.array(digests, pa.string()))[0].to_pylist() if digests else []
    return {n: (way, cipher) for n, way, cipher in zip(numbers, ways, sealed, strict=True)}


def _key(measuring: Measuring) -> tuple[str, ...]:
    if measuring.rows.feed.record_key:
        return columns_of(measuring.rows.feed)
    return tuple(staged_name(f.element, f.role) for f in measuring.rows.spec.fields if f.is_key)


def _way(said: dict[str, str | None], key: Sequence[str], failed: set[str]) -> tuple[str, ...]:
    if key and failed.isdisjoint(key) and any(said[name] for name in key):
        return tuple(key)
    rest = tuple(name for name in said if name not in failed)
    return rest if sum(1 for name in rest if said[name]) >= 2 else ()


@dataclass(frozen=True)
class Seen:
    """Rows under a ticket that came again in this batch (再次报送).

    ``mended``: (failing row, new row) that now hold; ``again``: (measure, division) → rows that fail as before.
    """

    mended: list[tuple[int, int]]
    again: dict[tuple[str, str], int]


def seen_again(measuring: Measuring, batch: Batch) -> Seen:
    """What of the source's open tickets this batch mends or repeats (比对在办工单)."""
    waiting = _waiting(batch)
    if not waiting:
        return Seen([], {})
    db, ways = measuring.db, Counter(tuple(row.known_by) for row in waiting)
    present = {field.name for field in measuring.fields if field.cell is not None}
    opened = open_column(
        "digest", pa.array([bytes(row.digest_cipher or b"") for row in waiting], pa.binary())
    )
    digests = opened.to_pylist()
    db.execute("CREATE OR REPLACE TABLE again (id BIGINT, measure VARCHAR, row_no BIGINT)")
    for way, _ in ways.most_common(WAYS):
        if not present.issuperset(way):
            continue
        mine = [
            (row, digest) for row, digest in zip(waiting, digests, strict=True) if tuple(row.known_by) == way
        ]
        db.register("piece", _table(mine))
        text = ", ".join(f"""coalesce("{name}"::VARCHAR, '')""" for name in way)
        db.execute(
            f"""INSERT INTO again SELECT id, measure, row_no FROM norm JOIN piece
            ON md5(concat_ws(chr(31), {text})) = piece.digest"""
        )
        db.unregister("piece")
    return _judged(measuring, db)


def _waiting(batch: Batch) -> list[FailingRow]:
    """Rows of the source's open tickets that nothing has mended yet and that can be known again."""
    rows = FailingRow.objects.raw(
        f"""SELECT DISTINCT r.* FROM {Ticket._meta.db_table} t JOIN {FailingRow._meta.db_table} r
        ON r.batch_id = t.batch_id AND r.rule_id || '|' || r.field = ANY (t.measures)
        WHERE t.feed = %s AND t.source_id = %s AND t.state = ANY (%s) AND t.batch_id <> %s
        AND starts_with(r.division_code, t.within_code) AND r.mended_batch_id IS NULL AND cardinality(r.known_by) > 0""",
        [batch.feed, batch.source_id, [str(state) for state in UNDER_WAY], batch.id],
    )
    return list(rows)


def _table(mine: list[tuple[FailingRow, str]]) -> pa.Table:
    return pa.table(
        {
            "id": pa.array([row.pk for row, _ in mine], pa.int64()),
            "measure": pa.array([f"{row.rule_id}|{row.field}" for row, _ in mine], pa.string()),
            "digest": pa.array([digest for _, digest in mine], pa.string()),
        }
    )


def _judged(measuring: Measuring, db: duckdb.DuckDBPyConnection) -> Seen:
    """A row that came again holds, or fails as before; rules of the register are asked once the batch is in."""
    mended: list[tuple[int, int]] = []
    again: dict[tuple[str, str], int] = {}
    keys = [key for (key,) in db.execute("SELECT DISTINCT measure FROM again").fetchall()]
    for key in keys:
        asked = measuring.by_key.get(key)
        holds = f"({asked.checked}) AND NOT ({asked.failed})" if asked else "true"
        for identity, row_no, county, good, accepted in db.execute(
            f"""SELECT again.id, row_no, county__, {holds}, row_no NOT IN (SELECT row_no FROM bad)
            FROM again JOIN marked USING (row_no) WHERE measure = ? ORDER BY row_no""",
            [key],
        ).fetchall():
            if good and accepted:
                mended.append((identity, row_no))
            elif not good:
                place = (key, measuring.division_of(county))
                again[place] = again.get(place, 0) + 1
    return Seen(mended, again)


def note_seen(batch: Batch, seen: Seen) -> None:
    """Keep which rows this batch mends, until it is in; a run that is repeated starts anew (待确认)."""
    with connection.cursor() as cursor:
        table = FailingRow._meta.db_table
        cursor.execute(
            f"UPDATE {table} SET seen_batch_id = NULL, seen_row_no = NULL WHERE seen_batch_id = %s",
            [batch.id],
        )
        cursor.executemany(
            f"UPDATE {table} SET seen_batch_id = %s, seen_row_no = %s WHERE id = %s",
            [(batch.id, row_no, identity) for identity, row_no in seen.mended],
        )


def confirm_seen(batch: Batch, *, still_failing: set[tuple[str, int]]) -> int:
    """The batch is in: what it mends is mended, unless the register says otherwise (确认补正).

    ``still_failing``: (measure, row) of the batch. Returns how many rows are mended.
    """
    mended = [
        row
        for row in FailingRow.objects.filter(seen_batch_id=batch.id)
        if (f"{row.rule_id}|{row.field}", row.seen_row_no) not in still_failing
    ]
    for row in mended:
        row.mended_batch_id, row.mended_row_no = batch.id, row.seen_row_no
    FailingRow.objects.bulk_update(mended, ["mended_batch_id", "mended_row_no"], batch_size=1000)
    FailingRow.objects.filter(seen_batch_id=batch.id).update(seen_batch_id=None, seen_row_no=None)
    return len(mended)
