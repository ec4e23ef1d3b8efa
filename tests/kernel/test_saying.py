"""How counts and days are said."""

from datetime import date

import pytest

from minzheng.kernel.saying import say_count, say_day


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "1 万"),
        (123_456, "12.3 万"),
        (99_950, "10 万"),
        (12_345_678, "1,234.6 万"),
        (99_999_499, "9,999.9 万"),
        (99_999_500, "1 亿"),
        (250_000_000, "2.5 亿"),
        (-123_456, "-12.3 万"),
    ],
)
def test_a_count_is_said_in_wan_and_yi(value, said):
    assert say_count(value) == said


def test_a_day_is_said_as_in_a_letter():
    assert say_day(date(2026, 3, 5)) == "2026年3月5日"
