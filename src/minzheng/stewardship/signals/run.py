"""The run over all kinds (线索核查): everything, or what a batch or a decision by hand has touched.

Both ways end with the same signals. A subject for which a kind comes to hold is reached from the touched rows by the
kind's own ``touched``; one for which it ceases to hold has a signal that names the touched person or record.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.declare import feeds
from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.stewardship.signals.declare import Kind, kind_named, kinds
from minzheng.stewardship.signals.merging import Counts, look
from minzheng.stewardship.signals.telling import tell_owners

LOCK = 0x5349474E  # one run at a time: two would raise the same signal twice
WORK_MEMORY = "192MB"
ALL_AT_ONCE = 150_000  # touched rows from which looking at everything costs less
Progress = Callable[[int, int, Kind], None]


@dataclass
class Run:
    """What a run came to (核查报告): counts by kind, seconds."""

    scope: str
    counts: dict[str, Counts] = field(default_factory=dict)
    seconds: float = 0.0


def run_all(
    *,
    by: User | str | None,
    at: datetime,
    division: str | None = None,
    kind: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Look at everything (全量核查), or at one kind, or only at one division's signals; raises ``UnknownKindError``."""
    chosen = [kind_named(kind)] if kind else list(kinds().values())
    with _alone() as work:
        done = _run(work, chosen, "full", at=at, division=division, progress=progress)
        work.commit()
    _told(done, f"full:{at.isoformat()}", at=at, by=by, division=division)
    return done


def run_batch(batch: Batch) -> Run:
    """Look at what a batch has touched (按批次核查); at everything where that is less work."""
    at = timezone.now()
    with _alone() as work:
        _touched_by_batch(work, batch)
        done = _narrow_or_all(work, at)
        work.commit()
    _told(done, f"batch:{batch.id}", at=at, by=None, detail={"batch": str(batch.id)})
    return done


def run_persons(person_ids: Sequence[UUID], *, at: datetime) -> Run:
    """Look at persons whose links were changed by hand (按人员核查)."""
    with _alone() as work:
        listed = ", ".join(f"('{one}'::uuid)" for one in person_ids)
        work.run(f"CREATE TEMP TABLE touched_person ON COMMIT DROP AS SELECT * FROM (VALUES {listed}) v (id)")
        work.run(
            """CREATE TEMP TABLE touched_record ON COMMIT DROP AS SELECT DISTINCT record_id AS id FROM registry_personclaim
            WHERE person_id IN (SELECT id FROM touched_person) AND record_id IS NOT NULL"""
        )
        _add_persons_of_records(work)
        done = _narrow_or_all(work, at)
        work.commit()
    _told(done, f"persons:{at.isoformat()}", at=at, by=None, detail={"persons": len(person_ids)})
    return done


@contextmanager
def _alone() -> Iterator[Bulk]:
    """A transaction no other run stands beside."""
    with bulk() as work:
        work.run(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        work.run("SET LOCAL jit = off")  # compiling costs more than these statements run
        work.run(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield work


def _narrow_or_all(work: Bulk, at: datetime) -> Run:
    work.run("ANALYZE touched_person")
    work.run("ANALYZE touched_record")
    count = work.scalar(
        "SELECT (SELECT count(*) FROM touched_person) + (SELECT count(*) FROM touched_record) AS n"
    )
    chosen = list(kinds().values())
    if count > ALL_AT_ONCE:
        return _run(work, chosen, "full", at=at)
    _signals_touched(work)
    return _run(work, chosen, "touched", at=at)


def _run(
    work: Bulk,
    chosen: Sequence[Kind],
    scope: str,
    *,
    at: datetime,
    division: str | None = None,
    progress: Progress | None = None,
) -> Run:
    started, done, on = datetime.now(tz=at.tzinfo), Run(scope), timezone.localtime(at).date()
    for number, kind in enumerate(chosen):
        if progress:
            progress(number, len(chosen), kind)
        done.counts[kind.key] = _one(work, kind, scope, at=at, on=on, division=division)
    done.seconds = round((datetime.now(tz=at.tzinfo) - started).total_seconds(), 3)
    return done


def _one(work: Bulk, kind: Kind, scope: str, *, at: datetime, on: date, division: str | None) -> Counts:
    narrow = scope == "touched"
    if narrow:
        work.run(
            f"""CREATE TEMP TABLE asked ON COMMIT DROP AS
            SELECT DISTINCT id FROM ({kind.touched}) t (id) WHERE id IS NOT NULL
            UNION SELECT subject_id FROM touched_signal WHERE kind = {quote(kind.key)}"""
        )
        work.run("ANALYZE asked")
        if not work.scalar("SELECT count(*) AS n FROM asked"):
            work.run("DROP TABLE asked")
            return Counts(0, {}, 0, 0)
    counts = look(
        work, kind, narrow=narrow, node=settings.NODE_DIVISION_CODE, division=division, at=at, on=on
    )
    if narrow:
        work.run("DROP TABLE asked")
    return counts


def _touched_by_batch(work: Bulk, batch: Batch) -> None:
    """Persons and records the batch wrote (the outbox tells), and those it closed (their closing time tells)."""
    at = f"{quote(batch.received_at.isoformat())}::timestamptz"
    table = (feed := feeds()[batch.feed]).record
    told = f"FROM foundation_outboxentry o, unnest(o.subject_ids) u (id) WHERE o.batch_id = '{batch.id}'"
    records = "SELECT NULL::uuid AS id WHERE false"
    if table is not None:
        records = f"""SELECT u.id {told} AND o.data_set = {quote(feed.key)}
            UNION SELECT id FROM {table._meta.db_table} WHERE recorded_to = {at}"""
    work.run(f"CREATE TEMP TABLE touched_record ON COMMIT DROP AS {records}")
    work.run(
        f"""CREATE TEMP TABLE touched_person ON COMMIT DROP AS
        SELECT u.id {told} AND o.data_set = 'persons'
        UNION SELECT person_id FROM registry_personclaim WHERE recorded_to = {at}"""
    )
    _add_persons_of_records(work)


def _add_persons_of_records(work: Bulk) -> None:
    work.run("ANALYZE touched_record")
    work.run(
        """INSERT INTO touched_person SELECT DISTINCT c.person_id FROM touched_record t
        JOIN registry_personclaim c ON c.record_id = t.id AND c.recorded_to IS NULL
        WHERE c.person_id NOT IN (SELECT id FROM touched_person)"""
    )


def _signals_touched(work: Bulk) -> None:
    """The subjects of signals that rest on anything touched."""
    work.run(
        """CREATE TEMP TABLE touched_signal ON COMMIT DROP AS
        SELECT DISTINCT s.kind, s.subject_id FROM touched_person t
        CROSS JOIN LATERAL (SELECT kind, subject_id FROM signals_signal s WHERE s.person_ids @> ARRAY[t.id] OFFSET 0) s
        UNION SELECT s.kind, s.subject_id FROM touched_record t
        CROSS JOIN LATERAL (SELECT kind, subject_id FROM signals_signal s WHERE s.record_ids @> ARRAY[t.id] OFFSET 0) s"""
    )
    work.run("ANALYZE touched_signal")


def _told(
    done: Run,
    key: str,
    *,
    at: datetime,
    by: User | str | None,
    division: str | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    """Audit the run and tell the owners of what is new."""
    told = {
        "scope": done.scope,
        "division": division or "",
        "raised": {key: sum(c.raised.values()) for key, c in done.counts.items() if c.raised},
        "closed": {key: c.closed for key, c in done.counts.items() if c.closed},
    } | (detail or {})
    record(by=by, action="signals.run", object_kind="signals", object_id="", detail=told, at=at)
    tell_owners({kinds()[k].label: (k, c.raised) for k, c in done.counts.items()}, key=key, at=at)
