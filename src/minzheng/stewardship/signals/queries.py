"""What is asked of signals (线索查询). Every function takes a ``Scope``: signals of its divisions and businesses, no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from minzheng.exchange.declare import Feed, feeds
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry.models import Organisation, OrganisationClaim, PersonClaim, Source
from minzheng.stewardship.signals.declare import Kind, kinds
from minzheng.stewardship.signals.models import Decision, Signal, SignalEvent
from minzheng.stewardship.signals.terms import OPEN, State

NEVER = date(9999, 12, 31)
RECORDS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a worklist is narrowed to (筛选条件)."""

    kind: str | None = None
    state: str | None = None
    division: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class KindCounts:
    """A line of the figures (分类统计): signals by state, those overdue, money at stake of the open ones."""

    kind: Kind
    new: int
    confirmed: int
    discarded: int
    closed: int
    overdue: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A record a signal rests on (线索依据的记录): its feed, its row, who its claims name."""

    feed: Feed
    record: Any
    source: str
    is_current: bool


def kinds_in(scope: Scope) -> dict[str, Kind]:
    """The kinds of the businesses a scope takes in (可见的线索类别)."""
    return {key: kind for key, kind in kinds().items() if scope.allows_business(kind.business_code)}


def signals(scope: Scope, wanted: Wanted, *, today: date) -> QuerySet[Signal]:
    """The signals a scope takes in, narrowed (线索)."""
    found = Signal.objects.filter(division_code__startswith=scope.prefix)
    if scope.businesses is not None:
        found = found.filter(kind__in=list(kinds_in(scope)))
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.division:
        found = found.filter(division_code__startswith=prefix(wanted.division))
    if wanted.overdue:
        found = found.filter(state=State.NEW, due_on__lt=today)
    return found


def worklist(
    scope: Scope,
    wanted: Wanted,
    *,
    today: date,
    limit: int,
    after: tuple[date, int] | None = None,
    backwards: bool = False,
) -> list[Signal]:
    """The most urgent first, from behind ``after`` (due day, id) on; ``backwards``: those before it (工作清单)."""
    due = Coalesce(F("due_on"), Value(NEVER))
    found = signals(scope, wanted, today=today).annotate(due=due)
    if after is not None:
        day, number = after
        edge = (
            Q(due__lt=day) | Q(due=day, id__lt=number)
            if backwards
            else Q(due__gt=day) | Q(due=day, id__gt=number)
        )
        found = found.filter(edge)
    rows: list[Signal] = list(found.order_by(*(("-due", "-id") if backwards else ("due", "id")))[:limit])
    return rows[::-1] if backwards else rows


def place_of(scope: Scope, signal: Signal) -> tuple[date, int] | None:
    """Where a signal stands in the worklist, for going on from it; None outside the scope (清单位置)."""
    return (signal.due_on or NEVER, signal.pk) if scope.covers(signal.division_code) else None


def counts(scope: Scope, wanted: Wanted, *, today: date) -> list[KindCounts]:
    """Figures by kind over the scope, whatever state is asked for (分类统计)."""
    narrowed = Wanted(kind=wanted.kind, division=wanted.division)
    rows = (
        signals(scope, narrowed, today=today)
        .values("kind")
        .annotate(
            **{f"n_{state.value}": Count("id", filter=Q(state=state)) for state in State},
            n_overdue=Count("id", filter=Q(state=State.NEW, due_on__lt=today)),
            amount=Sum("amount_fen", filter=Q(state__in=OPEN)),
        )
    )
    by_kind: dict[str, Any] = {row["kind"]: row for row in rows}
    return [
        KindCounts(
            kind, row["n_new"], row["n_confirmed"], row["n_discarded"], row["n_closed"], row["n_overdue"],
            row["amount"] or 0,
        )
        for key, kind in kinds_in(scope).items()
        if (row := by_kind.get(key))
    ]  # fmt: skip


def divisions(scope: Scope, *, today: date) -> list[tuple[str, int, int]]:
    """(division, to look at, overdue) of every division with open signals, the fullest first (分区划统计)."""
    rows = (
        signals(scope, Wanted(), today=today)
        .filter(state__in=OPEN)
        .values_list("division_code")
        .annotate(n=Count("id"), late=Count("id", filter=Q(state=State.NEW, due_on__lt=today)))
        .order_by("-n", "division_code")
    )
    return list(rows)


def signal_in(scope: Scope, signal_id: int) -> Signal | None:
    """One signal within the scope, or None (取一条线索)."""
    return signals(scope, Wanted(), today=NEVER).filter(pk=signal_id).first()


def history(scope: Scope, signal: Signal) -> list[SignalEvent]:
    """Every change of a signal, the first one first (变更记录)."""
    return (
        list(SignalEvent.objects.filter(signal=signal).order_by("id"))
        if scope.covers(signal.division_code)
        else []
    )


def records_of(scope: Scope, signal: Signal, *, limit: int = RECORDS_SHOWN) -> list[RecordOf]:
    """The records a signal rests on, in its own order, at most ``limit`` and none outside the businesses (依据的记录)."""
    if not scope.covers(signal.division_code):
        return []
    wanted = list(dict.fromkeys(signal.record_ids))[:limit]
    told: dict[UUID, int] = {}
    named: list[QuerySet[Any, Any]] = [PersonClaim.objects.all(), OrganisationClaim.objects.all()]
    for claims in named:
        told |= dict(claims.filter(record_id__in=wanted).values_list("record_id", "source_id"))
    sources = {source.pk: source for source in Source.objects.filter(pk__in=set(told.values()))}
    by_feed: dict[str, list[UUID]] = {}
    for one, source in told.items():
        by_feed.setdefault(sources[source].feed, []).append(one)
    rows: dict[UUID, RecordOf] = {}
    for key, ids in by_feed.items():
        feed = feeds().get(key)
        if feed is None or feed.record is None or not scope.allows_business(feed.business_code):
            continue
        for row in feed.record._default_manager.filter(pk__in=ids):
            rows[row.pk] = RecordOf(feed, row, sources[row.source_id].name, row.recorded_to is None)
    return [rows[one] for one in wanted if one in rows]


def organisation_name(scope: Scope, signal: Signal) -> str:
    """The name of the organisation a signal is about (机构名称)."""
    if not scope.covers(signal.division_code):
        return ""
    return Organisation.objects.filter(pk=signal.subject_id).values_list("name", flat=True).first() or ""


def decision_in(scope: Scope, decision_id: int) -> Decision | None:
    """A decision over many that this user made, or None (批量处理)."""
    return Decision.objects.filter(pk=decision_id, by_id=scope.user_id or 0).first()


def ids_in(scope: Scope, wanted: Wanted, *, today: date, limit: int) -> Sequence[int]:
    """The signals of a worklist by id, for deciding all of it at once (整单编号)."""
    return list(signals(scope, wanted, today=today).order_by("id").values_list("id", flat=True)[:limit])
