"""What is asked of review (待核查询). Every listing takes a ``Scope`` and shows nothing outside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from minzheng.exchange.models import ReviewItem
from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.registry.models import Person, PersonClaim
from minzheng.registry.queries import persons_in
from minzheng.stewardship.review.models import Assignment, Decision, Unfinished
from minzheng.stewardship.review.standing import VERDICTS
from minzheng.stewardship.review.terms import Kind, State


@dataclass(frozen=True)
class WaitingRows:
    """How many rows of a feed wait in a county, and since when (待核计数)."""

    division_code: str
    feed: str
    reason: str
    rows: int
    oldest: datetime


def _within(scope: Scope) -> Q:
    """Rows of the scope's divisions; those of no known division are for whoever sees the whole province."""
    inside = Q(division_code__startswith=scope.prefix)
    return inside | Q(division_code__isnull=True) if len(scope.prefix) <= 2 else inside


def _rows(scope: Scope) -> QuerySet[ReviewItem]:
    """Rows of the scope's divisions and businesses."""
    found = ReviewItem.objects.filter(_within(scope))
    return found if scope.businesses is None else found.filter(feed__in=feeds_in(scope))


def _said(scope: Scope) -> QuerySet[Decision]:
    """Decisions of the scope's divisions, and of rows of its businesses."""
    found = Decision.objects.filter(_within(scope))
    if scope.businesses is None:
        return found
    return found.filter(Q(item_id__isnull=True) | Q(item_id__in=_rows(scope).values("pk")))


def waiting(
    scope: Scope,
    *,
    division: str | None = None,
    feed: str | None = None,
    reason: str | None = None,
    state: str | None = None,
    assigned_to: int | None = None,
) -> QuerySet[ReviewItem]:
    """Rows that wait for a decision, the oldest first (待核列表). ``division``: a code or the beginning of one."""
    found = _rows(scope).exclude(state=State.DECIDED)
    if division:
        found = found.filter(division_code__startswith=division)
    if feed:
        found = found.filter(feed=feed)
    if reason:
        found = found.filter(reason=reason)
    if state:
        found = found.filter(state=state)
    if assigned_to is not None:
        found = found.filter(pk__in=Assignment.objects.filter(user_id=assigned_to).values("item_id"))
    return found.order_by("created_at", "id")


def counts(scope: Scope, *, division: str | None = None) -> list[WaitingRows]:
    """Rows that wait by county, feed and reason, with the oldest of each (待核统计), in one query."""
    grouped = (
        waiting(scope, division=division)
        .order_by()
        .annotate(county=Left("division_code", 6))
        .values("county", "feed", "reason")
        .annotate(rows=Count("id"), oldest=Min("created_at"))
    )
    found = [WaitingRows(g["county"] or "", g["feed"], g["reason"], g["rows"], g["oldest"]) for g in grouped]
    return sorted(found, key=lambda c: (c.division_code, c.feed, c.reason))


def item_in(scope: Scope, item_id: int) -> ReviewItem | None:
    """One row of the scope, whatever its state, or None (待核行)."""
    return _rows(scope).filter(pk=item_id).first()


def neighbours(scope: Scope, item: ReviewItem, **narrowed: Any) -> tuple[int | None, int | None]:
    """The rows before and after in the list as it is narrowed (上一条、下一条)."""
    found = waiting(scope, **narrowed)
    at, number = item.created_at, item.pk
    before = found.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=number)).order_by(
        "-created_at", "-id"
    )
    after = found.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=number))
    return before.values_list("pk", flat=True).first(), after.values_list("pk", flat=True).first()


def assignments(scope: Scope, items: Sequence[int]) -> dict[int, Assignment]:
    """Who has taken on which of these rows (认领)."""
    found = Assignment.objects.filter(_within(scope), item_id__in=items).select_related("user")
    return {one.item_id: one for one in found}


def proposals(scope: Scope) -> QuerySet[Decision]:
    """Decisions that wait for a second official, the oldest first (待复核)."""
    verdict = Decision.objects.filter(about=OuterRef("pk"), kind__in=[*VERDICTS, Kind.UNDO])
    found = _said(scope).filter(needs_second=True).exclude(Exists(verdict))
    return found.order_by("at", "id")


def left_unfinished(scope: Scope) -> list[tuple[UUID, int]]:
    """Rows on which a word was left: loaded, but not written down (未写完的处置): (batch, row)."""
    found = Unfinished.objects.filter(_within(scope)).order_by("id")
    return list(found.values_list("batch_id", "row_no"))


def decisions_on_row(scope: Scope, batch_id: UUID, row_no: int) -> list[Decision]:
    """Everything decided on a row, in order (行的处置记录)."""
    return list(_said(scope).filter(batch_id=batch_id, row_no=row_no).order_by("id"))


def decisions_on_person(scope: Scope, person_id: UUID) -> list[Decision]:
    """Everything decided on a person, in order (人员的处置记录), with what was said about it."""
    own = _said(scope).filter(Q(person_id=person_id) | Q(other_id=person_id))
    about = _said(scope).filter(about__in=own.values("pk"))
    return list((own | about).distinct().order_by("id"))


def decision_in(scope: Scope, decision_id: int) -> Decision | None:
    """One decision of the scope, or None (处置)."""
    return _said(scope).filter(pk=decision_id).first()


def recent(scope: Scope) -> QuerySet[Decision]:
    """Decisions of the scope, the newest first (处置记录)."""
    return _said(scope).order_by("-at", "-id")


def unseen(scope: Scope, person_ids: Iterable[UUID]) -> list[UUID]:
    """Those of the persons whom the scope does not cover: who can't see them can't say that a row is none of them (辖区外)."""
    wanted = list(dict.fromkeys(person_ids))
    seen = set(Person.objects.filter(persons_in(scope), pk__in=wanted).values_list("pk", flat=True))
    return [one for one in wanted if one not in seen]


def current_claims(scope: Scope, person_id: UUID) -> list[Any]:
    """What sources say of a person now, the newest first (现有来源记录); nothing of a person outside the scope."""
    if unseen(scope, [person_id]):
        return []
    found = PersonClaim.objects.filter(person_id=person_id, recorded_to__isnull=True)
    return list(found.order_by(F("valid_from").desc(), "-id"))


def roles_of_row(scope: Scope, item: ReviewItem) -> list[ReviewItem]:
    """The other roles of a row that someone must decide on (同行其他人员)."""
    found = _rows(scope).filter(batch_id=item.batch_id, row_no=item.row_no)
    return list(found.exclude(pk=item.pk).order_by("id"))
