"""Parcels in the background (报文作业)."""

import contextlib
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from minzheng.exchange import services as exchange
from minzheng.exchange.flow import BatchBusyError
from minzheng.sharing.parcels import services
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import State

QUEUE = "exchange"
GIVEN_UP_AFTER = timedelta(minutes=10)  # a worker may have died over it


@app.task(name="parcels.fill", queue=QUEUE)
def fill(parcel_id: str) -> None:
    """Read and seal one parcel; why it can't be stands with it (制作报文)."""
    with contextlib.suppress(services.ParcelRefusedError):
        services.fill(UUID(parcel_id), at=timezone.now())


@app.task(name="parcels.bring_in", queue=QUEUE)
def bring_in(parcel_id: str) -> None:
    """Bring in one parcel and answer it (接收报文)."""
    parcel = Parcel.objects.get(pk=parcel_id)
    if parcel.state == State.TAKING:
        with contextlib.suppress(BatchBusyError):
            exchange.run(exchange.batch_named(str(parcel.batch_id)))
        services.finish(parcel, at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="parcels.catch_up", queue=QUEUE)
def catch_up(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every ten minutes: go on with what was left lying (继续未完成的报文)."""
    for parcel in Parcel.objects.filter(
        state__in=[State.MAKING, State.TAKING], begun_at__lt=timezone.now() - GIVEN_UP_AFTER
    ):
        run_later(parcel)


def run_later(parcel: Parcel) -> None:
    """Leave a parcel to the worker; asking twice is asking once (排队)."""
    task = fill if parcel.state == State.MAKING else bring_in
    with contextlib.suppress(AlreadyEnqueued):
        task.configure(queueing_lock=f"parcel-{parcel.id}").defer(parcel_id=str(parcel.id))
