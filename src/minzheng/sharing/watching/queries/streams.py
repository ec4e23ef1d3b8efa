"""Streams and what they did (流与历史): those of divisions and businesses within the scope."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute
from django.utils import timezone

from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.sharing.between.models import Batch
from minzheng.sharing.watching.models import Sample, Stream
from minzheng.sharing.watching.terms import Way

SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


@dataclass(frozen=True, slots=True)
class Point:
    """What came together within one step of a chart (时段合计): the largest backlog and lag, the sums of the others."""

    at: datetime
    backlog: int | None = None
    lag_s: int | None = None
    batches: int = 0
    units: int = 0
    size: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """How all streams do (概况)."""

    streams: list[Stream]
    measured_at: datetime | None
    backlog: int
    lag_s: int
    stopped: int
    refused_today: int
    points: list[Point] = field(default_factory=list)


def streams(scope: Scope, *, way: str = "", whole: bool = False) -> QuerySet[Stream]:
    """Streams within the scope, by way and peer, each as a whole before its data sets (流). ``whole``: without these."""
    found = Stream.objects.filter(division_code__startswith=scope.prefix)
    if scope.businesses is not None:
        found = found.filter(data_set__in=feeds_in(scope))
    if way in Way.values:
        found = found.filter(way=way)
    if whole:
        found = found.filter(Q(way=Way.NODE, data_set="") | ~Q(way=Way.NODE))
    return found.order_by("-way", "peer_code", "direction", "data_set")


def stream_in(scope: Scope, stream_id: int) -> Stream | None:
    """One stream within the scope, or None (一条流)."""
    return streams(scope).filter(pk=stream_id).first()


def overview(scope: Scope, *, at: datetime) -> Overview:
    """All streams now, and the last day (概况)."""
    found = list(streams(scope))
    nodes = [one for one in found if one.way == Way.NODE and one.data_set == ""]
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    whole = streams(scope, whole=True)
    refused = Sample.objects.filter(stream__in=whole, at__gte=today).aggregate(n=Sum("refused"))["n"] or 0
    return Overview(
        found, max((one.measured_at for one in found), default=None), sum(one.backlog for one in nodes),
        max((one.lag_s for one in nodes), default=0), sum(one.stopped for one in found), refused,
        history(scope, streams(scope, way=Way.NODE, whole=True), span="day", at=at),
    )  # fmt: skip


def history(scope: Scope, chosen: QuerySet[Stream], *, span: str, at: datetime) -> list[Point]:
    """What some streams did over a span, in equal steps, those without anything too (历史)."""
    length = SPANS.get(span, SPANS["day"])
    trunc, width = _steps(length)
    mine = Sample.objects.filter(stream__in=chosen, stream__division_code__startswith=scope.prefix)
    rows = (
        mine.filter(at__gte=at - length, at__lte=at).annotate(step=trunc("at")).values("step").order_by("step")
        .annotate(
            most=Max("backlog"), longest=Max("lag_s"), made=Sum("batches"), came=Sum("units"), bytes=Sum("size"),
            turned=Sum("refused"),
        )
    )  # fmt: skip
    found = {
        row["step"]: Point(
            row["step"], row["most"], row["longest"], row["made"], row["came"], row["bytes"], row["turned"]
        )
        for row in rows
    }
    first = _floor(at - length, width)
    steps = [first + width * n for n in range(1, length // width + 1)]
    return [found.get(step, Point(step)) for step in steps]


def rates(scope: Scope, *, at: datetime) -> dict[int, float]:
    """Stream → how many came a minute over the last hour (速率); none of what was idle."""
    lately = Sample.objects.filter(minutes=1, at__gte=at - SPANS["hour"], at__lte=at)
    mine = lately.filter(stream__division_code__startswith=scope.prefix).order_by()
    return {stream: came / 60 for stream, came in mine.values_list("stream").annotate(n=Sum("units")) if came}


def batches(scope: Scope, stream: Stream, *, page: int, size: int) -> tuple[list[Batch], int]:
    """The batches of a stream between nodes, newest first: one page, and how many there are (流的批次).

    Asked as the node, for the log is open to no page; the stream was found within the scope.
    """
    if stream.way != Way.NODE or not scope.covers(stream.division_code):
        return [], 0
    with as_node():
        found = Batch.objects.filter(direction=stream.direction, peer_code=stream.peer_code).order_by("-id")
        if stream.data_set:
            found = found.filter(counts__sets__has_key=stream.data_set)
        return list(found[(page - 1) * size : page * size]), found.count()


def _steps(length: timedelta) -> tuple[type[TruncMinute | TruncHour | TruncDay], timedelta]:
    if length <= timedelta(hours=1):
        return TruncMinute, timedelta(minutes=1)
    return (TruncHour, timedelta(hours=1)) if length <= timedelta(days=2) else (TruncDay, timedelta(days=1))


def _floor(at: datetime, width: timedelta) -> datetime:
    local = timezone.localtime(at).replace(second=0, microsecond=0)
    if width >= timedelta(hours=1):
        local = local.replace(minute=0)
    return local.replace(hour=0) if width >= timedelta(days=1) else local
