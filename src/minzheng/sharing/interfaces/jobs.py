"""Interfaces in the background (接口作业)."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.sharing.interfaces import batches, credentials, sealing, throttling
from minzheng.sharing.interfaces.models import RepeatKey

QUEUE = "exchange"
KEYS_KEPT_FOR = timedelta(days=7)


@app.task(name="interfaces.carry_out", queue=QUEUE)
def carry_out(batch_id: str) -> None:
    """Take one batch of checks to its end (执行批量核验)."""
    batches.carry_out(UUID(batch_id))


@app.periodic(cron="*/5 * * * *")
@app.task(name="interfaces.seal_left", queue=QUEUE)
def seal_left(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every five minutes: sign what a process that died has left unsigned (补签)."""
    sealing.seal_left(at=timezone.now())


@app.periodic(cron="23 * * * *")
@app.task(name="interfaces.sweep", queue=QUEUE)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every hour: delete what has lain for its time (到期清理)."""
    now = timezone.now()
    batches.sweep(at=now)
    credentials.drop_expired(at=now)
    throttling.forget_windows(before=now - timedelta(minutes=5))
    RepeatKey.objects.filter(at__lt=now - KEYS_KEPT_FOR).delete()


def run_later(batch_id: UUID) -> None:
    """Leave a batch to the worker (排队)."""
    carry_out.configure(lock=f"interface-batch-{batch_id}").defer(batch_id=str(batch_id))
