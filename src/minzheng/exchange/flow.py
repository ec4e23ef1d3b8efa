"""The data flow (数据流), stage by stage: received → extracted → cleaned → loaded → finished.

Every stage hands over through storage: the encrypted file, the batch's DuckDB file and Parquet chunks under
``MINZHENG_HOME/spool/<batch>``, the database. A run that was interrupted anywhere starts the first unfinished stage
again; chunks that are in stay in. Decisions depend on the batch's own day and on content, not on when the stage runs.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from minzheng.exchange import following
from minzheng.exchange.clean.columns import macros
from minzheng.exchange.clean.quarantine import keep_refused
from minzheng.exchange.clean.stage import clean
from minzheng.exchange.declare import feed_named
from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.raw import Extracted, extract
from minzheng.exchange.load.run import load
from minzheng.exchange.models import Batch, LoadedChunk, QuarantinedRow
from minzheng.exchange.plan import StoredPlan, cleaning_kept, extracted_of, extraction_kept
from minzheng.exchange.watermark import move_watermark
from minzheng.foundation.files.services import copy_out
from minzheng.registry import following as registry_following
from minzheng.standards import queries as standards
from minzheng.standards.queries import DataSetSpec

MEMORY_LIMIT = "900MB"


class BatchBusyError(RuntimeError):
    """Another process is running this batch (批次正在处理)."""


def run(batch: Batch) -> Batch:
    """Take a batch to its end from wherever it stands. A refused file leaves nothing but the refusal."""
    with _alone(batch):
        batch.refresh_from_db()
        spool = spool_of(batch)
        if not batch.over:
            spool.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                _stages(batch, spool)
            except FileRefusedError as error:
                _refuse(batch, str(error))
        _follow(batch)
        if batch.over:  # those who follow may still look at the rows as they were staged
            shutil.rmtree(spool, ignore_errors=True)
        return batch


def _follow(batch: Batch) -> None:
    """What others do once a batch is in; interrupted, it is done again with the batch's next run.

    With it what was changed by hand and nobody has looked at, for the process that changed it died.
    """
    registry_following.catch_up()
    if batch.stage == Batch.Stage.FINISHED and batch.followed_at is None:
        following.finished(batch)
        batch.followed_at = timezone.now()
        batch.save(update_fields=["followed_at"])


def _stages(batch: Batch, spool: Path) -> None:
    feed, spec, lap = feed_named(batch.feed), standards.data_set(batch.feed), _Lap()
    with _workbench(spool) as db:
        if batch.stage == Batch.Stage.RECEIVED or not _has_raw(db):
            extracted = _extract(db, batch, spec, spool)
            plan = extraction_kept(extracted)
            _advance(batch, Batch.Stage.EXTRACTED, lap, plan=plan, counts={"read": extracted.rows})
        else:
            extracted = extracted_of(batch)
        if batch.stage == Batch.Stage.EXTRACTED or not (spool / "chunks.done").exists():
            cleaned = clean(db, feed, spec, extracted, spool, timezone.localtime(batch.received_at).date())
            keep_refused(db, batch.id, extracted)
            following.cleaned(following.CleanedRows(db, batch, feed, spec, extracted))
            (spool / "chunks.done").touch()
            plan = cleaning_kept(cleaned.chunks, cleaned.code_versions)
            counts = {"accepted": cleaned.accepted, "quarantined": cleaned.refused}
            _advance(batch, Batch.Stage.CLEANED, lap, plan=plan, counts=counts)
        if batch.stage == Batch.Stage.CLEANED:
            load(db, batch, feed, spec, extracted, spool)
            _advance(batch, Batch.Stage.LOADED, lap)
    _finish(batch, lap)


def _extract(db: duckdb.DuckDBPyConnection, batch: Batch, spec: DataSetSpec, spool: Path) -> Extracted:
    """The received file opened, read into ``raw``, and its plain copy removed."""
    plain = spool / "received"
    try:
        copy_out(batch.file_sm3 or "", plain)
        return extract(plain, batch.file_name, spool, db, spec)
    finally:
        for leftover in (plain, *spool.glob("part-*.utf8"), *spool.glob("member-*")):
            leftover.unlink(missing_ok=True)


def _finish(batch: Batch, lap: "_Lap") -> None:
    chunks = LoadedChunk.objects.filter(batch=batch)
    totals = {"created": 0, "updated": 0, "unchanged": 0, "review": 0}
    for counts in chunks.values_list("counts", flat=True):
        for name in totals:
            totals[name] += counts.get(name, 0)
    batch.finished_at = timezone.now()
    batch.progress = 1
    with transaction.atomic():
        _advance(batch, Batch.Stage.FINISHED, lap, counts=totals)
        move_watermark(batch)


def _refuse(batch: Batch, reason: str) -> None:
    """Nothing of a refused file stays but the reason."""
    with transaction.atomic():
        QuarantinedRow.objects.filter(batch_id=batch.id).delete()
        batch.stage, batch.problem, batch.finished_at = Batch.Stage.REFUSED, reason, timezone.now()
        batch.save()


class _Lap:
    """Seconds since the last stage ended."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def seconds(self) -> float:
        before, self._at = self._at, time.monotonic()
        return self._at - before


def _advance(
    batch: Batch,
    stage: str,
    lap: _Lap,
    *,
    plan: StoredPlan | None = None,
    counts: dict[str, int] | None = None,
) -> None:
    batch.stage = stage
    batch.plan |= plan or {}
    batch.counts |= counts or {}
    timings: dict[str, float] = batch.timings
    timings[str(stage)] = round(timings.get(str(stage), 0.0) + lap.seconds(), 3)
    batch.heartbeat_at = timezone.now()
    batch.progress = max(batch.progress, PROGRESS_AT.get(stage, 0))
    batch.save()


PROGRESS_AT: dict[str, float] = {
    Batch.Stage.EXTRACTED: 0.08,
    Batch.Stage.CLEANED: 0.3,
    Batch.Stage.LOADED: 0.98,
    Batch.Stage.FINISHED: 1.0,
}


def spool_of(batch: Batch) -> Path:
    """The batch's working folder; gone when the batch is over."""
    return Path(settings.HOME) / "spool" / str(batch.id)


@contextmanager
def staged_rows(batch: Batch) -> Iterator[following.CleanedRows | None]:
    """The staged rows of a batch that is being followed; None where its working file is gone (暂存行)."""
    spool = spool_of(batch)
    if not (spool / "work.duckdb").exists():
        yield None
        return
    with _workbench(spool) as db:
        spec, extracted = standards.data_set(batch.feed), extracted_of(batch)
        yield (
            following.CleanedRows(db, batch, feed_named(batch.feed), spec, extracted)
            if _has_raw(db)
            else None
        )


def _has_raw(db: duckdb.DuckDBPyConnection) -> bool:
    return bool(db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'raw'").fetchall())


@contextmanager
def _workbench(spool: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The batch's DuckDB file; a damaged one (the machine died while writing) is made anew from the received file."""
    path = spool / "work.duckdb"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": os.cpu_count() or 2,
        "temp_directory": str(spool / "spill"),
        "preserve_insertion_order": True,
    }
    try:
        db = duckdb.connect(str(path), config=config)
    except duckdb.Error:
        for leftover in spool.glob("work.duckdb*"):
            leftover.unlink()
        db = duckdb.connect(str(path), config=config)
    try:
        db.execute("PRAGMA force_compression = 'uncompressed'")  # it is read a few times and thrown away
        db.execute(macros())  # they live as long as the connection, and a resumed run starts anywhere
        yield db
    finally:
        db.close()


@contextmanager
def _alone(batch: Batch) -> Iterator[None]:
    """One process a batch; the lock falls with the connection, so a killed process leaves none behind."""
    key = batch.id.int & 0x7FFFFFFFFFFFFFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise BatchBusyError(f"批次 {batch.id} 正由另一进程处理")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
