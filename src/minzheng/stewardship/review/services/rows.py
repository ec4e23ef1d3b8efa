"""Deciding on rows that wait (待核行处置), and taking them on."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from minzheng.exchange.held.staging import HeldRowError
from minzheng.exchange.models import ReviewItem
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.kernel.uuid7 import uuid7
from minzheng.stewardship.review import queries
from minzheng.stewardship.review.models import Assignment, Decision, Unfinished
from minzheng.stewardship.review.money import is_paid, paying_feeds
from minzheng.stewardship.review.services.finishing import finish_row, forget, unfinished
from minzheng.stewardship.review.services.writing import ReviewError, call_reviewers, keep, reasoned
from minzheng.stewardship.review.settling import lock_row, settle
from minzheng.stewardship.review.standing import Standing
from minzheng.stewardship.review.terms import CHOICES, Kind, State


def decide(
    scope: Scope, item_id: int, *, kind: Kind, person_id: UUID | None = None, reason: str, seen: int | None,
    by: User | str | None, at: datetime, ip: str | None = None,
) -> Decision:  # fmt: skip
    """Say whom a row means (待核处置). It takes effect at once, or waits for a second official where money was paid.

    ``seen``: number of the last word the official has read of this row; someone else's since is told, not overwritten.
    Raises ``ReviewError``; nothing has changed then.
    """
    said = reasoned(reason)
    found = queries.item_in(scope, item_id)
    if found is None or kind not in CHOICES:
        raise ReviewError("没有这条待核行, 或不在您的辖区内")
    finish_row(found.batch_id, found.row_no)
    with transaction.atomic():
        items = lock_row(found.batch_id, found.row_no)
        item = next(i for i in items if i.pk == item_id)
        standing = Standing(queries.decisions_on_row(scope, item.batch_id, item.row_no))
        _unmoved(item, standing, seen)
        person = _person(scope, item, kind, person_id, at)
        second = kind != Kind.ASIDE and (
            item.feed in paying_feeds() or (kind == Kind.LINK and person is not None and is_paid([person]))
        )
        decision = keep(
            kind, by=by, at=at, reason=said, ip=ip, item_id=item.pk, batch_id=item.batch_id, row_no=item.row_no,
            role=item.role, person_id=person, needs_second=second, division_code=item.division_code,
        )  # fmt: skip
        settled(decision)
        call_reviewers(decision, at=at)
    return decision


def settled(word: Decision) -> None:
    """What follows from a word on a row; what hinders it is told as a ``ReviewError``."""
    if word.batch_id is None or word.row_no is None:
        return
    try:
        settle(word.batch_id, word.row_no, at=word.at, alongside=unfinished(word))
    except HeldRowError as error:
        forget(word)
        raise ReviewError(str(error)) from error
    Unfinished.objects.filter(batch_id=word.batch_id, row_no=word.row_no).delete()


def _unmoved(item: ReviewItem, standing: Standing, seen: int | None) -> None:
    last = standing.last()
    if seen is not None and seen != last and standing.decisions:
        latest = standing.decisions[-1]
        when = timezone.localtime(latest.at)
        raise ReviewError(
            f"{latest.by_name}已于 {when:%m-%d %H:%M} 先作出处置（{latest.get_kind_display()}），您的处置没有保存，请看现在的情况"
        )
    if item.state not in (State.OPEN, State.ASIDE):
        raise ReviewError(f"这一行{State(item.state).label}, 如需更改请先撤销原处置")


def _person(scope: Scope, item: ReviewItem, kind: Kind, person_id: UUID | None, at: datetime) -> UUID | None:
    """Whom the choice means; who can't see a candidate can't say that the row is not he."""
    if kind in (Kind.SEPARATE, Kind.NONE):
        candidates = [UUID(c["person_id"]) for c in item.candidates]
        if queries.unseen(scope, candidates):
            raise ReviewError("候选人员中有辖区外的人, 请搁置并写明情况, 由上级处置")
    if kind == Kind.SEPARATE:
        return uuid7(at)
    if kind != Kind.LINK:
        return None
    if person_id is None:
        raise ReviewError("请选择要关联的人员")
    if queries.unseen(scope, [person_id]):
        raise ReviewError("所选人员不存在, 或不在您的辖区内")
    return person_id


def assign(scope: Scope, item_id: int, *, by: User, at: datetime) -> None:
    """Take a row on; who has it already keeps it. Raises ``ReviewError`` (认领)."""
    item = queries.item_in(scope, item_id)
    if item is None:
        raise ReviewError("没有这条待核行, 或不在您的辖区内")
    with transaction.atomic():
        held, made = Assignment.objects.get_or_create(
            item_id=item.pk, defaults={"user": by, "division_code": item.division_code, "at": at}
        )
        if not made and held.user_id != by.pk:
            raise ReviewError(f"这一行已由{held.user}认领")
        if made:
            record(by=by, action="review.assign", object_kind="review_item", object_id=item.pk, at=at)


def release(scope: Scope, item_id: int, *, by: User, at: datetime) -> None:
    """Give a row back that one has taken on (放回)."""
    item = queries.item_in(scope, item_id)
    if item is None:
        return
    with transaction.atomic():
        gone = Assignment.objects.filter(item_id=item.pk, user=by).delete()[0]
        if gone:
            record(by=by, action="review.release", object_kind="review_item", object_id=item_id, at=at)
