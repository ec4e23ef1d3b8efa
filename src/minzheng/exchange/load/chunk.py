"""One chunk into the register (分块入库): one transaction, from staged rows to outbox and counts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from minzheng.exchange.declare import Feed
from minzheng.exchange.load import mentions, write
from minzheng.exchange.load.mentions import Chunk, Stamp
from minzheng.exchange.load.resolve import resolve_organisations, resolve_persons
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.crypto.fields import seal_column
from minzheng.foundation.database.arrow import Bulk
from minzheng.registry.linkage import link_mentions

COUNTS = ("created", "updated", "unchanged", "review")


@dataclass(frozen=True)
class Job:
    """What a chunk's load needs to know of its batch.

    ``sealed``: staged column → kind under which it is sealed; ``raw_rows``: the source's own cells of given rows, as
    one JSON list each, for what goes to review.
    """

    feed: Feed
    stamp: Stamp
    sealed: Mapping[str, str]
    raw_rows: Callable[[Sequence[int]], dict[int, str]]


def load_chunk(work: Bulk, job: Job, name: str, path: Path) -> dict[str, int]:
    """Load one chunk and commit; returns how many rows were created, updated, unchanged or sent to review."""
    feed, stamp = job.feed, job.stamp
    with Chunk(path) as chunk:
        copy_temporary(work, "m", mentions.persons(feed, chunk, stamp), keys=_MENTION_KEYS)
        organisations = mentions.organisations(feed, chunk, stamp)
        if organisations is not None:
            copy_temporary(work, "o", organisations)
        columns: list[str] = []
        if feed.record is not None:
            records = mentions.records(feed, chunk, stamp, job.sealed)
            columns = [c for c in records.column_names if c not in _RECORD_STAMP]
            columns = [c for c in columns if c in {f.name for f in feed.record._meta.get_fields()}]
            copy_temporary(work, "r", records)
    _known_rows(work, job)
    decisions = link_mentions(work) if _has_unnumbered(work) else None
    items = resolve_persons(work, decisions)
    counts = _write_record_feed(work, job, columns) if feed.record else _write_person_feed(work, job)
    _review_items(work, job, items)
    _finish(work, job, name, counts)
    work.commit()
    return counts


_MENTION_KEYS = ("row_no", "role", "digest", "id_number_blind", "household_key", "new_id")
_RECORD_STAMP = {"row_no", "id", "key_digest", "digest", "division_code", "happened_on", "extra_cipher"}


def _known_rows(work: Bulk, job: Job) -> None:
    """``gone``: rows the register holds already word for word, repeats within the chunk, and rows still under review."""
    of, known = "m", (
        f"SELECT m.row_no FROM m JOIN registry_personclaim c ON c.digest = m.digest AND c.recorded_to IS NULL "
        f"AND c.record_id IS NULL AND c.source_id = {job.stamp.source_id}"
    )  # fmt: skip
    if job.feed.record is not None:
        of, known = "r", (
            f"SELECT r.row_no FROM r JOIN {job.feed.record._meta.db_table} t "
            "ON t.key_digest = r.key_digest AND t.recorded_to IS NULL AND t.digest = r.digest"
        )  # fmt: skip
    work.run(
        f"""CREATE TEMP TABLE gone ON COMMIT DROP AS
        SELECT row_no, min(outcome) AS outcome FROM (
            SELECT row_no, 'unchanged' AS outcome FROM ({known}) k
            UNION ALL SELECT row_no, 'unchanged' FROM
                (SELECT row_no, row_number() OVER (PARTITION BY digest ORDER BY row_no) AS nth FROM {of}) n WHERE nth > 1
            UNION ALL SELECT m.row_no, 'review_again' FROM m JOIN exchange_reviewitem i
                ON i.digest = m.digest AND i.state = 'open' AND i.feed = '{job.feed.key}'
        ) g GROUP BY row_no"""
    )
    work.run("ANALYZE gone")


def _has_unnumbered(work: Bulk) -> bool:
    return bool(
        work.scalar(
            "SELECT EXISTS (SELECT 1 FROM m WHERE id_number_blind IS NULL AND creates "
            "AND row_no NOT IN (SELECT row_no FROM gone)) AS found"
        )
    )


def _write_person_feed(work: Bulk, job: Job) -> dict[str, int]:
    """人口底册: the claim is the record."""
    stamp = job.stamp
    write.close_replaced_claims(work, stamp)
    write.subjects(work, "person", stamp)
    write.claims(work, "person", stamp, has_record=False)
    write.recompute(work, "person", stamp)
    write.outbox(work, job.feed.key, stamp.batch_id, stamp, _PERSON_CHANGES)
    found = work.rows(
        """SELECT outcome, count(*) AS n FROM (
            SELECT CASE WHEN is_new AND first THEN 'created'
                WHEN id IN (SELECT id FROM changed_person) OR id IN (SELECT id FROM replaced) THEN 'updated'
                ELSE 'unchanged' END AS outcome FROM x_person
            UNION ALL SELECT CASE outcome WHEN 'review_again' THEN 'review' ELSE outcome END FROM gone
        ) o GROUP BY outcome"""
    )
    return _counts(found)


_PERSON_CHANGES = """SELECT id, division_code, 'created' AS operation FROM x_person WHERE first
    UNION ALL SELECT p.id, p.hukou_division_code, 'updated' FROM changed_person c JOIN registry_person p ON p.id = c.id
    WHERE c.id NOT IN (SELECT id FROM x_person WHERE is_new)"""


def _write_record_feed(work: Bulk, job: Job, columns: list[str]) -> dict[str, int]:
    """A room's records with the persons and organisations they speak of."""
    feed, stamp = job.feed, job.stamp
    table = feed.record._meta.db_table  # type: ignore[union-attr]
    write.close_replaced_records(work, table, stamp)
    write.records(work, table, columns, stamp)
    if feed.organisations:
        resolve_organisations(work)
        write.subjects(work, "organisation", stamp)
        write.claims(work, "organisation", stamp, has_record=True)
        write.recompute(work, "organisation", stamp, also="UNION SELECT id FROM replaced_organisation")
    write.subjects(work, "person", stamp)
    write.claims(work, "person", stamp, has_record=True)
    write.recompute(work, "person", stamp, also="UNION SELECT id FROM replaced_person")
    write.outbox(work, "persons", stamp.batch_id, stamp, _PERSON_CHANGES)
    outcome = "CASE WHEN key_digest IN (SELECT key_digest FROM replaced_record) THEN 'updated' ELSE 'created' END"
    kept = "row_no NOT IN (SELECT row_no FROM gone)"
    changes = f"SELECT id, division_code, {outcome} AS operation FROM r WHERE {kept}"
    write.outbox(work, feed.key, stamp.batch_id, stamp, changes)
    found = work.rows(
        f"""SELECT outcome, count(*) AS n FROM (
            SELECT {outcome} AS outcome FROM r WHERE {kept}
            UNION ALL SELECT CASE outcome WHEN 'review_again' THEN 'review' ELSE outcome END FROM gone
        ) o GROUP BY outcome"""
    )
    return _counts(found)


def _counts(found: list[dict[str, Any]]) -> dict[str, int]:
    by_outcome = {row["outcome"]: int(row["n"]) for row in found}
    return {name: by_outcome.get(name, 0) for name in COUNTS}


def _review_items(work: Bulk, job: Job, items: list[dict[str, Any]]) -> None:
    """Keep what went to review, with the row as the source wrote it, sealed."""
    if not items:
        return
    raw = job.raw_rows(sorted({item["row_no"] for item in items}))
    cells = seal_column("row", pa.array([raw[item["row_no"]] for item in items], pa.string()))[0]
    table = pa.table(
        {
            "row_no": pa.array([item["row_no"] for item in items], pa.int32()),
            "role": pa.array([item["role"] for item in items], pa.string()),
            "reason": pa.array([item["reason"] for item in items], pa.string()),
            "candidates": pa.array([json.dumps(item["candidates"]) for item in items], pa.string()),
            "row_cipher": cells,
        }
    )
    copy_temporary(work, "v", table)
    work.run(
        f"""INSERT INTO exchange_reviewitem
            (batch_id, feed, row_no, role, reason, candidates, digest, division_code, row_cipher, state, created_at)
        SELECT DISTINCT ON (v.row_no, v.role) '{job.stamp.batch_id}', '{job.feed.key}', v.row_no, v.role, v.reason,
            v.candidates::jsonb, m.digest, m.hukou_division_code, v.row_cipher, 'open', {job.stamp.at_sql}
        FROM v JOIN m ON m.row_no = v.row_no AND m.role = v.role
        ORDER BY v.row_no, v.role"""
    )


def _finish(work: Bulk, job: Job, name: str, counts: dict[str, int]) -> None:
    work.run(
        f"""INSERT INTO exchange_loadedchunk (batch_id, name, counts, loaded_at)
        VALUES ('{job.stamp.batch_id}', '{name}', '{json.dumps(counts)}', now())"""
    )
