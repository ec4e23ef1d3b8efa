"""Who answers for the rows agrees or refuses, and may take back at once (答复与撤回)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.sharing.grants.models import Application, Grant
from minzheng.sharing.grants.services.asking import checked_fields, checked_methods, checked_quotas, sharable
from minzheng.sharing.grants.terms import GrantError, State

CHANNEL = "minzheng_grants"  # who holds a stream open under a grant hears here that it has ended
LONGEST = timedelta(days=3 * 366)


def agree(
    *, application: Application, fields: Sequence[str], masked: Sequence[str], methods: Sequence[str], until_on: date,
    per_minute: int, per_day: int, answer: str, by: User, at: datetime,
) -> Grant:  # fmt: skip
    """Grant what is asked, or less of it (同意). Raises ``GrantError``.

    Never more fields, ways or rows than were asked for; and nothing in clear that whoever decides may not see.
    """
    _may_decide(application, by)
    found = sharable(application.data_set)
    chosen = checked_fields(found, fields)
    if set(chosen) - set(application.fields) or set(methods) - set(application.methods):
        raise GrantError("同意的字段和方式不能超出申请")
    hidden = [name for name in chosen if name in masked]
    too_high = [
        f for name, f in found.fields.items() if name in set(chosen) - set(hidden) and f.level > by.data_level
    ]
    if too_high:
        names = "、".join(f.heading for f in too_high)
        raise GrantError(f"{names}的数据级别高于您的级别, 只能遮蔽后共享或由更高级别的人员答复")
    checked_quotas(per_minute, per_day)
    today = timezone.localdate(at)
    if not today < until_on <= today + LONGEST:
        raise GrantError("授权期限应在今天以后、三年以内")
    with transaction.atomic():
        locked = _waiting(application)
        grant = Grant.objects.create(
            client=locked.client, application=locked, data_set=locked.data_set, purpose=locked.purpose,
            legal_basis=locked.legal_basis, fields=chosen, masked=hidden, division_code=locked.division_code,
            rows_from_on=locked.rows_from_on, rows_to_on=locked.rows_to_on, condition=locked.condition,
            methods=checked_methods(methods), per_minute=per_minute, per_day=per_day, data_level=by.data_level,
            from_at=at, until_at=timezone.make_aware(datetime.combine(until_on, time.min)) + timedelta(days=1),
            granted_by=by,
        )  # fmt: skip
        _decide(locked, State.AGREED, answer, by, at)
        record(
            by=by, action="grants.agree", object_kind="grant", object_id=grant.pk, purpose=grant.purpose,
            detail={
                "client": grant.client_id, "data_set": grant.data_set, "fields": chosen, "masked": hidden,
                "division": grant.division_code, "methods": grant.methods, "until": until_on.isoformat(),
            }, at=at,
        )  # fmt: skip
    return grant


def refuse(*, application: Application, answer: str, by: User, at: datetime) -> Application:
    """Refuse, with the reason (不予同意). Raises ``GrantError``."""
    _may_decide(application, by)
    if len(answer.strip()) < 2:
        raise GrantError("请写明不予同意的理由")
    with transaction.atomic():
        locked = _waiting(application)
        _decide(locked, State.REFUSED, answer, by, at)
        record(
            by=by, action="grants.refuse", object_kind="application", object_id=locked.pk, purpose=locked.purpose,
            detail={"client": locked.client_id, "data_set": locked.data_set}, at=at,
        )  # fmt: skip
    return locked


def withdraw(*, grant: Grant, reason: str, by: User, at: datetime) -> Grant:
    """Take a grant back; the next call under it is refused (撤回). Raises ``GrantError``."""
    if not (by.has_role(Role.DATA_OFFICER, Role.SECURITY) and Scope.of(by).covers(grant.division_code)):
        raise GrantError("只有数据范围内的数据管理员或安全管理员可以撤回授权")
    if grant.origin_code:
        raise GrantError(f"这项授权由 {grant.origin_code} 给出, 由其撤回")
    if len(reason.strip()) < 2:
        raise GrantError("请写明撤回的原因")
    with transaction.atomic():
        locked = Grant.objects.select_for_update(of=("self",)).select_related("client").get(pk=grant.pk)
        if locked.withdrawn_at is not None:
            raise GrantError("这项授权已经撤回")
        locked.withdrawn_at, locked.withdrawn_by = at, by
        locked.withdrawn_reason = " ".join(reason.split())[:500]
        locked.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        record(
            by=by, action="grants.withdraw", object_kind="grant", object_id=locked.pk, purpose=locked.withdrawn_reason,
            detail={"client": locked.client_id, "data_set": locked.data_set}, at=at,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return locked


def _may_decide(application: Application, by: User) -> None:
    if not (by.has_role(Role.DATA_OFFICER) and Scope.of(by).covers(application.division_code)):
        raise GrantError("只有数据范围内的数据管理员可以答复")


def _waiting(application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",)).select_related("client").get(pk=application.pk)
    )
    if locked.state != State.WAITING:
        raise GrantError("这份申请已经答复")
    return locked


def _decide(locked: Application, state: State, answer: str, by: User, at: datetime) -> None:
    locked.state, locked.decided_at, locked.decided_by = state, at, by
    locked.answer = " ".join(answer.split())[:500]
    locked.save(update_fields=["state", "decided_at", "decided_by", "answer"])
