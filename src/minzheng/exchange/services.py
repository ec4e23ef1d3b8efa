"""What is done with batches (批次服务)."""

import contextlib
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from minzheng.exchange import flow
from minzheng.exchange.declare import Feed, OrganisationParty, PersonParty, feed_named
from minzheng.exchange.models import Batch
from minzheng.exchange.plan import plan_of
from minzheng.foundation import tracing
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.files.services import store
from minzheng.foundation.files.sweeping import sweep_incoming
from minzheng.foundation.members.services import desk_of
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Source
from minzheng.registry.sources import forget_sources


class BatchStateError(ValueError):
    """The batch is not in a state that allows this (批次状态不允许)."""


def receive(
    feed_key: str, file: BinaryIO, *, name: str, source: str | None, by: User | None, at: datetime
) -> Batch:
    """Keep a file as received and open its batch; nothing is read yet (接收).

    Raises ``UnknownFeedError``.
    """
    feed = feed_named(feed_key)
    started = time.monotonic()
    sweep_incoming(at=at)
    stored = store(file, name=name, at=at)
    with transaction.atomic():
        origin = source_named(feed, source or feed.label, at=at)
        batch = Batch.objects.create(
            id=uuid7(at),
            feed=feed.key,
            source_id=origin.id,
            source_name=origin.name,
            file_sm3=stored.sm3,
            file_name=Path(name).name[:255],
            division_code=desk_of(by.division_code) if by else settings.NODE_DIVISION_CODE,
            received_at=at,
            received_by=by.display_name if by else "命令行",
            stage=Batch.Stage.RECEIVED,
            timings={"received": round(time.monotonic() - started, 3)},
        )
        record(
            by=by,
            action="bring_in",
            object_kind="batch",
            object_id=str(batch.id),
            detail={"feed": feed.key},
            at=at,
        )
    return batch


def source_named(feed: Feed, name: str, *, at: datetime) -> Source:
    """The source of this name, made if new, with the authority its feed declares (来源)."""
    authority: dict[str, int] = {}
    parties: tuple[PersonParty | OrganisationParty, ...] = (*feed.persons, *feed.organisations)
    for party in parties:
        authority |= dict(party.authority)
    source, created = Source.objects.get_or_create(
        feed=feed.key, name=name, defaults={"created_at": at, "authority": authority}
    )
    if not created and source.authority != authority:
        source.authority = authority
        source.save(update_fields=["authority"])
        forget_sources()
    return source


def run(batch: Batch) -> Batch:
    """Take a batch to its end, from the start or from where it was interrupted (执行)."""
    with tracing.of_batch("exchange.bring_in", batch.id, {"feed": batch.feed}) as span:
        done = flow.run(batch)
        span.set_attributes({"stage": str(done.stage), "rows": int(done.counts.get("read", 0))})
        return done


def cancel(batch: Batch, *, by: User | None, at: datetime) -> None:
    """Give up a batch of which nothing is loaded yet; raises ``BatchStateError`` (取消)."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        if locked.over or locked.stage not in (
            Batch.Stage.RECEIVED,
            Batch.Stage.EXTRACTED,
            Batch.Stage.CLEANED,
        ):
            raise BatchStateError(f"批次处于“{locked.get_stage_display()}”, 不能取消")
        locked.stage, locked.finished_at, locked.problem = (
            Batch.Stage.CANCELLED,
            at,
            f"由 {by.display_name if by else '命令行'} 取消",
        )
        locked.save(update_fields=["stage", "finished_at", "problem"])
        record(by=by, action="cancel_batch", object_kind="batch", object_id=str(batch.id), at=at)


def unfinished() -> list[Batch]:
    """Batches that were begun and are not over, or not followed up, oldest first (未完成批次)."""
    over = Q(stage__in=[Batch.Stage.REFUSED, Batch.Stage.CANCELLED])
    over |= Q(stage=Batch.Stage.FINISHED, followed_at__isnull=False)
    return list(Batch.objects.exclude(over).order_by("received_at"))


def report(batch: Batch) -> dict[str, object]:
    """The report of a batch (接收报告): counts of the feed's own records, seconds and rows per second."""
    counts: Mapping[str, int] = batch.counts
    seconds = round(sum(batch.timings.values()), 3)
    read = counts.get("read", 0)
    plan = plan_of(batch)
    return {
        "batch": str(batch.id),
        "feed": batch.feed,
        "source": batch.source_name,
        "stage": batch.stage,
        "read": read,
        "accepted": counts.get("accepted", 0),
        "quarantined": counts.get("quarantined", 0),
        "created": counts.get("created", 0),
        "updated": counts.get("updated", 0),
        "unchanged": counts.get("unchanged", 0),
        "review": counts.get("review", 0),
        "seconds": seconds,
        "rows_per_s": round(read / seconds) if seconds else 0,
        "timings": batch.timings,
        "extra_columns": plan.extra_columns,
        "code_versions": plan.code_versions,
        "problem": batch.problem,
    }


def batch_named(batch_id: str | UUID) -> Batch:
    """The batch of this id; raises ``BatchStateError`` where there is none."""
    with contextlib.suppress(ValueError, Batch.DoesNotExist):
        return Batch.objects.get(pk=UUID(str(batch_id)))
    raise BatchStateError(f"没有批次 {batch_id}")
