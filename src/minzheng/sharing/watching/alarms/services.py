"""Raising, clearing and acknowledging alarms (告警办理)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.sharing.watching.alarms.hysteresis import Course, step
from minzheng.sharing.watching.alarms.readings import Reading
from minzheng.sharing.watching.alarms.rules import Rule, rules
from minzheng.sharing.watching.models import Alarm
from minzheng.sharing.watching.terms import AlarmState

OWNERS = (Role.ADMINISTRATOR, Role.DATA_OFFICER)
ALARM_LOCK = 7032
MOST = Decimal(10) ** 16


class AlarmError(ValueError):
    """What cannot be done with an alarm, said in Chinese (不能办理)."""


def hold_against_rules(readings: Sequence[Reading], *, at: datetime) -> list[Alarm]:
    """Step every alarm on by what was read; returns those raised or cleared now (比对规则).

    All readings of a moment belong together: an alarm of which nothing is read has lost its subject, and ends.
    """
    held, changed = rules(), []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALARM_LOCK])
        known = {(one.rule, one.subject): one for one in Alarm.objects.exclude(state=AlarmState.CLEARED)}
        for reading in readings:
            alarm = known.pop((reading.rule, reading.subject), None)
            before = alarm.state if alarm else None
            after = _stepped(alarm, held[reading.rule], reading, at)
            if (
                after is not None
                and after.state in (AlarmState.OPEN, AlarmState.CLEARED)
                and after.state != before
            ):
                changed.append(after)
        changed += [one for one in known.values() if _over(one, at)]
    for one in changed:
        _tell(one, held[one.rule], at)
    return changed


def acknowledge(alarm: Alarm, *, note: str, by: User, at: datetime) -> None:
    """Someone looks after it (确认告警). Raises ``AlarmError``."""
    note = note.strip()
    if not 2 <= len(note) <= 500:
        raise AlarmError("请写明怎样处理, 2 至 500 字")
    with transaction.atomic():
        locked = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if locked.acknowledged_at is not None:
            raise AlarmError(f"已由 {locked.acknowledged_by} 确认")
        locked.acknowledged_at, locked.acknowledged_by, locked.note = at, by, note
        locked.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
        record(by=by, action="alarm.acknowledge", object_kind="alarm", object_id=alarm.pk, at=at)


def said(rule: Rule, value: float | Decimal) -> str:
    """A value with its unit (数值)."""
    number = float(value)
    text = f"{number:,.0f}" if abs(number) >= 10 else f"{number:,.1f}".removesuffix(".0")
    return f"{text} {rule.unit}".rstrip()


def _stepped(alarm: Alarm | None, rule: Rule, reading: Reading, at: datetime) -> Alarm | None:
    course = step(_course(alarm), rule, reading.value, at)
    if course is None:
        if alarm is not None:
            alarm.delete()  # it was only looked at, and nobody was told
        return None
    if alarm is None:
        alarm = Alarm(rule=rule.key, subject=reading.subject, division_code=reading.division_code)
    alarm.title = f"{rule.name}: {reading.title}"[:200]
    alarm.state, alarm.value, alarm.worst = course.state, _kept(course.value), _kept(course.worst)
    alarm.since_at, alarm.better_since_at = course.since_at, course.better_since_at
    alarm.raised_at, alarm.cleared_at = course.raised_at, course.cleared_at
    alarm.save()
    return alarm


def _over(alarm: Alarm, at: datetime) -> bool:
    """Nothing is read of it any more: a member that has left, a system without grants. Whether that ends something told."""
    if alarm.state == AlarmState.PENDING:
        alarm.delete()
        return False
    alarm.state, alarm.cleared_at = AlarmState.CLEARED, at
    alarm.save(update_fields=["state", "cleared_at"])
    return True


def _course(alarm: Alarm | None) -> Course | None:
    if alarm is None:
        return None
    return Course(
        AlarmState(alarm.state), float(alarm.value), float(alarm.worst), alarm.since_at, alarm.better_since_at,
        alarm.raised_at, alarm.cleared_at,
    )  # fmt: skip


def _kept(value: float) -> Decimal:
    return max(-MOST, min(MOST, Decimal(str(round(value, 3)))))


def _tell(alarm: Alarm, rule: Rule, at: datetime) -> None:
    """The owner hears of it once when it begins and once when it ends."""
    ended = alarm.state == AlarmState.CLEARED
    what = "已恢复" if ended else f"现值 {said(rule, alarm.value)}"
    notify(
        division_code=alarm.division_code, roles=[str(role) for role in OWNERS], title=f"{alarm.title}（{what}）",
        url=f"/watching/alarms/{alarm.pk}/", key=f"alarm-{alarm.pk}-{alarm.state}", at=at,
    )  # fmt: skip
