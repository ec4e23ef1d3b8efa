"""How the feeds are doing (接口监控): who delivers what, when last, whether in time, how much, how fast.

Batches hold rows of everywhere the node serves; like their list, what is told here of single sources is for those whose
division takes in the whole node. Only the day a data set last arrived is said to every official (``last_arrivals``).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from minzheng.exchange.declare import Feed
from minzheng.exchange.intake import queries as intake_queries
from minzheng.exchange.models import Batch, DatabaseSource, Intake
from minzheng.exchange.queries import batches, declared_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.registry.models import Source
from minzheng.standards.calendar import load_calendar
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import catalogue, code_book
from minzheng.stewardship.resources.promise import IsWorkday, Standing, standing
from minzheng.stewardship.resources.queries.settings import current_settings
from minzheng.stewardship.resources.queries.tallies import Tally, by_source
from minzheng.stewardship.resources.terms import CYCLE_TABLE, WORST_FIRST, Punctuality

WINDOW = timedelta(days=30)
Fetched = DatabaseSource | Intake


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """One source of a feed against its promise (来源情况). ``fetched`` where it is fetched by the node itself."""

    feed: str
    feed_label: str
    name: str
    cycle_code: str
    cycle: str
    last_at: datetime | None
    last_batch: Batch | None
    standing: Standing
    expected: bool
    tally: Tally = field(default_factory=Tally)
    fetched: Fetched | None = None

    @property
    def intake(self) -> Intake | None:
        """The intake that fetches it, which has a page of its own (接入来源)."""
        return self.fetched if isinstance(self.fetched, Intake) else None


@dataclass(frozen=True, slots=True)
class WatchedFeed:
    """A feed with its sources, the worst first (数据集接口情况)."""

    key: str
    label: str
    cycle: str
    sources: tuple[WatchedSource, ...]
    tally: Tally

    @property
    def state(self) -> Punctuality:
        """The worst of its sources that are expected (按期情况)."""
        found = [source.standing.state for source in self.sources if source.expected]
        return min(found, key=WORST_FIRST.index, default=Punctuality.ABSENT)

    @property
    def last_at(self) -> datetime | None:
        """When anything last arrived (最近到达)."""
        return max((s.last_at for s in self.sources if s.last_at), default=None)

    @property
    def late(self) -> int:
        """How many of its sources are late (逾期来源数)."""
        return sum(s.standing.state.is_late for s in self.sources if s.expected)


def watched_feeds(scope: Scope, *, at: datetime) -> list[WatchedFeed]:
    """Every feed of the scope's businesses, in the order of the standard (接口情况)."""
    by_feed: dict[str, list[WatchedSource]] = defaultdict(list)
    for source in watched(scope, at=at):
        by_feed[source.feed].append(source)
    cycles = _Cycles(scope)
    return [_feed(feed, by_feed[feed.key], cycles) for feed in declared_in(scope)]


def _feed(feed: Feed, sources: list[WatchedSource], cycles: "_Cycles") -> WatchedFeed:
    ordered = sorted(sources, key=lambda s: (not s.expected, WORST_FIRST.index(s.standing.state), s.name))
    tally = sum((source.tally for source in sources), Tally())
    return WatchedFeed(feed.key, feed.label, cycles.label(cycles.of(feed.key, "")), tuple(ordered), tally)


def watched(scope: Scope, *, at: datetime) -> list[WatchedSource]:
    """Every source of every declared feed against its promise, with what it brought in the last thirty days (来源情况)."""
    cycles, is_workday = _Cycles(scope), load_calendar().is_workday
    known = {feed.key: feed for feed in declared_in(scope)}
    fetched = {(one.feed, one.name): one for one in _fetched(scope)}
    tallies = by_source(scope, since=at - WINDOW)
    rows = [
        _source(feed, row, last, fetched.pop((row.feed, row.name), None), tallies, cycles, at, is_workday)
        for row, last in _sources(scope)
        if (feed := known.get(row.feed)) is not None
    ]
    waiting = [  # entered, and nothing has ever come
        _never_arrived(known[one.feed], one, cycles, at, is_workday)
        for one in fetched.values()
        if one.feed in known
    ]
    return [*rows, *waiting]


def _sources(scope: Scope) -> list[tuple[Source, Batch | None]]:
    """The sources with their last finished batch, all in one query; none where batches are not seen at all."""
    mine = batches(scope).filter(feed=OuterRef("feed"), source_id=OuterRef("pk"))
    last = mine.filter(stage=Batch.Stage.FINISHED).order_by("-received_at").values("pk")[:1]
    any_at = mine.order_by("received_at").values("received_at")[:1]
    found = list(
        Source.objects.annotate(last_batch_id=Subquery(last), first_at=Subquery(any_at))
        .filter(first_at__isnull=False)
        .order_by("feed", "name")
    )
    by_id = Batch.objects.defer("plan").in_bulk([row.last_batch_id for row in found if row.last_batch_id])
    return [(row, by_id.get(row.last_batch_id)) for row in found]


def _source(
    feed: Feed,
    row: Source,
    batch: Batch | None,
    fetched: Fetched | None,
    tallies: dict[tuple[str, int], Tally],
    cycles: "_Cycles",
    at: datetime,
    is_workday: IsWorkday,
) -> WatchedSource:
    arrived = [batch.received_at] if batch else []
    if fetched and fetched.pulled_at and fetched.state == DatabaseSource.State.WORKING:
        arrived.append(fetched.pulled_at)  # looked, and nothing had changed: that is a delivery too
    last_at = max(arrived, default=None)
    code, expected = cycles.of(feed.key, row.name), cycles.expected(feed.key, row.name)
    since = timezone.localdate(last_at or row.created_at)
    found = standing(since, code, today=timezone.localdate(at), is_workday=is_workday)
    return WatchedSource(
        feed.key, feed.label, row.name, code, cycles.label(code), last_at, batch,
        found if expected else Standing(Punctuality.NO_PROMISE), expected,
        tallies.get((feed.key, row.pk), Tally()), fetched,
    )  # fmt: skip


def _never_arrived(
    feed: Feed, one: Fetched, cycles: "_Cycles", at: datetime, is_workday: IsWorkday
) -> WatchedSource:
    code, expected = cycles.of(feed.key, one.name), cycles.expected(feed.key, one.name)
    working = one.state == DatabaseSource.State.WORKING
    last_at = one.pulled_at if working else None
    since = timezone.localdate(last_at or one.created_at)
    found = standing(since, code, today=timezone.localdate(at), is_workday=is_workday)
    return WatchedSource(
        feed.key, feed.label, one.name, code, cycles.label(code), last_at, None,
        found if expected else Standing(Punctuality.NO_PROMISE), expected, Tally(), one,
    )  # fmt: skip


def _fetched(scope: Scope) -> list[Fetched]:
    return [*intake_queries.databases(scope), *intake_queries.intakes(scope)]


class _Cycles:
    """Which cycle holds: the source's own setting, else the data set's, else the standard's."""

    def __init__(self, scope: Scope) -> None:
        self._said = current_settings(scope)
        self._catalogue, self._codes = catalogue(), code_book()

    def of(self, key: str, source: str) -> str:
        """The code of the cycle (更新周期)."""
        for name in dict.fromkeys((source, "")):
            said = self._said.get((key, name))
            if said and said.cycle_code:
                return said.cycle_code
        try:
            return self._catalogue.data_set(key).update_cycle
        except UnknownStandardError:
            return ""

    def expected(self, key: str, source: str) -> bool:
        """Whether the source is waited for (是否催报)."""
        said = [self._said.get((key, name)) for name in dict.fromkeys((source, ""))]
        return all(one.expected for one in said if one)

    def label(self, code: str) -> str:
        """The cycle in words (中文名)."""
        try:
            return self._codes.label(CYCLE_TABLE, code) if code else ""
        except UnknownStandardError:
            return code


def running(scope: Scope) -> list[Batch]:
    """Batches begun and not over, the latest first (正在处理的批次)."""
    over = (Batch.Stage.FINISHED, Batch.Stage.REFUSED, Batch.Stage.CANCELLED)
    return list(batches(scope).exclude(stage__in=over).defer("plan")[:20])


def refused_files(scope: Scope, *, at: datetime, key: str | None = None, limit: int = 10) -> list[Batch]:
    """The files given back in the last thirty days, with the reason, the latest first (退回文件)."""
    found = batches(scope, feed=key, stage=Batch.Stage.REFUSED).filter(received_at__gte=at - WINDOW)
    return list(found.defer("plan")[:limit])


def last_arrivals(scope: Scope) -> dict[str, datetime]:  # noqa: ARG001 - the day alone is said to every official
    """When each feed last brought anything into this node, asked as the node: the catalogue tells no more (最近到达)."""
    with as_node():
        mine = Batch.objects.filter(
            feed=OuterRef("feed"), source_id=OuterRef("pk"), stage=Batch.Stage.FINISHED
        )
        last = mine.order_by("-received_at").values("received_at")[:1]
        rows = Source.objects.annotate(last_at=Subquery(last)).filter(last_at__isnull=False)
        found: dict[str, datetime] = {}
        for feed, at in rows.values_list("feed", "last_at"):
            found[feed] = max(at, found.get(feed, at))
    return found
