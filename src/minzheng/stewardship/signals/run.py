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
from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.stewardship.signals import touched
from minzheng.stewardship.signals.declare import Kind, kind_named, kinds
from minzheng.stewardship.signals.merging import Counts, look
from minzheng.stewardship.signals.sql import looked_up
from minzheng.stewardship.signals.telling import tell_owners

LOCK = 0x5349474E  # one run at a time: two would raise the same signal twice
WORK_MEMORY = "192MB"
# A kind asked for more subjects than these, and for more than one in so many persons, looks at everything: that costs less.
MANY, ONE_IN = 5_000, 10
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
    """Look at what a batch has touched (按批次核查)."""
    at = timezone.now()
    with _alone() as work:
        touched.by_batch(work, batch)
        done = _touched(work, at)
        work.commit()
    _told(done, f"batch:{batch.id}", at=at, by=None, detail={"batch": str(batch.id)})
    return done


def run_persons(person_ids: Sequence[UUID], *, at: datetime) -> Run:
    """Look at persons whose links were changed by hand (按人员核查)."""
    with _alone() as work:
        touched.by_persons(work, person_ids)
        done = _touched(work, at)
        work.commit()
    _told(done, f"persons:{at.isoformat()}", at=at, by=None, detail={"persons": len(person_ids)})
    return done


@contextmanager
def _alone() -> Iterator[Bulk]:
    """A transaction no other run stands beside."""
    with bulk() as work:
        work.run(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        work.run("SET LOCAL jit = off")  # compiling costs more than these statements run
        # Merging two tables by their keys walks an index of random keys, a read of the table's a row.
        work.run("SET LOCAL enable_mergejoin = off")
        work.run(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield work


def _touched(work: Bulk, at: datetime) -> Run:
    touched.find_signals(work)
    return _run(work, list(kinds().values()), "touched", at=at)


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
        asked = _asked(work, kind)
        if not asked:
            return Counts(0, {}, 0, 0)
        narrow = asked <= MANY or asked * ONE_IN <= _persons(work)
    return look(work, kind, narrow=narrow, node=settings.NODE_DIVISION_CODE, division=division, at=at, on=on)


def _asked(work: Bulk, kind: Kind) -> int:
    """The temporary table ``asked``: the subjects this kind is to look at; returns how many."""
    work.run("DROP TABLE IF EXISTS asked")
    work.run(
        f"""CREATE TEMP TABLE asked ON COMMIT DROP AS
        SELECT id FROM ({looked_up(kind.touched)}) t (id) WHERE id IS NOT NULL
        UNION SELECT subject_id FROM touched_signal WHERE kind = {quote(kind.key)} ORDER BY id"""
    )
    work.run("ANALYZE asked")
    return int(work.scalar("SELECT count(*) AS n FROM asked"))


def _persons(work: Bulk) -> int:
    """How many persons there are, as the planner believes."""
    return int(
        work.scalar("SELECT reltuples::bigint AS n FROM pg_class WHERE oid = 'registry_person'::regclass")
    )


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
