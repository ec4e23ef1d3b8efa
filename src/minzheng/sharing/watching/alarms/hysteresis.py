"""When an alarm begins and ends (回差): pure, so that it can be tried with every course a value may take."""

from dataclasses import dataclass, replace
from datetime import datetime

from minzheng.sharing.watching.alarms.rules import Rule
from minzheng.sharing.watching.terms import AlarmState


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of one quantity of one subject (过程). None where it is within its limits and nothing is said of it."""

    state: AlarmState
    value: float
    worst: float
    since_at: datetime
    better_since_at: datetime | None = None
    raised_at: datetime | None = None
    cleared_at: datetime | None = None


def step(course: Course | None, rule: Rule, value: float, at: datetime) -> Course | None:
    """What is known after one more measurement (一步)."""
    if course is None:
        if not rule.beyond(value):
            return None
        course = Course(AlarmState.PENDING, value, value, at)
    course = replace(course, value=value, worst=rule.worse(course.worst, value))
    if course.state == AlarmState.PENDING:
        return _pending(course, rule, at)
    return _open(course, rule, at)


def _pending(course: Course, rule: Rule, at: datetime) -> Course | None:
    if not rule.beyond(course.value):
        return None
    if (at - course.since_at).total_seconds() < rule.for_s:
        return course
    return replace(course, state=AlarmState.OPEN, raised_at=at)


def _open(course: Course, rule: Rule, at: datetime) -> Course:
    if not rule.within(course.value):
        return replace(course, better_since_at=None)
    since = course.better_since_at or at
    if (at - since).total_seconds() < rule.clear_for_s:
        return replace(course, better_since_at=since)
    return replace(course, state=AlarmState.CLEARED, better_since_at=since, cleared_at=at)
