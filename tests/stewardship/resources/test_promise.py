"""When a delivery is due and how late it is, by the calendar of workdays."""

from datetime import date, timedelta

import pytest

from minzheng.stewardship.resources.promise import standing, workdays_between
from minzheng.stewardship.resources.terms import Punctuality

HOLIDAYS = {date(2026, 10, n) for n in range(1, 9)}


def is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def of(since: date, cycle: str, today: date):
    return standing(since, cycle, today=today, is_workday=is_workday)


@pytest.mark.parametrize(
    ("since", "cycle", "due_on"),
    [
        (date(2026, 11, 20), "2", date(2026, 11, 23)),  # Friday: by Monday
        (date(2026, 9, 30), "2", date(2026, 10, 9)),  # the holiday between
        (date(2026, 11, 13), "3", date(2026, 11, 20)),
        (date(2026, 10, 22), "4", date(2026, 11, 23)),  # a Sunday, moved
        (date(2026, 1, 31), "4", date(2026, 3, 2)),  # the last of February is a Saturday
        (date(2025, 11, 20), "6", date(2026, 11, 20)),
    ],
)
def test_a_delivery_is_due_one_cycle_after_the_last_on_a_workday(since, cycle, due_on):
    assert of(since, cycle, due_on).due_on == due_on
    assert of(since, cycle, due_on - timedelta(days=1)).state == Punctuality.ON_TIME
    assert of(since, cycle, due_on).state == Punctuality.DUE
    assert of(since, cycle, due_on + timedelta(days=1)).state == Punctuality.LATE


def test_very_late_is_a_whole_further_cycle_without_it():
    friday = date(2026, 11, 13)
    assert (
        of(friday, "2", date(2026, 11, 17)).state == Punctuality.LATE
    )  # due Monday; Tuesday is the next cycle's day
    late = of(friday, "2", date(2026, 11, 18))
    assert (late.state, late.workdays_late) == (Punctuality.VERY_LATE, 2)
    assert of(friday, "4", date(2026, 12, 15)).state == Punctuality.LATE
    assert of(friday, "4", date(2027, 1, 15)).state == Punctuality.VERY_LATE


def test_the_weekend_makes_nothing_later():
    """Due on Friday: on Sunday late, and not by a single workday."""
    found = of(date(2026, 11, 13), "3", date(2026, 11, 22))
    assert (found.state, found.workdays_late) == (Punctuality.LATE, 0)


def test_what_promises_nothing_is_never_late():
    assert of(date(2020, 1, 1), "9", date(2026, 11, 20)).state == Punctuality.NO_PROMISE
    assert of(date(2020, 1, 1), "", date(2026, 11, 20)).state == Punctuality.NO_PROMISE
    nothing = standing(None, "2", today=date(2026, 11, 20), is_workday=is_workday)
    assert nothing.state == Punctuality.ABSENT


def test_workdays_are_counted_without_the_first_and_with_the_last_day():
    assert workdays_between(date(2026, 9, 30), date(2026, 10, 12), is_workday) == 2
    assert workdays_between(date(2026, 11, 20), date(2026, 11, 20), is_workday) == 0
