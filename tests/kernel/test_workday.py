from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.period import add_months
from minzheng.kernel.workday import LimitUnit, due_date

# 2025: National Day 1-8 October, with 28 September and 11 October worked.
HOLIDAYS = {date(2025, 10, day) for day in range(1, 9)}
MADE_UP = {date(2025, 9, 28), date(2025, 10, 11)}


def is_workday(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


@pytest.mark.parametrize(
    ("start", "length", "unit", "roll", "expected"),
    [
        (date(2025, 3, 3), 30, "CD", True, date(2025, 4, 2)),
        (date(2025, 3, 3), 15, "WD", True, date(2025, 3, 24)),
        (date(2025, 9, 26), 5, "WD", True, date(2025, 10, 10)),
        (date(2025, 9, 26), 5, "CD", True, date(2025, 10, 9)),
        (date(2025, 9, 26), 5, "CD", False, date(2025, 10, 1)),
        (date(2025, 10, 8), 3, "CD", True, date(2025, 10, 11)),
        (date(2025, 1, 31), 1, "M", True, date(2025, 2, 28)),
        (date(2024, 2, 29), 1, "Y", False, date(2025, 2, 28)),
        (date(2025, 3, 3), 0, "CD", True, date(2025, 3, 3)),
        (date(2025, 3, 1), 0, "WD", True, date(2025, 3, 3)),
        (date(2025, 10, 13), -10, "CD", True, date(2025, 10, 3)),
        (date(2025, 10, 13), -2, "WD", True, date(2025, 10, 10)),
    ],
)
def test_due_date(start: date, length: int, unit: LimitUnit, roll: bool, expected: date) -> None:
    due, steps = due_date(start, length, unit, is_workday=is_workday, roll_forward=roll)
    assert due == expected
    assert steps


@pytest.mark.parametrize(
    ("length", "unit", "expected"),
    [(7, "CD", date(2025, 3, 9)), (5, "WD", date(2025, 3, 7)), (1, "M", date(2025, 4, 2))],
)
def test_the_day_of_the_start_may_count(length: int, unit: LimitUnit, expected: date) -> None:
    due, steps = due_date(
        date(2025, 3, 3), length, unit, is_workday=is_workday, roll_forward=False, count_from_next_day=False
    )
    assert due == expected
    assert steps[0] == "自2025年3月3日当日起算"


def test_every_step_is_told() -> None:
    _, steps = due_date(date(2025, 9, 26), 5, "CD", is_workday=is_workday, roll_forward=True)
    assert steps == [
        "2025年9月26日为起始日，不计入，自2025年9月27日起算（民法典第二百零一条）",
        "期限5日，末日为2025年10月1日",
        "末日2025年10月1日为休息日，顺延至2025年10月9日（民法典第二百零三条）",
    ]
    _, steps = due_date(date(2025, 9, 26), 5, "WD", is_workday=is_workday, roll_forward=True)
    assert steps[1] == "期限5个工作日，其间休息日9天不计，末日为2025年10月10日"


def test_a_broken_calendar_is_told_and_not_waited_for() -> None:
    with pytest.raises(ValueError, match="工作日历"):
        due_date(date(2025, 3, 3), 1, "WD", is_workday=set[date]().__contains__, roll_forward=True)


starts = st.dates(date(2025, 6, 1), date(2025, 12, 31))


@given(starts, st.integers(1, 60), st.booleans())
def test_workdays_between_are_as_many_as_the_limit(start: date, length: int, from_next: bool) -> None:
    due, _ = due_date(
        start, length, "WD", is_workday=is_workday, roll_forward=True, count_from_next_day=from_next
    )
    first = start + timedelta(days=1 if from_next else 0)
    counted = [first + timedelta(days=n) for n in range((due - first).days + 1)]
    assert sum(map(is_workday, counted)) == length
    assert is_workday(due)


@given(starts, st.integers(1, 24), st.sampled_from(["CD", "M"]))
def test_a_rolled_limit_ends_on_the_first_workday_not_before_its_last_day(
    start: date, length: int, unit: LimitUnit
) -> None:
    due, _ = due_date(start, length, unit, is_workday=is_workday, roll_forward=True)
    last = start + timedelta(days=length) if unit == "CD" else add_months(start, length)
    assert due >= last
    assert is_workday(due)
    assert not any(is_workday(last + timedelta(days=n)) for n in range((due - last).days))


@given(starts, st.integers(1, 40))
def test_counting_back_leaves_the_whole_notice(start: date, length: int) -> None:
    due, _ = due_date(start, -length, "WD", is_workday=is_workday, roll_forward=True)
    assert sum(is_workday(due + timedelta(days=n)) for n in range((start - due).days)) == length
