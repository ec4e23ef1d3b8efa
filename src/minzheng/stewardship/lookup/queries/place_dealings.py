"""What happened in a division or at a facility, business by business and month by month (地点的业务往来).

Counted from the rooms' records by their own dates, as known today or at the end of a day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Count, Min, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncMonth

from minzheng.exchange.declare import Feed
from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry.known import known_by
from minzheng.registry.places import DIVISION_CLASS
from minzheng.registry.sources import sources_of
from minzheng.stewardship.lookup.reading import PlaceHit

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Told:
    """Who told of a facility (来源): ``records`` in all, the first on ``since``."""

    source: str
    since: datetime
    records: int


@dataclass(frozen=True, slots=True)
class PlaceDealings:
    """Records a month (逐月往来): ``months`` from the earliest on, each with a number a feed."""

    feeds: tuple[Feed, ...]
    months: tuple[tuple[date, tuple[int, ...]], ...]
    told: tuple[Told, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """The sum of each feed (合计)."""
        return tuple(sum(counts) for counts in zip(*(counts for _, counts in self.months), strict=True))


def place_dealings(
    scope: Scope, place: PlaceHit, *, today: date, known_on: date | None = None
) -> PlaceDealings:
    """The months up to today, or up to the day whose knowledge is asked for (逐月往来)."""
    last = known_on or today
    months = [_month(last, back) for back in range(MONTHS - 1, -1, -1)]
    itself = place.class_code == DIVISION_CLASS
    found: list[tuple[Feed, dict[date, int]]] = []
    told: list[Told] = []
    for feed in declared_in(scope):
        if feed.record is None or not (itself or feed.place):
            continue
        there = _there(scope, feed.record._default_manager.all(), place, itself=itself)
        known = known_by(there, known_on)
        span = known.filter(happened_on__gte=months[0], happened_on__lt=_month(last, -1))
        counted = span.annotate(month=TruncMonth("happened_on")).values("month").annotate(n=Count("id"))
        if rows := dict(counted.order_by().values_list("month", "n")):
            found.append((feed, rows))
        if not itself:
            told += _told(known)
    lines = tuple((month, tuple(rows.get(month, 0) for _, rows in found)) for month in months)
    return PlaceDealings(tuple(feed for feed, _ in found), lines, tuple(told))


def _there(scope: Scope, records: QuerySet[Any], place: PlaceHit, *, itself: bool) -> QuerySet[Any]:
    if not itself:
        return records.filter(place_id=place.id, division_code__startswith=scope.prefix)
    start = prefix(place.division_code or "")
    # As row-level security compares: only so may an index serve a narrow scope.
    within = RawSQL("division_code ~>=~ %s AND division_code ~<~ %s", [start, f"{start}:"], BooleanField())
    return records.filter(within)


def _told(known: QuerySet[Any]) -> list[Told]:
    rows = list(
        known.values_list("source_id").annotate(first=Min("recorded_from"), n=Count("id")).order_by("first")
    )
    sources = sources_of({source for source, _, _ in rows})
    return [Told(sources[source].name, first, n) for source, first, n in rows]


def _month(day: date, back: int) -> date:
    """The first of the month so many months before."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)
