"""Splitting and joining persons (拆分、合并): through the register's own services, at once or after a second word."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.registry.models import Person
from minzheng.registry.services import LinkError, join, split
from minzheng.stewardship.review import queries
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.money import is_paid
from minzheng.stewardship.review.services.writing import ReviewError, call_reviewers, keep, reasoned
from minzheng.stewardship.review.terms import Kind


def split_person(
    scope: Scope, person_id: UUID, claims: Sequence[UUID], *, reason: str, by: User | str | None, at: datetime,
    ip: str | None = None,
) -> Decision:  # fmt: skip
    """Some of what is said of a person is said of another: it leaves (拆分). Raises ``ReviewError``."""
    said, chosen = reasoned(reason), list(dict.fromkeys(claims))
    current = {claim.id for claim in queries.current_claims(scope, person_id)}
    if not current:
        raise ReviewError("没有这个人, 或不在您的辖区内")
    if not chosen:
        raise ReviewError("请选择要拆分出去的来源记录")
    if not set(chosen) <= current:
        raise ReviewError("所选来源记录已有变化, 请看现在的情况重新选择")
    if set(chosen) == current:
        raise ReviewError("至少要留下一条来源记录")
    with transaction.atomic():
        second, other = is_paid([person_id]), None
        if not second:
            other = _split(person_id, chosen, by=by, at=at, reason=said)
        decision = keep(
            Kind.SPLIT, by=by, at=at, reason=said, ip=ip, person_id=person_id, other_id=other, claims=chosen,
            needs_second=second, division_code=_division(person_id),
        )  # fmt: skip
        call_reviewers(decision, at=at)
    return decision


def join_persons(
    scope: Scope,
    kept_id: UUID,
    gone_id: UUID,
    *,
    reason: str,
    by: User | str | None,
    at: datetime,
    ip: str | None = None,
) -> Decision:
    """Two entries are one person; the first stays (合并). Raises ``ReviewError``."""
    said = reasoned(reason)
    if queries.unseen(scope, [kept_id, gone_id]):
        raise ReviewError("所选人员不存在, 或不在您的辖区内")
    with transaction.atomic():
        second = is_paid([kept_id, gone_id])
        if not second:
            _join(kept_id, gone_id, by=by, at=at, reason=said)
        decision = keep(
            Kind.JOIN, by=by, at=at, reason=said, ip=ip, person_id=kept_id, other_id=gone_id, needs_second=second,
            division_code=_division(kept_id),
        )  # fmt: skip
        call_reviewers(decision, at=at)
    return decision


def carry_out(decision: Decision, *, by: User, at: datetime, reason: str) -> UUID | None:
    """Do what a second official has approved; returns the other person. Raises ``ReviewError``."""
    if decision.person_id is None:
        return None
    if decision.kind == Kind.SPLIT:
        return _split(decision.person_id, decision.claims, by=by, at=at, reason=reason)
    if decision.other_id is not None:
        _join(decision.person_id, decision.other_id, by=by, at=at, reason=reason)
    return decision.other_id


def _split(
    person_id: UUID, claims: Sequence[UUID], *, by: User | str | None, at: datetime, reason: str
) -> UUID:
    try:
        return split(person_id, claims, by=by, at=at, reason=reason)
    except LinkError as error:
        raise ReviewError(str(error)) from error


def _join(kept_id: UUID, gone_id: UUID, *, by: User | str | None, at: datetime, reason: str) -> None:
    try:
        join(kept_id, gone_id, by=by, at=at, reason=reason)
    except LinkError as error:
        raise ReviewError(str(error)) from error


def _division(person_id: UUID) -> str | None:
    return Person.objects.filter(pk=person_id).values_list("hukou_division_code", flat=True).first()
