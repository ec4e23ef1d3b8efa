"""One chunk into the register (分块入库): one transaction, from staged rows to outbox and counts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from minzheng.exchange.declare import Feed
from minzheng.exchange.load import mentions, revoking, write
from minzheng.exchange.load.resolve import by_hand, resolve_organisations, resolve_persons
from minzheng.exchange.load.staged import Chunk, Stamp
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.crypto.fields import seal_column
from minzheng.foundation.database.arrow import Bulk
from minzheng.registry.linkage import link_mentions

COUNTS = ("created", "updated", "unchanged", "review")


@dataclass(frozen=True)
class Job:
    """What a chunk's load needs to know of its batch.

    ``sealed``: staged column → kind under which it is sealed; ``raw_rows``: the source's own cells of given rows, as
    one JSON list each, for what goes to review. ``decided``: whom a row that was held back means, shape ``DECISION``.
    """

    feed: Feed
    stamp: Stamp
    sealed: Mapping[str, str]
    raw_rows: Callable[[Sequence[int]], dict[int, str]]
    decided: pa.Table | None = None


def load_chunk(work: Bulk, job: Job, name: str, path: Path) -> dict[str, int]:
    """Load one chunk and commit; returns how many rows were created, updated, unchanged or sent to review."""
    counts = write_chunk(work, job, name, path)
    work.commit()
    return counts


def write_chunk(work: Bulk, job: Job, name: str, path: Path) -> dict[str, int]:
    """Write one chunk into the register, for the caller to commit; returns the counts of its rows."""
    feed, stamp = job.feed, job.stamp
    with Chunk(path) as chunk:
        persons = mentions.persons(feed, chunk, stamp)
        organisations = mentions.organisations(feed, chunk, stamp)
        places = mentions.places(feed, chunk, stamp)
        records = mentions.records(feed, chunk, stamp, job.sealed) if feed.record is not None else None
    unnumbered = persons["id_number_blind"].null_count > 0
    copy_temporary(work, "m", persons.select(_KEYS + _FEATURES if unnumbered else _KEYS), keys=_KEYS)
    if organisations is not None:
        copy_temporary(work, "o", organisations)
    if places is not None:
        copy_temporary(work, "l", places)
    if records is not None:
        copy_temporary(work, "r", records)
    _known_rows(work, job)
    decisions = link_mentions(work) if unnumbered and _has_unnumbered(work) else None
    items = resolve_persons(work, by_hand(decisions, job.decided))
    if records is None:
        counts = _write_person_feed(work, job, persons)
    else:
        counts = _write_record_feed(work, job, persons, organisations, records.column_names)
    _review_items(work, job, items)
    _finish(work, job, name, counts)
    return counts


# What resolving asks of a mention; what linking asks besides. The rest of its columns never enters a temporary table.
_KEYS = [
    "row_no",
    "role",
    "creates",
    "digest",
    "id_number_blind",
    "household_key",
    "new_id",
    "name_key",
    "hukou_division_code",
]
_FEATURES = [
    "name_pinyin",
    "birth_date",
    "sex_code",
    "hukou_address_blind",
    "phone_blind",
    "relation_to_head_code",
]
_RECORD_STAMP = {"row_no", "id", "key_digest", "digest", "division_code", "happened_on", "extra_cipher"}


def _known_rows(work: Bulk, job: Job) -> None:
    """``gone``: rows the register holds already word for word, repeats within the chunk, and rows still under review."""
    of = "r" if job.feed.record is not None else "m"
    own = f"c.record_id IS NULL AND c.source_id = {job.stamp.source_id}"
    same = f"FROM registry_personclaim c WHERE c.digest = m.digest AND {own}"
    if job.feed.record is not None:
        same = f"FROM {job.feed.record._meta.db_table} c WHERE c.key_digest = r.key_digest AND c.digest = r.digest"
    # A fenced look-up a row (LIMIT) reaches a large table by its index, whatever the planner believes of its size.
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE known ON COMMIT DROP AS
            SELECT {of}.row_no FROM {of} CROSS JOIN LATERAL (SELECT 1 {same} AND c.recorded_to IS NULL LIMIT 1) k"""
        )
        work.run(
            f"""CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT m.row_no FROM m CROSS JOIN LATERAL
            (SELECT 1 FROM exchange_reviewitem i WHERE i.digest = m.digest AND i.state <> 'decided'
             AND i.feed = '{job.feed.key}' AND NOT (i.batch_id = '{job.stamp.batch_id}' AND i.row_no = m.row_no)
             LIMIT 1) k"""
        )
    work.run(
        f"""CREATE TEMP TABLE gone ON COMMIT DROP AS
        SELECT row_no, min(outcome) AS outcome FROM (
            SELECT row_no, 'unchanged' AS outcome FROM known
            UNION ALL SELECT row_no, 'unchanged' FROM
                (SELECT row_no, row_number() OVER (PARTITION BY digest ORDER BY row_no) AS nth FROM {of}) n WHERE nth > 1
            UNION ALL SELECT row_no, 'review_again' FROM waiting
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


def _write_person_feed(work: Bulk, job: Job, persons: pa.Table) -> dict[str, int]:
    """人口底册: the claim is the record."""
    stamp = job.stamp
    write.close_replaced_claims(work, stamp)
    resolved = write.Resolved(work, "person", persons, _roles(job), has_record=False)
    resolved.subjects(work, stamp)
    resolved.claims(work, stamp)
    write.recompute(work, "person", stamp)
    told = _told(work, "SELECT id FROM x_person UNION SELECT id FROM replaced")
    write.outbox(work, job.feed.key, stamp.batch_id, stamp, told)
    found = work.rows(
        """SELECT outcome, count(*) AS n FROM (
            SELECT CASE WHEN is_new AND first THEN 'created'
                WHEN id IN (SELECT id FROM changed_person) OR id IN (SELECT id FROM replaced) THEN 'updated'
                ELSE 'unchanged' END AS outcome FROM x_person
            UNION ALL SELECT CASE outcome WHEN 'review_again' THEN 'review' ELSE outcome END FROM gone
        ) o GROUP BY outcome"""
    )
    return _counts(found)


def _told(work: Bulk, spoken_of: str) -> str:
    """Query of the persons to be told of: those entered, those who are otherwise now, and whoever was spoken of without that."""
    work.run(
        f"""CREATE TEMP TABLE spoken_of ON COMMIT DROP AS
        SELECT id FROM changed_person UNION {spoken_of} EXCEPT SELECT id FROM x_person WHERE is_new"""
    )
    work.run("ANALYZE spoken_of")
    with work.by_index():
        work.run(
            """CREATE TEMP TABLE told_person ON COMMIT DROP AS SELECT s.id, p.division_code FROM spoken_of s CROSS JOIN LATERAL
                (SELECT hukou_division_code AS division_code FROM registry_person k WHERE k.id = s.id OFFSET 0) p"""
        )
    return """SELECT id, division_code, 'created' AS operation FROM x_person WHERE first
        UNION ALL SELECT id, division_code, 'updated' FROM told_person"""


def _from_elsewhere(work: Bulk) -> str:
    """Of whom a record tells that is another county's, or tells no more: where he is registered hears of it in no other way."""
    work.run(
        """CREATE TEMP TABLE mentioned ON COMMIT DROP AS SELECT DISTINCT x.id, coalesce(left(r.division_code, 6), '') AS county
        FROM x_person x JOIN r ON r.row_no = x.row_no WHERE NOT x.is_new"""
    )
    work.run("ANALYZE mentioned")
    with work.by_index():
        work.run(
            """CREATE TEMP TABLE from_elsewhere ON COMMIT DROP AS SELECT m.id FROM mentioned m CROSS JOIN LATERAL
                (SELECT hukou_division_code AS home FROM registry_person k WHERE k.id = m.id OFFSET 0) p
            WHERE left(p.home, 6) <> m.county"""
        )
    return "SELECT id FROM from_elsewhere UNION SELECT id FROM replaced_person UNION SELECT id FROM settled_person"


def _roles(job: Job) -> list[str]:
    return [party.role for party in job.feed.persons]


def _write_record_feed(
    work: Bulk, job: Job, persons: pa.Table, organisations: pa.Table | None, built: list[str]
) -> dict[str, int]:
    """A room's records with the persons and organisations they speak of."""
    feed, stamp = job.feed, job.stamp
    meta = feed.record._meta  # type: ignore[union-attr]
    table, kept_columns = meta.db_table, {field.name for field in meta.get_fields()}
    columns = [name for name in built if name in kept_columns and name not in _RECORD_STAMP]
    write.close_replaced_records(work, table, stamp)
    if feed.place is not None:
        write.places(work, feed.place.class_code, stamp)
        columns.append("place_id")
    write.records(work, table, columns, stamp)
    if organisations is not None:
        resolve_organisations(work)
        roles = [party.role for party in feed.organisations]
        resolved = write.Resolved(work, "organisation", organisations, roles, has_record=True)
        resolved.subjects(work, stamp)
        resolved.claims(work, stamp)
        write.recompute(work, "organisation", stamp, also="UNION SELECT id FROM replaced_organisation")
    resolved = write.Resolved(work, "person", persons, _roles(job), has_record=True)
    resolved.subjects(work, stamp)
    resolved.claims(work, stamp)
    revoking.settle(
        work,
        feed,
        at=stamp.at_sql,
        records="SELECT id FROM r WHERE row_no NOT IN (SELECT row_no FROM gone) UNION SELECT id FROM replaced_record",
        persons="SELECT id FROM x_person UNION SELECT id FROM replaced_person",
    )
    write.recompute(
        work,
        "person",
        stamp,
        also="UNION SELECT id FROM replaced_person UNION SELECT id FROM settled_person",
    )
    write.outbox(work, "persons", stamp.batch_id, stamp, _told(work, _from_elsewhere(work)))
    outcome = (
        "CASE WHEN key_digest IN (SELECT key_digest FROM replaced_record) THEN 'updated' ELSE 'created' END"
    )
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
    # The record's division says on whose desk it lies; the person's own where there is no record.
    record = job.feed.record is not None
    division = "coalesce(r.division_code, m.hukou_division_code)" if record else "m.hukou_division_code"
    work.run(
        f"""INSERT INTO exchange_reviewitem
            (batch_id, feed, row_no, role, reason, candidates, digest, division_code, row_cipher, state, created_at)
        SELECT DISTINCT ON (v.row_no, v.role) '{job.stamp.batch_id}', '{job.feed.key}', v.row_no, v.role, v.reason,
            v.candidates::jsonb, m.digest, {division}, v.row_cipher, 'open', {job.stamp.at_sql}
        FROM v JOIN m ON m.row_no = v.row_no AND m.role = v.role {"JOIN r ON r.row_no = v.row_no" if record else ""}
        ORDER BY v.row_no, v.role ON CONFLICT (batch_id, row_no, role) DO NOTHING"""
    )


def _finish(work: Bulk, job: Job, name: str, counts: dict[str, int]) -> None:
    work.run(
        f"""INSERT INTO exchange_loadedchunk (batch_id, name, counts, loaded_at)
        VALUES ('{job.stamp.batch_id}', '{name}', '{json.dumps(counts)}', now())"""
    )
