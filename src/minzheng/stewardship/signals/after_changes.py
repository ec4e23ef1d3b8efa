"""When signals are looked for by themselves (随批核查): after every batch, and after persons are changed by hand."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from minzheng.exchange.following import when_finished
from minzheng.exchange.models import Batch
from minzheng.registry.following import when_changed
from minzheng.stewardship.signals.run import run_batch, run_persons


def _after_batch(batch: Batch) -> None:
    run_batch(batch)


def _after_persons(person_ids: Sequence[UUID]) -> None:
    run_persons(person_ids, at=timezone.now())


when_finished("signals", _after_batch)
when_changed("signals", _after_persons)
