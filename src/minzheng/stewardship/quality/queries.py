"""What is asked of quality (质量查询): figures, trend, failing rows, tickets; each within a scope."""

import datetime
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db.models import Case, Count, Max, Min, Model, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from minzheng.exchange.declare import feeds
from minzheng.foundation.access.scope import Scope
from minzheng.kernel import division as divisions
from minzheng.registry.models import Source
from minzheng.stewardship.quality.models import FailingRow, Measured, MeasuredBatch, Ticket
from minzheng.stewardship.quality.scoring import RuleFigure, Score, by_dimension, scored
from minzheng.stewardship.quality.terms import OVERDUE, UNDER_WAY, State

Row = TypeVar("Row", bound=Model)


class Asked(TypedDict, total=False):
    """What figures may be narrowed by (筛选条件). Days are whole days, both included."""

    feed: str
    source_id: int
    division: str
    since: datetime.date
    until: datetime.date
    batch_id: UUID


def measured(scope: Scope, **asked: Unpack[Asked]) -> QuerySet[Measured]:
    """Kept figures within the scope (质量计量)."""
    return _narrowed(_visible(scope, Measured.objects.filter(_counted())), asked)


def figures(scope: Scope, **asked: Unpack[Asked]) -> list[RuleFigure]:
    """Each rule and field summed up, in the standard's order (指标)."""
    return _grouped(measured(scope, **asked)).get((), [])


def _grouped(rows: QuerySet[Measured], *by: str) -> dict[tuple[Any, ...], list[RuleFigure]]:
    """Figures summed up within each value of some columns."""
    sums = (
        rows.values(*by, "feed", "rule_id", "field", "dimension")
        .annotate(
            n_checked=Sum("checked"), n_failed=Sum("failed"), n_again=Sum("again"), n_weight=Max("weight"),
            n_target=Max("target"),
        )
        .order_by("feed", "rule_id", "field")
        .values_list(
            *by, "feed", "rule_id", "field", "dimension", "n_checked", "n_failed", "n_again", "n_weight", "n_target"
        )
    )  # fmt: skip
    found: dict[tuple[Any, ...], list[RuleFigure]] = {}
    for row in sums:
        found.setdefault(tuple(row[: len(by)]), []).append(RuleFigure(*row[len(by) :]))
    return found


@dataclass(frozen=True, slots=True)
class Month:
    """The scores of one month (月评分)."""

    month: datetime.date
    overall: Score
    dimensions: tuple[Score, ...]


def trend(scope: Scope, **asked: Unpack[Asked]) -> list[Month]:
    """Scores by month, oldest first (趋势)."""
    rows = measured(scope, **asked).annotate(month=TruncMonth("measured_on"))
    return [
        Month(month, scored("综合", found), tuple(by_dimension(found)))
        for (month,), found in sorted(_grouped(rows, "month").items())
    ]


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """What one source's deliveries come to (来源质量)."""

    feed: str
    source_id: int
    source_name: str
    batches: int
    last_on: datetime.date
    score: Score
    missed: int


def by_source(scope: Scope, **asked: Unpack[Asked]) -> list[SourceQuality]:
    """Each feed and source, the worst first (各来源)."""
    rows = measured(scope, **asked)
    arrived = {
        (row["feed"], row["source_id"]): row
        for row in rows.values("feed", "source_id").annotate(
            batches=Count("batch_id", distinct=True), last_on=Max("measured_on")
        )
    }
    found = {(rules[0].feed, number): rules for (number,), rules in _grouped(rows, "source_id").items()}
    names = dict(Source.objects.filter(pk__in={number for _, number in found}).values_list("id", "name"))
    listed = [
        SourceQuality(
            feed, number, names.get(number, str(number)), arrived[feed, number]["batches"],
            arrived[feed, number]["last_on"], scored(feed, rules), sum(rule.missed for rule in rules),
        )
        for (feed, number), rules in found.items()
    ]  # fmt: skip
    return sorted(
        listed, key=lambda one: (one.score.value is None, one.score.value, one.feed, one.source_name)
    )


@dataclass(frozen=True, slots=True)
class DivisionQuality:
    """What the rows of one division come to (区划质量)."""

    division_code: str
    score: Score


def by_division(scope: Scope, **asked: Unpack[Asked]) -> list[DivisionQuality]:
    """Each division, the worst first (各区划)."""
    found = _grouped(measured(scope, **asked), "division_code")
    listed = [DivisionQuality(code, scored(code, rules)) for (code,), rules in found.items()]
    return sorted(listed, key=lambda one: (one.score.value is None, one.score.value, one.division_code))


def failing_rows(
    scope: Scope, *, rule_id: str = "", field: str = "", **asked: Unpack[Asked]
) -> QuerySet[FailingRow]:
    """Rows kept behind a figure, the newest batch first (不合格行)."""
    rows = _narrowed(_visible(scope, FailingRow.objects.filter(_counted())), asked)
    if rule_id:
        rows = rows.filter(rule_id=rule_id)
    if field:
        rows = rows.filter(field=field)
    return rows.order_by("-measured_on", "batch_id", "field", "row_no")


def batch_with_figures(scope: Scope, batch_id: UUID) -> MeasuredBatch | None:
    """The batch, where some of its figures lie within the scope (批次)."""
    if not measured(scope, batch_id=batch_id).exists():
        return None
    return MeasuredBatch.objects.filter(pk=batch_id).first()


def division_codes(scope: Scope) -> list[str]:
    """Divisions with figures within the scope, for a form (区划选项)."""
    return sorted(measured(scope).values_list("division_code", flat=True).distinct())


def failing_divisions(scope: Scope, batch_id: UUID) -> list[str]:
    """The divisions of whose rows some fail in a batch, for a form (有不合格行的区划)."""
    failing = measured(scope, batch_id=batch_id).filter(failed__gt=0)
    return sorted(failing.values_list("division_code", flat=True).distinct())


def sources(scope: Scope) -> list[tuple[int, str, str]]:
    """(id, feed, name) of every source with figures within the scope, for a form (来源选项)."""
    numbers = measured(scope).values("source_id").distinct()
    return list(
        Source.objects.filter(pk__in=numbers).order_by("feed", "name").values_list("id", "feed", "name")
    )


def period(scope: Scope) -> tuple[datetime.date | None, datetime.date | None]:
    """The first and last day with figures (起止日期)."""
    found = measured(scope).aggregate(first=Min("measured_on"), last=Max("measured_on"))
    return found["first"], found["last"]


def tickets(
    scope: Scope,
    *,
    on: datetime.date,
    state: str = "",
    feed: str = "",
    source_id: int | None = None,
    division: str = "",
) -> QuerySet[Ticket]:
    """Tickets of divisions within the scope: those under way by their day, then the closed ones (工单列表)."""
    found = _visible(scope, Ticket.objects.all())
    if state == OVERDUE:
        found = found.filter(state__in=UNDER_WAY, due_on__lt=on)
    elif state == "under_way":
        found = found.filter(state__in=UNDER_WAY)
    elif state:
        found = found.filter(state=state)
    if division:
        found = found.filter(division_code__startswith=divisions.prefix(division))
    said = {"feed": feed, "source_id": source_id}
    found = found.filter(**{name: value for name, value in said.items() if value})
    done = Case(When(state=State.CLOSED, then=1), default=0)
    return found.order_by(done, "due_on", "-id")


def tickets_there(scope: Scope) -> list[tuple[str, int, str, str]]:
    """(feed, source, its name, division) of every ticket within the scope, each once, for a form (工单选项)."""
    found = _visible(scope, Ticket.objects.all()).order_by("feed", "source_name", "division_code")
    return list(found.values_list("feed", "source_id", "source_name", "division_code").distinct())


def ticket_in(scope: Scope, ticket_id: int) -> Ticket | None:
    """One ticket within the scope, or None (工单)."""
    return _visible(scope, Ticket.objects.all()).filter(pk=ticket_id).first()


def ticket_counts(scope: Scope, *, on: datetime.date) -> dict[str, int]:
    """How many tickets stand where (工单数)."""
    found = _visible(scope, Ticket.objects.all())
    counts: dict[str, int] = found.aggregate(
        open=Count("id", filter=Q(state=State.OPEN)),
        sent=Count("id", filter=Q(state=State.SENT)),
        answered=Count("id", filter=Q(state=State.ANSWERED)),
        overdue=Count("id", filter=Q(state__in=UNDER_WAY, due_on__lt=on)),
        closed=Count("id", filter=Q(state=State.CLOSED)),
    )
    return counts


def _counted() -> Q:
    """What batches that are in the register say."""
    return Q(batch_id__in=MeasuredBatch.objects.filter(is_in=True).values("id"))


def _visible(scope: Scope, rows: QuerySet[Row]) -> QuerySet[Row]:
    rows = rows.filter(division_code__startswith=scope.prefix)
    if scope.businesses is not None:
        rows = rows.filter(feed__in=[key for key in feeds() if _business_allowed(scope, key)])
    return rows


def _narrowed(rows: QuerySet[Row], asked: Asked) -> QuerySet[Row]:
    if feed := asked.get("feed"):
        rows = rows.filter(feed=feed)
    if source_id := asked.get("source_id"):
        rows = rows.filter(source_id=source_id)
    if code := asked.get("division"):
        rows = rows.filter(division_code__startswith=divisions.prefix(code))
    if since := asked.get("since"):
        rows = rows.filter(measured_on__gte=since)
    if until := asked.get("until"):
        rows = rows.filter(measured_on__lte=until)
    if batch_id := asked.get("batch_id"):
        rows = rows.filter(batch_id=batch_id)
    return rows


def _business_allowed(scope: Scope, feed: str) -> bool:
    declared = feeds().get(feed)
    return scope.businesses is None or (
        declared is not None and scope.allows_business(declared.business_code)
    )
