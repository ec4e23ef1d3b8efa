"""One run of an intake (取数): what its adapter fetches becomes batches, one after the other, by the road every file takes.

Alone per intake; what an earlier run left unfinished comes first. A file's mark is kept in the transaction that opens its batch,
how far rows were read in the one that finishes it: a run that dies anywhere is gone on with, and brings nothing twice.
"""

import logging
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.conf import settings
from django.db import connection, transaction

from minzheng.exchange import services
from minzheng.exchange.errors import IntakeError, SourceError
from minzheng.exchange.flow import BatchBusyError
from minzheng.exchange.intake.declare import Adapter, Mark, Reached, Received, Settings, Work, adapter_named
from minzheng.exchange.intake.places import Places
from minzheng.exchange.intake.sealed import opened
from minzheng.exchange.models import AllowedPlace, Batch, Intake, IntakeFile
from minzheng.exchange.plan import Fetched, intake_kept, plan_of
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.notices.services import notify

log = logging.getLogger(__name__)
LOCK_CLASS = 7012  # first half of the advisory lock of an intake; the second is its number
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
TELL_AFTER = 3  # failures in a row
PARTS_KEPT_S = 7 * 86_400
BY_ITSELF = "自动取数"
PIECE = 1 << 20
Watch = Callable[[Batch], AbstractContextManager[None]]


@dataclass
class Ran:
    """What a run came to (取数结果): its batches in order, and whether there is more that the next run goes on with."""

    batches: list[Batch] = field(default_factory=list)
    unfinished: bool = False


def run(
    intake: Intake, *, by: User | str | None, at: datetime, full: bool = False, watch: Watch = lambda _: nullcontext()
) -> Ran:  # fmt: skip
    """Fetch what is new and bring it in; raises ``SourceError``, and the intake keeps the reason (取数).

    ``full`` forgets how far rows were read. ``watch`` surrounds the run of each batch.
    """
    with _alone(intake):
        ran = Ran()
        try:
            for batch in _left_unfinished(intake):
                _bring_in(batch, ran, watch)
            intake.refresh_from_db()
            _fetch(intake, ran, by=by, at=at, full=full, watch=watch)
            _refuse_refused(ran)
        except BatchBusyError:
            raise BusyError(f"来源“{intake.name}”的批次正在处理, 请稍后再试") from None
        except SourceError as error:
            _keep(intake, ran, at, problem=error)
            raise
        _keep(intake, ran, at)
        return ran


def _fetch(
    intake: Intake, ran: Ran, *, by: User | str | None, at: datetime, full: bool, watch: Watch
) -> None:
    adapter = adapter_named(intake.adapter)
    work = work_of(intake, adapter, full=full)
    _sweep(work.spool)
    if full and intake.reached:
        intake.reached = {}
        intake.save(update_fields=["reached"])
    with closing(_each(adapter, opened(intake), intake.reached, work)) as fetched:
        for got in fetched:
            batch = _receive(intake, got, by=by, at=at)
            if batch is not None:
                _bring_in(batch, ran, watch)
                refused = batch.stage == Batch.Stage.REFUSED
                with plainly(adapter):
                    got.after(not refused)
                if refused and got.reached is not None:
                    break  # rows behind those given back may not move how far was read
            intake.refresh_from_db()
    ran.unfinished = work.unfinished


def _each(
    adapter: Adapter, settings: Settings, reached: Reached, work: Work
) -> Generator[Received, None, None]:
    with plainly(adapter):
        yield from adapter.fetch(settings, reached, work)


@contextmanager
def plainly(adapter: Adapter) -> Iterator[None]:
    """What an adapter does not say itself is one sentence too; its message, which may hold an address, goes nowhere."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("adapter %s: %s\n%s", adapter.key, type(error).__name__, where)
        raise IntakeError(
            f"接入方式“{adapter.label}”出错 ({type(error).__name__}), 详情见本节点日志"
        ) from None


def _sweep(spool: Path) -> None:
    """Rows are fetched again; parts of files are gone on with, for a week."""
    for left in spool.iterdir():
        if left.suffix != ".part" or time.time() - left.stat().st_mtime > PARTS_KEPT_S:
            left.unlink(missing_ok=True)


def _receive(intake: Intake, got: Received, *, by: User | str | None, at: datetime) -> Batch | None:
    """A batch of what was fetched, kept with its mark in one transaction; None where there is nothing to bring in."""
    reached = dict(got.reached) if got.reached is not None else None
    if reached is not None:
        content = _sm3(got.path) if got.path else intake.reached.get("content")
        reached |= {"content": content} if content else {}
        if got.path is None or content == intake.reached.get("content"):
            Intake.objects.filter(pk=intake.pk).update(reached=reached)
            _forget(got.path)
            return None
    if got.path is None:
        return None
    with got.path.open("rb") as file, transaction.atomic():
        user = by if isinstance(by, User) else None
        batch = services.receive(intake.feed, file, name=got.name, source=intake.name, by=user, at=at)
        batch.received_by = by.display_name if isinstance(by, User) else (by or BY_ITSELF)
        batch.plan |= intake_kept(Fetched(intake.pk, intake.reached, reached))
        batch.save(update_fields=["plan", "received_by"])
        if got.mark is not None:
            mark = got.mark
            IntakeFile.objects.create(
                intake=intake, name=mark.name, size=mark.size, sm3=mark.sm3, modified=mark.modified,
                batch_id=batch.id, taken_at=at,
            )  # fmt: skip
    _forget(got.path)
    return batch


def _forget(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)


def _sm3(path: Path) -> str:
    digest = Hash(SM3())
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.finalize().hex()


def _bring_in(batch: Batch, ran: Ran, watch: Watch) -> None:
    with watch(batch):
        services.run(batch)
    ran.batches.append(batch)


def _left_unfinished(intake: Intake) -> list[Batch]:
    found = [(batch, plan_of(batch).fetched) for batch in services.unfinished()]
    return [batch for batch, fetched in found if fetched is not None and fetched.intake == intake.pk]


def _refuse_refused(ran: Ran) -> None:
    refused = [batch for batch in ran.batches if batch.stage == Batch.Stage.REFUSED]
    if refused:
        more = f", 另有 {len(refused) - 1} 份也被退回" if len(refused) > 1 else ""
        raise IntakeError(f"{refused[0].file_name} 被退回: {refused[0].problem}{more}")


def _keep(intake: Intake, ran: Ran, at: datetime, *, problem: SourceError | None = None) -> None:
    """What the run came to, and when the next is due: sooner where there is more, later with every failure."""
    intake.refresh_from_db()
    intake.pulled_at = at
    intake.problem = str(problem) if problem else None
    intake.state = Intake.State.FAILED if problem else Intake.State.WORKING
    intake.failures = intake.failures + 1 if problem else 0
    intake.batch_id = ran.batches[-1].id if ran.batches else intake.batch_id
    if problem is None:
        intake.succeeded_at = at
    else:
        intake.offered = _offered(problem) or intake.offered
    intake.next_at = _next(intake, ran, at, problem)
    intake.save(update_fields=[
        "pulled_at", "problem", "state", "failures", "batch_id", "succeeded_at", "offered", "next_at",
    ])  # fmt: skip
    if intake.failures == TELL_AFTER:
        notify(
            division_code=intake.division_code, roles=[Role.DATA_OFFICER, Role.ADMINISTRATOR],
            title=f"接入来源“{intake.name}”连续 {TELL_AFTER} 次取数失败", url=f"/intakes/{intake.pk}/",
            key=f"intake-failed:{intake.pk}:{at:%Y%m%d%H%M}", at=at,
        )  # fmt: skip


def _offered(problem: SourceError) -> dict[str, str]:
    field_, value, shown = (getattr(problem, name, "") for name in ("field", "value", "shown"))
    return {"field": field_, "value": value, "shown": shown} if field_ else {}


def _next(intake: Intake, ran: Ran, at: datetime, problem: SourceError | None) -> datetime | None:
    if intake.paused or not intake.cycle_minutes:
        return None
    if problem is None:
        return at if ran.unfinished else at + timedelta(minutes=intake.cycle_minutes)
    asked = timedelta(seconds=problem.after if isinstance(problem, IntakeError) else 0)
    wait: timedelta = max(asked, min(FIRST_RETRY * 2 ** min(intake.failures - 1, 12), LONGEST_RETRY))
    return at + wait


def work_of(intake: Intake, adapter: Adapter, *, full: bool = False) -> Work:
    """What one run may use (取数范围)."""
    spool = spool_of(intake)
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = _Known(intake)
    return Work(
        feed=intake.feed, source=intake.name, spool=spool, places=places(), limit_bytes=settings.UPLOAD_LIMIT_BYTES,
        ends_at=time.monotonic() + adapter.seconds, full=full, known=known.of, remember=known.remember,
    )  # fmt: skip


def spool_of(intake: Intake) -> Path:
    """Where a run of an intake writes (工作目录)."""
    return Path(settings.HOME) / "spool" / f"intake-{intake.pk}"


def places() -> Places:
    """The list as it stands (允许访问的地址)."""
    lines = AllowedPlace.objects.values_list("place", flat=True)
    return Places(lines, never=Path(settings.HOME).resolve())


class _Known:
    """The files an intake has taken, read once a run and when it is first asked."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self._found = intake, dict[tuple[str, int], dict[str, int]]()
        self._read = intake.pk is None

    def of(self, name: str, size: int) -> Mapping[str, int]:
        if not self._read:
            self._read = True
            rows = IntakeFile.objects.filter(intake=self._intake).values_list(
                "name", "size", "sm3", "modified"
            )
            for its_name, its_size, sm3, modified in rows.iterator():
                self._found.setdefault((its_name, its_size), {})[sm3] = modified
        return self._found.get((name, size), {})

    def remember(self, mark: Mark) -> None:
        IntakeFile.objects.filter(
            intake=self._intake, name=mark.name, size=mark.size, sm3=mark.sm3
        ).update(modified=mark.modified)  # fmt: skip


@contextmanager
def _alone(intake: Intake) -> Iterator[None]:
    """One run of an intake at a time; the lock falls with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, intake.pk])
        if not cursor.fetchone()[0]:
            raise BusyError(f"来源“{intake.name}”正在取数, 请稍后再试")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, intake.pk])


class BusyError(IntakeError):
    """Another process is fetching from this source (正在取数)."""
