from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.period import Period, add_months

days = st.dates(date(2000, 1, 1), date(2001, 12, 31))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(days)
    return Period(start, draw(st.none() | st.integers(1, 400).map(lambda n: start + timedelta(days=n))))


def test_the_end_does_not_belong_to_it() -> None:
    period = Period(date(2025, 1, 1), date(2025, 2, 1))
    assert period.contains(date(2025, 1, 1))
    assert period.contains(date(2025, 1, 31))
    assert not period.contains(date(2025, 2, 1))
    assert period.days == 31
    assert Period(date(2025, 1, 1)).days is None
    assert not period.overlaps(Period(date(2025, 2, 1)))


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(ValueError, match="晚于起始日"):
        Period(date(2025, 1, 1), date(2025, 1, 1))


def test_clip() -> None:
    period = Period(date(2025, 1, 1))
    assert period.clip() == period
    assert period.clip(upper=date(2025, 1, 1)) is None
    assert period.clip(date(2025, 3, 1), date(2025, 4, 1)) == Period(date(2025, 3, 1), date(2025, 4, 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 2, 28), 1, date(2025, 3, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 1, 15), -1, date(2024, 12, 15)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 3, 31), 0, date(2025, 3, 31)),
    ],
)
def test_add_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(periods(), periods(), days)
def test_intersection_holds_exactly_the_shared_days(one: Period, two: Period, day: date) -> None:
    shared = one.intersect(two)
    assert shared == two.intersect(one)
    assert one.overlaps(two) == (shared is not None)
    assert (shared is not None and shared.contains(day)) == (one.contains(day) and two.contains(day))


@given(days, st.integers(-240, 240))
def test_months_move_the_month_and_keep_the_day_where_it_exists(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)
