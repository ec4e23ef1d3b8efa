"""Notices to the officials who own signals (线索通知): one a run, kind and division; one a day for what is overdue."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.notices.services import addressee, notify
from minzheng.stewardship.signals.models import Signal
from minzheng.stewardship.signals.terms import State

OWNERS = (Role.CLERK, Role.REVIEWER)
WORKLIST = "/signals/"


def tell_owners(raised: Mapping[str, tuple[str, Mapping[str, int]]], *, key: str, at: datetime) -> None:
    """Label → (kind, division → how many are new). Divisions served from above are told of together (新线索通知)."""
    told_where: dict[str, str] = {}
    for label, (kind, counts) in raised.items():
        together: dict[str, int] = {}
        for division, count in counts.items():
            reader = told_where.setdefault(division, addressee(division, OWNERS))
            together[reader] = together.get(reader, 0) + count
        for reader, count in together.items():
            query = urlencode({"kind": kind, "state": State.NEW.value})
            notify(
                division_code=reader, roles=OWNERS, title=f"{label}：新线索 {count} 条，请核查",
                url=f"{WORKLIST}?{query}", key=f"signals:{key}:{kind}:{reader}", at=at,
            )  # fmt: skip


def tell_overdue(*, at: datetime) -> int:
    """Tell each division once a day how many of its signals are overdue; returns how many divisions (逾期通知)."""
    today = timezone.localtime(at).date()
    overdue = (
        Signal.objects.filter(state=State.NEW, due_on__lt=today)
        .values_list("division_code")
        .annotate(n=Count("id"))
    )
    together: dict[str, int] = {}
    for division, count in overdue:
        reader = addressee(division, OWNERS)
        together[reader] = together.get(reader, 0) + count
    for reader, count in together.items():
        notify(
            division_code=reader, roles=OWNERS, title=f"有 {count} 条线索已超过核查期限",
            url=f"{WORKLIST}?overdue=1", key=f"signals-overdue:{today}:{reader}", at=at,
        )  # fmt: skip
    return len(together)
