"""All chunks of a batch (整批入库): households first, then numbered chunks side by side, then those without numbers."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

import duckdb
from django.utils import timezone

from minzheng.exchange.clean.fields import fields_of
from minzheng.exchange.clean.quarantine import raw_rows
from minzheng.exchange.declare import Column, Feed
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.load.chunk import Job, load_chunk
from minzheng.exchange.load.mentions import household_table
from minzheng.exchange.load.staged import Stamp
from minzheng.exchange.load.tables import copy_temporary
from minzheng.exchange.models import Batch, LoadedChunk
from minzheng.exchange.plan import plan_of
from minzheng.foundation.database.arrow import bulk
from minzheng.standards.queries import DataSetSpec

HOUSEHOLDS = "households"
LEFT_TO_RAW = "150MB"
LARGE_BATCH = 20_000  # rows
ASKED_BY = {  # the columns queries choose rows by; the wide and sealed ones are never asked for
    "registry_person": "id_number_blind, name_key, birth_date, phone_blind, household_id, hukou_division_code, superseded_by",
    "registry_personclaim": "person_id, digest, record_id, recorded_to, source_id, role, rule",
    "registry_household": "kind_code, key_blind",
}
LOAD_FROM, LOAD_TO = 0.3, 0.98


def load(
    db: duckdb.DuckDBPyConnection,
    batch: Batch,
    feed: Feed,
    spec: DataSetSpec,
    extracted: Extracted,
    spool: Path,
) -> None:
    """Load every chunk that is not in yet. Chunks of persons run side by side: no person stands in two of them."""
    stamp = Stamp(batch.id, batch.source_id, batch.received_at, batch.division_code)
    sealed = {f.name: f.sealed for f in fields_of(spec, extracted) if f.sealed}
    lock = Lock()

    def rows(numbers: Sequence[int]) -> dict[int, str]:
        with lock, db.cursor() as own:
            return raw_rows(own, extracted, numbers)

    job = Job(feed, stamp, sealed, rows)
    done = set(LoadedChunk.objects.filter(batch=batch).values_list("name", flat=True))
    if HOUSEHOLDS not in done:
        _households(db, feed, stamp)
    db.execute(f"SET memory_limit = '{LEFT_TO_RAW}'")  # from here on it is asked for single rows only
    planned = plan_of(batch).chunks
    chunks = [name for name in planned if name not in done]
    numbered = [name for name in chunks if name.startswith("n")]
    total, finished = max(1, len(planned)), len(planned) - len(chunks)
    workers = min(2, os.cpu_count() or 1) if feed.record is None else 1
    for group in (numbered, [name for name in chunks if name not in numbered]):
        with ThreadPoolExecutor(workers) as pool:
            futures = [pool.submit(_one, job, name, spool) for name in group]
            try:
                for future in as_completed(futures):
                    future.result()
                    finished += 1
                    _progress(batch, LOAD_FROM + (LOAD_TO - LOAD_FROM) * finished / total)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    _refresh_statistics(feed, extracted.rows)


def _refresh_statistics(feed: Feed, rows: int) -> None:
    """The planner's picture of the register after a large batch; it must not wait for the server to notice."""
    if rows < LARGE_BATCH:
        return
    tables = dict(ASKED_BY)
    if feed.record is not None:
        tables[feed.record._meta.db_table] = "key_digest, recorded_to"
    with bulk() as work:
        for table, columns in tables.items():
            work.run(f"ANALYZE {table} ({columns})")
        work.commit()


def _one(job: Job, name: str, spool: Path) -> None:
    with bulk() as work:
        load_chunk(work, job, name, spool / "chunks" / f"chunk={name}")


def _progress(batch: Batch, share: float) -> None:
    Batch.objects.filter(pk=batch.pk).update(progress=share, heartbeat_at=timezone.now())
    batch.progress = share


def _households(db: duckdb.DuckDBPyConnection, feed: Feed, stamp: Stamp) -> None:
    """New households of the whole batch in one transaction, so that chunks never wait for each other over them."""
    parties = [p for p in feed.persons if p.household and isinstance(p.says.get("household_key"), Column)]
    with bulk() as work:
        for number, party in enumerate(parties):
            key = party.says["household_key"].name  # type: ignore[union-attr]
            place = party.says.get("hukou_division_code")
            division = f'min("{place.name}")' if isinstance(place, Column) else "NULL::VARCHAR"
            found = db.sql(
                f"""SELECT "{key}" AS key, {division} AS division_code FROM norm
                WHERE "{key}" IS NOT NULL AND row_no NOT IN (SELECT row_no FROM bad) GROUP BY 1"""
            ).to_arrow_table()
            if not found.num_rows:
                continue
            keys, divisions = found["key"].combine_chunks(), found["division_code"].combine_chunks()
            copy_temporary(work, f"h{number}", household_table(keys, divisions, stamp))
            work.run(
                f"""INSERT INTO registry_household (id, kind_code, key_blind, division_code, created_at, batch_id)
                SELECT id, '{party.household}', key_blind, division_code, {stamp.at_sql}, '{stamp.batch_id}' FROM h{number}
                ORDER BY key_blind ON CONFLICT (kind_code, key_blind) DO NOTHING"""
            )
        work.run(
            f"INSERT INTO exchange_loadedchunk (batch_id, name, counts, loaded_at) "
            f"VALUES ('{stamp.batch_id}', '{HOUSEHOLDS}', '{{}}', now())"
        )
        work.commit()
