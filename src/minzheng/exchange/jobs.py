"""Batches run in the background (后台作业), by the worker of ``minzheng up`` or ``minzheng worker``.

The job is only a nudge: how far a batch has come stands in its own row. A job that dies with its
worker costs nothing; the batch is taken up again by a new one.
"""

import contextlib

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from minzheng.exchange import services
from minzheng.exchange.errors import SourceError
from minzheng.exchange.flow import BatchBusyError
from minzheng.exchange.intake import running
from minzheng.exchange.models import Batch, Intake
from minzheng.registry import divisions
from minzheng.registry import following as registry_following

QUEUE = "exchange"

# A process that was killed may hold its batch until the database notices; one at work gets an hour to finish.
AGAIN = RetryStrategy(max_attempts=720, wait=5, retry_exceptions={BatchBusyError})


@app.task(name="exchange.run_batch", queue=QUEUE, retry=AGAIN)
def run_batch(batch_id: str) -> None:
    """Take one batch to its end; where another process is at it, look again later (执行批次)."""
    services.run(services.batch_named(batch_id))


@app.periodic(cron="5 0 * * *")
@app.task(name="exchange.enact_divisions", queue=QUEUE, queueing_lock="enact-divisions")
def enact_divisions(timestamp: int) -> None:  # noqa: ARG001
    """A change that was published ahead takes effect on its day (区划变更到日生效); again changes nothing."""
    divisions.enact(timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="exchange.queue_due_intakes", queue=QUEUE, queueing_lock="intakes-due")
def queue_due_intakes(timestamp: int) -> None:  # noqa: ARG001 - when it was to run; what is due is due as of now
    """Queue every source whose time has come (到期取数)."""
    for intake in Intake.objects.filter(paused=False, next_at__lte=timezone.now()).defer("secrets_cipher"):
        fetch_later(intake)


@app.task(name="exchange.fetch_intake", queue=QUEUE)
def fetch_intake(intake_id: int) -> None:
    """Fetch from one source; why it failed stands in its own row, and when it is tried again (取数)."""
    intake = Intake.objects.filter(pk=intake_id).first()
    if intake is not None:
        with contextlib.suppress(SourceError):
            running.run(intake, by=None, at=timezone.now())


def fetch_later(intake: Intake) -> None:
    """Leave a source to the worker; asking twice is asking once, and never two at once (排队取数)."""
    key = f"intake-{intake.pk}"
    with contextlib.suppress(AlreadyEnqueued):
        fetch_intake.configure(queueing_lock=key, lock=key).defer(intake_id=intake.pk)


def take_up() -> int:
    """Queue every batch begun and not over, for a worker that starts; returns how many (重新接手).

    So with what was changed by hand and nobody has looked at yet.
    """
    registry_following.catch_up()
    batches = services.unfinished()
    for batch in batches:
        run_later(batch)
    return len(batches)


def run_later(batch: Batch) -> None:
    """Leave a batch to the worker; asking twice is asking once (排队)."""
    with contextlib.suppress(AlreadyEnqueued):
        run_batch.configure(queueing_lock=_key(batch)).defer(batch_id=str(batch.id))


def is_waiting(batch: Batch) -> bool:
    """Whether the batch stands in the queue and no worker has taken it yet (是否排队中)."""
    return ProcrastinateJob.objects.filter(queueing_lock=_key(batch), status="todo").exists()


def is_given_up(batch_id: str) -> bool:
    """Whether the last job of a batch failed and none is waiting or at work (作业是否失败)."""
    jobs = ProcrastinateJob.objects.filter(task_name=run_batch.name, args__batch_id=batch_id)
    return jobs.order_by("-id").values_list("status", flat=True).first() == "failed"


def _key(batch: Batch) -> str:
    return f"batch-{batch.id}"
