"""Formats of GB/T 19488.1 and what narrows them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.standards.formats import parse_format, parse_range, range_is_within


@pytest.mark.parametrize(
    ("text", "shortest", "longest", "scale"),
    [("a..50", 0, 50, 0), ("an18", 18, 18, 0), ("n..12,2", 0, 12, 2), ("d8", 8, 8, 0), ("an3..10", 3, 10, 0)],
)
def test_takes_a_format_apart(text: str, shortest: int, longest: int, scale: int) -> None:
    parsed = parse_format(text)
    assert (parsed.shortest, parsed.longest, parsed.scale) == (shortest, longest, scale)


@pytest.mark.parametrize("text", ["", "x5", "a..", "an9..3", "12"])
def test_refuses_what_is_no_format(text: str) -> None:
    with pytest.raises(ValueError, match="表示格式"):
        parse_format(text)


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ("a..20", "a..50", True), ("a..60", "a..50", False), ("n6", "an..10", True), ("an6", "n..10", False),
        ("n..10,2", "n..12,2", True), ("n..12,3", "n..12,2", False), ("n..12,0", "n..12,2", False),
        ("an2", "an3..10", False),
    ],
)  # fmt: skip
def test_says_what_narrows(inner: str, outer: str, within: bool) -> None:
    assert parse_format(inner).is_within(parse_format(outer)) is within


@given(st.integers(1, 99), st.integers(1, 99))
def test_a_shorter_length_narrows_and_a_longer_one_does_not(one: int, other: int) -> None:
    assert parse_format(f"a..{one}").is_within(parse_format(f"a..{other}")) is (one <= other)


def test_number_ranges() -> None:
    assert parse_range("0..100") == (Decimal(0), Decimal(100))
    assert parse_range("18..") == (Decimal(18), None)
    assert parse_range("SEX") is None
    assert range_is_within((Decimal(1), Decimal(5)), (Decimal(0), None))
    assert not range_is_within((None, Decimal(5)), (Decimal(0), Decimal(9)))
