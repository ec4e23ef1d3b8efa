"""What the days bring (到期与催办): grants that end, applications that nobody has answered."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.sharing.grants.granted.fields import shared
from minzheng.sharing.grants.models import Application, Grant
from minzheng.sharing.grants.terms import State

SOON = timedelta(days=15)


def tell_ended(*, at: datetime) -> int:
    """Keep and tell that grants have ended, and once before that they will; returns how many ended (到期).

    Nothing is switched here: a grant past its time allows nothing, told or not.
    """
    soon = Grant.objects.filter(withdrawn_at__isnull=True, until_at__gt=at, until_at__lte=at + SOON)
    for grant in soon.select_related("client"):
        _tell(
            grant, f"将于{timezone.localtime(grant.until_at - timedelta(seconds=1)):%m月%d日}到期", "soon", at
        )
    ended = Grant.objects.filter(withdrawn_at__isnull=True, until_at__lte=at, ended_told_at__isnull=True)
    told = 0
    for grant in ended.select_related("client"):
        with transaction.atomic():
            _tell(grant, "已到期", "ended", at)
            Grant.objects.filter(pk=grant.pk).update(ended_told_at=at)
            record(
                by=None, action="grants.expire", object_kind="grant", object_id=grant.pk,
                detail={"client": grant.client_id, "data_set": grant.data_set}, at=at,
            )  # fmt: skip
        told += 1
    return told


def remind(*, at: datetime) -> int:
    """Tell of applications whose last day is today or over; returns how many there are (催办)."""
    today = timezone.localdate(at)
    late = list(Application.objects.filter(state=State.WAITING, due_on__lte=today).select_related("client"))
    for one in late:
        over = "今日到期" if one.due_on == today else "已逾期"
        notify(
            division_code=one.division_code, roles=[Role.DATA_OFFICER], at=at, key=f"grants.due.{one.pk}.{over}",
            title=f"{one.client.office}的共享申请 {one.number} {over}未答复", url=f"/grants/applications/{one.pk}/",
        )  # fmt: skip
    return len(late)


def _tell(grant: Grant, said: str, key: str, at: datetime) -> None:
    found = shared(grant.data_set)
    name = found.spec.name if found else grant.data_set
    notify(
        division_code=grant.division_code, roles=[Role.DATA_OFFICER], at=at, key=f"grants.{key}.{grant.pk}",
        title=f"{grant.client.office}使用{name}的授权{said}", url=f"/grants/{grant.pk}/",
    )  # fmt: skip
