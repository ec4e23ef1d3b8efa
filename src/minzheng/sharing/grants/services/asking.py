"""A department asks for a resource (申请)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.kernel import division
from minzheng.kernel.workday import due_date
from minzheng.sharing.grants.granted.fields import Shared, shared
from minzheng.sharing.grants.models import Application, Client
from minzheng.sharing.grants.terms import LIMIT_PARAMETER, NOT_SHARED, PER_DAY, PER_MINUTE, GrantError, Method
from minzheng.standards.calendar import load_calendar
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_name, parameter

SHORTEST = 2


def ask(
    *, client: Client, data_set: str, purpose: str, legal_basis: str, fields: Sequence[str], division_code: str,
    methods: Sequence[str], until_on: date, by: User, at: datetime, rows_from_on: date | None = None,
    rows_to_on: date | None = None, condition: Mapping[str, Sequence[str]] | None = None,
    per_minute: int = PER_MINUTE, per_day: int = PER_DAY,
) -> Application:  # fmt: skip
    """Enter what a department asks for, and tell who answers for the rows (登记申请). Raises ``GrantError``."""
    found = sharable(data_set)
    place = _place(division_code)
    if client.disabled_at is not None:
        raise GrantError(f"接入系统 {client.code} 已停用")
    if len(purpose.split()) == 0 or len(purpose.strip()) < SHORTEST or len(legal_basis.strip()) < SHORTEST:
        raise GrantError("请写明用途和依据")
    chosen = checked_fields(found, fields)
    terms = checked_condition(found, condition or {})
    ways = checked_methods(methods)
    if until_on <= timezone.localdate(at):
        raise GrantError("使用期限应在今天以后")
    if found.feed.record is None and (rows_from_on or rows_to_on):
        raise GrantError(f"{found.spec.name}没有业务日期, 不能按期间限定")
    if rows_from_on and rows_to_on and rows_to_on <= rows_from_on:
        raise GrantError("业务日期止应晚于业务日期起")
    checked_quotas(per_minute, per_day)
    due_on, basis = _due(place, timezone.localdate(at))
    with transaction.atomic():
        application = Application.objects.create(
            client=client, data_set=data_set, purpose=" ".join(purpose.split())[:500],
            legal_basis=" ".join(legal_basis.split())[:500], fields=chosen, division_code=place, methods=ways,
            rows_from_on=rows_from_on, rows_to_on=rows_to_on, condition=terms, per_minute=per_minute, per_day=per_day,
            until_on=until_on, asked_at=at, asked_by=by, due_on=due_on, due_basis=basis,
        )  # fmt: skip
        record(
            by=by, action="grants.ask", object_kind="application", object_id=application.pk, purpose=application.purpose,
            detail={"client": client.code, "data_set": data_set, "fields": chosen, "division": place}, at=at,
        )  # fmt: skip
        with as_node():  # who holds the role in a division above, no page of this one can see
            notify(
                division_code=place, roles=[Role.DATA_OFFICER], at=at, key=f"grants.ask.{application.pk}",
                title=f"{client.office}申请共享{found.spec.name}, {due_on:%m月%d日}前答复",
                url=f"/grants/applications/{application.pk}/",
            )  # fmt: skip
    return application


def sharable(key: str) -> Shared:
    """A data set that may be shared at all (可申请的数据集). Raises ``GrantError``."""
    try:
        found = shared(key)
    except UnknownStandardError:
        found = None
    if found is None:
        raise GrantError(f"没有可共享的数据集 {key[:40]}")
    if found.spec.share_type == NOT_SHARED:
        raise GrantError(f"{found.spec.name}的共享类型是不共享, 不受理申请")
    return found


def checked_fields(found: Shared, fields: Sequence[str]) -> list[str]:
    """Fields in the standard's order, each once (核对字段). Raises ``GrantError``."""
    unknown = [name for name in fields if name not in found.fields]
    if unknown:
        raise GrantError(f"{found.spec.name}没有字段 {'、'.join(sorted(unknown)[:5])}")
    if not fields:
        raise GrantError("请至少选一个字段")
    return [name for name in found.fields if name in fields]


def checked_methods(methods: Sequence[str]) -> list[str]:
    """Ways, each once (核对方式). Raises ``GrantError``."""
    if not methods or set(methods) - set(Method.values):
        raise GrantError("请选择共享方式")
    return [method for method in Method.values if method in methods]


def checked_condition(found: Shared, condition: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Codes that a row must bear (核对代码条件). Raises ``GrantError``: only for plain columns of the rows."""
    own = "person" if found.feed.record is None else "record"
    for name in condition:
        field = found.fields.get(name)
        if field is None or field.where != own or field.kind or not field.element.value_domain:
            raise GrantError(f"不能按字段 {name[:40]} 限定")
    return {name: [str(code) for code in codes] for name, codes in condition.items() if codes}


def checked_quotas(per_minute: int, per_day: int) -> None:
    """Raises ``GrantError`` for quotas that make no sense (核对限额)."""
    if not 1 <= per_minute <= 100_000 or not per_minute <= per_day <= 10_000_000:
        raise GrantError("每分钟限额应为 1 至 100000, 每日限额不小于每分钟限额")


def _place(code: str) -> str:
    try:
        place = division.normalise(code)
        division_name(place)
    except (ValueError, UnknownStandardError) as error:
        raise GrantError(str(error)) from None
    return place


def _due(place: str, today: date) -> tuple[date, str]:
    """The day by which it must be answered: workdays by a dated parameter of the standard."""
    limit = parameter(LIMIT_PARAMETER, division_code=place, on=today)
    due, _ = due_date(today, int(limit.value), "WD", is_workday=load_calendar().is_workday, roll_forward=True)
    return due, f"{limit.value}{limit.unit}, {limit.legal_basis}"
