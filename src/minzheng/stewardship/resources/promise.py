"""When the next delivery is due, and how late it is (应到日): pure, the calendar is passed in.

The day is counted as every time limit is (民法典 §201–203): the day of the last delivery does not count, and a last day that
is a holiday moves to the next workday. A feed is very late once a further whole cycle has passed without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from minzheng.kernel.workday import due_date
from minzheng.stewardship.resources.terms import CYCLES, Punctuality

IsWorkday = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Standing:
    """A source against its promise (按期情况). ``workdays_late`` counts the workdays after ``due_on`` up to today."""

    state: Punctuality
    due_on: date | None = None
    workdays_late: int = 0


def standing(since: date | None, cycle_code: str, *, today: date, is_workday: IsWorkday) -> Standing:
    """Where a source stands whose last delivery (or entry) was ``since``; None where it was never entered (按期情况)."""
    if since is None:
        return Standing(Punctuality.ABSENT)
    if cycle_code not in CYCLES:
        return Standing(Punctuality.NO_PROMISE)
    due_on = _next(since, cycle_code, is_workday)
    if today < due_on:
        return Standing(Punctuality.ON_TIME, due_on)
    if today == due_on:
        return Standing(Punctuality.DUE, due_on)
    very = today > _next(due_on, cycle_code, is_workday)
    state = Punctuality.VERY_LATE if very else Punctuality.LATE
    return Standing(state, due_on, workdays_between(due_on, today, is_workday))


def _next(day: date, cycle_code: str, is_workday: IsWorkday) -> date:
    length, unit = CYCLES[cycle_code]
    found, _ = due_date(day, length, unit, is_workday=is_workday, roll_forward=True)
    return found


def workdays_between(after: date, until: date, is_workday: IsWorkday) -> int:
    """Workdays later than ``after`` up to and with ``until`` (工作日数)."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(is_workday(day) for day in days)
