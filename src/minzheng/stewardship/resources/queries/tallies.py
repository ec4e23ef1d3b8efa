"""How much feeds brought, by source and by day (接收统计): counted in the database, within the scope."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope


@dataclass(frozen=True, slots=True)
class Tally:
    """Batches and rows together (合计). ``seconds`` is the time all finished batches took."""

    batches: int = 0
    finished: int = 0
    refused: int = 0
    cancelled: int = 0
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    review: int = 0
    seconds: float = 0.0

    @property
    def rows_per_s(self) -> int | None:
        """Rows a second over finished batches; None where none finished (每秒行数)."""
        return round(self.read / self.seconds) if self.seconds else None

    @property
    def seconds_each(self) -> float | None:
        """Seconds a finished batch took on average (平均用时)."""
        return self.seconds / self.finished if self.finished else None

    @property
    def failure_rate(self) -> float | None:
        """Share of the rows read that were refused, 0–1; None where none was read (失败率)."""
        return self.quarantined / self.read if self.read else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


@dataclass(frozen=True, slots=True)
class DayOfFeed:
    """What a feed brought on one day (一日接收)."""

    day: date
    tally: Tally


_BY_DAY = """
    SELECT feed, source_id, (received_at AT TIME ZONE %s)::date AS day,
        count(*), count(*) FILTER (WHERE stage = 'finished'), count(*) FILTER (WHERE stage = 'refused'),
        count(*) FILTER (WHERE stage = 'cancelled'),
        coalesce(sum((counts->>'read')::bigint), 0)::bigint, coalesce(sum((counts->>'accepted')::bigint), 0)::bigint,
        coalesce(sum((counts->>'quarantined')::bigint), 0)::bigint, coalesce(sum((counts->>'review')::bigint), 0)::bigint,
        coalesce(sum((SELECT sum(value::float8) FROM jsonb_each_text(timings))) FILTER (WHERE stage = 'finished'), 0)
    FROM exchange_batch
    WHERE received_at >= %s AND starts_with(division_code, %s) AND feed = ANY (%s)
    GROUP BY 1, 2, 3
"""


def by_source(scope: Scope, *, since: datetime) -> dict[tuple[str, int], Tally]:
    """What every feed and source brought since then (各来源合计)."""
    found: dict[tuple[str, int], Tally] = defaultdict(Tally)
    for feed, source, _, tally in by_day(scope, since=since):
        found[feed, source] += tally
    return found


def by_day(scope: Scope, *, since: datetime) -> Iterable[tuple[str, int, date, Tally]]:
    """Feed, source, day and what came, counted in the database (逐日合计)."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, [timezone.get_current_timezone_name(), since, scope.prefix, feeds_in(scope)])
        for feed, source, day, *counts in cursor.fetchall():
            yield feed, source, day, Tally(**dict(zip(Tally.__slots__, counts, strict=True)))


def trend(scope: Scope, key: str | None, *, at: datetime, days: int = 30) -> list[DayOfFeed]:
    """What came on each of the last days, those without anything too; ``key`` None for all feeds (走势)."""
    today = timezone.localdate(at)
    first = today - timedelta(days=days - 1)
    since = timezone.make_aware(datetime(first.year, first.month, first.day))  # noqa: DTZ001 - made aware here
    found: dict[date, Tally] = defaultdict(Tally)
    for feed, _, day, tally in by_day(scope, since=since):
        if key in (None, feed):
            found[day] += tally
    return [
        DayOfFeed(day, found.get(day, Tally())) for n in range(days) for day in (first + timedelta(days=n),)
    ]
