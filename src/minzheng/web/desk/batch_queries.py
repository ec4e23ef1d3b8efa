"""What pages ask about batches (批次查询).

A batch holds rows of everywhere its node serves: only users whose division takes in the whole node see it.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Count, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from minzheng.exchange import queries
from minzheng.exchange.models import Batch
from minzheng.foundation.access.scope import Scope
from minzheng.registry.models import Source


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Batches and rows since a moment (批次统计)."""

    batches: int
    open: int
    refused: int
    accepted: int
    quarantined: int
    review: int


def batches(
    scope: Scope,
    *,
    feed: str | None = None,
    stage: str | None = None,
    source: str | None = None,
    received_from: datetime.date | None = None,
    received_to: datetime.date | None = None,
) -> QuerySet[Batch]:
    """Batches, newest first (批次列表). The days are whole days, both included."""
    found = queries.batches(scope, feed=feed, stage=stage).defer("plan")
    if source:
        found = found.filter(source_name__icontains=source)
    if received_from:
        found = found.filter(received_at__date__gte=received_from)
    if received_to:
        found = found.filter(received_at__date__lte=received_to)
    return found


def batch_counts(scope: Scope, *, since: datetime.datetime) -> BatchCounts:
    """Counts over the batches received since then, in one query (批次统计)."""
    over = [Batch.Stage.FINISHED, Batch.Stage.REFUSED, Batch.Stage.CANCELLED]
    sums = queries.batches(scope).order_by().filter(received_at__gte=since)
    values = sums.aggregate(
        batches=Count("id"),
        open=Count("id", filter=~Q(stage__in=over)),
        refused=Count("id", filter=Q(stage=Batch.Stage.REFUSED)),
        **{name: _sum(name) for name in ("accepted", "quarantined", "review")},
    )
    return BatchCounts(**{name: value or 0 for name, value in values.items()})


def source_names(feed: str) -> list[str]:
    """The names under which files of a feed came before (已有来源)."""
    return list(Source.objects.filter(feed=feed).order_by("name").values_list("name", flat=True)[:200])


def _sum(name: str) -> Sum:
    return Sum(Cast(KT(f"counts__{name}"), IntegerField()))
