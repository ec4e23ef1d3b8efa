"""Comparisons in the background (比对作业)."""

import contextlib
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from minzheng.stewardship.compare import services

QUEUE = "exchange"


@app.task(name="compare.carry_out", queue=QUEUE)
def carry_out(run_id: str) -> None:
    """Take one comparison to its end (执行比对)."""
    services.carry_out(UUID(run_id))


@app.periodic(cron="17 * * * *")
@app.task(name="compare.sweep", queue=QUEUE)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every hour: delete what has lain for its time (到期清理)."""
    services.sweep(at=timezone.now())


def run_later(run_id: UUID) -> None:
    """Leave a comparison to the worker; asking twice is asking once (排队)."""
    with contextlib.suppress(AlreadyEnqueued):
        carry_out.configure(queueing_lock=f"compare-{run_id}").defer(run_id=str(run_id))
