"""Alarms of divisions within the scope (告警查询)."""

from django.db.models import F, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.watching.models import Alarm
from minzheng.sharing.watching.terms import AlarmState


def alarms(scope: Scope, *, state: str = AlarmState.OPEN) -> QuerySet[Alarm]:
    """Those open, not looked after first, or those that are over, the latest first (告警列表)."""
    found = Alarm.objects.filter(division_code__startswith=scope.prefix).select_related("acknowledged_by")
    if state == AlarmState.CLEARED:
        return found.filter(state=AlarmState.CLEARED).order_by("-cleared_at")
    return found.filter(state=AlarmState.OPEN).order_by(
        F("acknowledged_at").asc(nulls_first=True), "-raised_at"
    )


def alarm_in(scope: Scope, alarm_id: int) -> Alarm | None:
    """One alarm within the scope that was told of, or None (告警)."""
    told = Alarm.objects.filter(division_code__startswith=scope.prefix).exclude(state=AlarmState.PENDING)
    return told.filter(pk=alarm_id).select_related("acknowledged_by").first()


def open_count(scope: Scope) -> int:
    """How many are open (未恢复告警数)."""
    return alarms(scope).count()
