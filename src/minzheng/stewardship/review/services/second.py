"""The second pair of eyes (复核), and undoing (撤销)."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.registry.services import LinkError, put_back
from minzheng.stewardship.review import queries
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.services.finishing import finish_row
from minzheng.stewardship.review.services.persons import carry_out
from minzheng.stewardship.review.services.rows import settled
from minzheng.stewardship.review.services.writing import ReviewError, call_reviewers, keep, reasoned
from minzheng.stewardship.review.settling import lock_row
from minzheng.stewardship.review.standing import VERDICTS, Standing
from minzheng.stewardship.review.terms import Kind


def approve(
    scope: Scope, decision_id: int, *, reason: str, by: User, at: datetime, ip: str | None = None
) -> Decision:
    """Another reviewer agrees; what was proposed takes effect (复核同意). Raises ``ReviewError``."""
    said = reasoned(reason)
    with transaction.atomic():
        decision = _waiting(scope, decision_id, by)
        target = decision.about if decision.kind == Kind.UNDO and decision.about is not None else decision
        other = decision.other_id
        if decision.kind == Kind.UNDO and decision.item_id is None:
            _put_back(target, by=by, at=at, reason=said)
        elif decision.item_id is None:
            other = carry_out(decision, by=by, at=at, reason=said)
        word = _word(Kind.APPROVE, decision, by=by, at=at, reason=said, ip=ip, other_id=other)
        settled(word)
    return word


def reject(
    scope: Scope, decision_id: int, *, reason: str, by: User, at: datetime, ip: str | None = None
) -> Decision:
    """Another reviewer does not agree; it is as if nothing had been proposed (复核不同意). Raises ``ReviewError``."""
    said = reasoned(reason)
    with transaction.atomic():
        decision = _waiting(scope, decision_id, by)
        word = _word(Kind.REJECT, decision, by=by, at=at, reason=said, ip=ip, other_id=decision.other_id)
        settled(word)
    return word


def undo(
    scope: Scope, decision_id: int, *, reason: str, by: User | str | None, at: datetime, ip: str | None = None
) -> Decision:
    """Take a decision back; what stood before stands again (撤销).

    What took two officials takes two to undo; a proposal that waits is taken back by whoever made it. Raises ``ReviewError``.
    """
    said = reasoned(reason)
    with transaction.atomic():
        decision, standing = _locked(scope, decision_id)
        if decision.kind in (Kind.UNDO, *VERDICTS):
            raise ReviewError("只能撤销处置本身, 不能撤销复核或撤销")
        pending = standing.pending(decision)
        if pending and not _same(decision, by):
            raise ReviewError("这项处置正等待复核, 只有提出的人可以收回")
        if not pending and not standing.stands(decision):
            raise ReviewError("这项处置没有生效或已经撤销")
        if standing.undo_pending(decision):
            raise ReviewError("这项处置已有人提出撤销, 正等待复核")
        _newest(decision, standing)
        second = decision.needs_second and not pending
        if not second and not pending and decision.item_id is None:
            _put_back(decision, by=by, at=at, reason=said)
        word = _word(
            Kind.UNDO,
            decision,
            by=by,
            at=at,
            reason=said,
            ip=ip,
            other_id=decision.other_id,
            needs_second=second,
        )
        settled(word)
        call_reviewers(word, at=at)
    return word


def _newest(decision: Decision, standing: Standing) -> None:
    """Of one row's role the last choice is undone first."""
    held = standing.of_item(decision.item_id) if decision.item_id is not None else decision
    if held is not None and held.pk != decision.pk:
        raise ReviewError("此后另有处置, 请先撤销后来的处置")


def _waiting(scope: Scope, decision_id: int, by: User) -> Decision:
    decision, standing = _locked(scope, decision_id)
    if not by.has_role(Role.REVIEWER):
        raise ReviewError("只有复核人可以复核")
    if not standing.pending(decision):
        said = standing.verdict(decision)
        raise ReviewError(
            f"{said.by_name}已经复核（{said.get_kind_display()}）" if said else "这项处置不在等待复核"
        )
    if _same(decision, by):
        raise ReviewError("提出处置的人不能复核自己的处置, 请由另一名复核人复核")
    return decision


def _same(decision: Decision, by: User | str | None) -> bool:
    if decision.by_id is not None:
        return isinstance(by, User) and decision.by_id == by.pk
    names = {by.username, by.display_name} if isinstance(by, User) else {str(by or "命令行")}
    return decision.by_name in names


def _locked(scope: Scope, decision_id: int) -> tuple[Decision, Standing]:
    """The decision with all that was said about it, one official at a time."""
    decision = queries.decision_in(scope, decision_id)
    if decision is None:
        raise ReviewError("没有这项处置, 或不在您的辖区内")
    if decision.batch_id is not None and decision.row_no is not None:
        finish_row(decision.batch_id, decision.row_no)
        lock_row(decision.batch_id, decision.row_no)
        return decision, Standing(queries.decisions_on_row(scope, decision.batch_id, decision.row_no))
    root = decision.about_id or decision.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('review_decision'), %s)", [root % 2**31])
    about = Decision.objects.filter(about__in=[decision.pk, root])
    return decision, Standing([*Decision.objects.filter(pk__in={decision.pk, root}), *about])


def _put_back(decision: Decision, *, by: User | str | None, at: datetime, reason: str) -> None:
    """A split or a join, undone in the register."""
    standing = Standing([decision, *Decision.objects.filter(about=decision)])
    done = standing.took_effect(decision)
    if done is None or decision.person_id is None or done.other_id is None:
        raise ReviewError("这项处置没有生效")
    owner, holder = decision.person_id, done.other_id
    if decision.kind == Kind.JOIN:
        owner, holder = holder, owner
    try:
        put_back(owner, holder, done.at, by=by, at=at, reason=reason)
    except LinkError as error:
        raise ReviewError(str(error)) from error


def _word(kind: Kind, decision: Decision, **said: Any) -> Decision:
    """A word about a decision, on the same row or persons."""
    return keep(
        kind, about=decision, item_id=decision.item_id, batch_id=decision.batch_id, row_no=decision.row_no,
        role=decision.role, person_id=decision.person_id, division_code=decision.division_code, **said,
    )  # fmt: skip
