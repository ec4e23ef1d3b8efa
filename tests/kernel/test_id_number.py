from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from minzheng.kernel.id_number import (
    CHECK_CHARACTERS,
    birth_date,
    check_digit,
    normalise,
    problem,
    sex_code,
)

TODAY = date(2026, 11, 21)
GOOD = ["33010619900101123X", "330282195512310040", "33032719880229045X"]

counties = st.sampled_from(["330106", "330103", "330199", "331127", "110101"])
birthdays = st.dates(date(1880, 1, 1), TODAY)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    body = f"{draw(counties)}{draw(birthdays):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + check_digit(body)


@pytest.mark.parametrize("number", GOOD)
def test_known_numbers_pass(number: str) -> None:
    assert problem(number, today=TODAY) is None


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("", "为空"),
        ("3301061990010112", "应为18位，实为16位"),
        ("330106900101123", "应为18位"),
        ("33010619900101I23X", "应为数字"),
        ("33010619900101１23X", "应为数字"),
        ("33010619900101123x", "末位"),
        ("00010619900101123X", "省级"),
        ("99010619900101123X", "省级"),
        ("330106198902290017", "不存在"),
        ("330106199013010017", "不存在"),
        ("330106202611220013", "晚于今天"),
        ("330106187611200013", "超过150年"),
        ("330106199001011231", "校验码不正确"),
        ("330106199001011321", "校验码不正确"),
    ],
)
def test_a_bad_number_is_refused_with_its_reason(number: str, word: str) -> None:
    assert word in (problem(number, today=TODAY) or "")


def test_born_today_and_150_years_ago_pass() -> None:
    for day in (TODAY, date(1876, 11, 21)):
        body = f"330106{day:%Y%m%d}001"
        assert problem(body + check_digit(body), today=TODAY) is None


def test_a_leap_day_150_years_ago_needs_no_anniversary() -> None:
    body = "33010618760229001"
    number = body + check_digit(body)
    assert problem(number, today=date(2026, 2, 28)) is None
    assert "150" in (problem(number, today=date(2026, 3, 1)) or "")


def test_an_abolished_county_stays_good_for_life() -> None:
    for county in ("330103", "330621", "330185", "331021"):
        body = county + "19600615021"
        assert problem(body + check_digit(body), today=TODAY) is None


def test_sample_numbers_pass_only_where_allowed() -> None:
    body = "33019919900101123"
    number = body + check_digit(body)
    assert problem(number, today=TODAY) is None
    assert "测试" in (problem(number, today=TODAY, synthetic=False) or "")
    assert problem(GOOD[0], today=TODAY, synthetic=False) is None


@pytest.mark.parametrize(
    "written",
    [
        "33010619900101123x",
        " 330106 19900101 123X\n",
        "３３０１０６１９９００１０１１２３Ｘ",
        "330106\u300019900101\u200b123ｘ",
        "330106900101123",
    ],
)
def test_what_legacy_systems_send_is_normalised(written: str) -> None:
    assert normalise(written) == "33010619900101123X"


def test_parts() -> None:
    assert birth_date(GOOD[2]) == date(1988, 2, 29)
    assert [sex_code(number) for number in GOOD] == ["1", "2", "1"]
    for part in (birth_date, sex_code):
        with pytest.raises(ValueError, match="没有"):
            part("330106")
    with pytest.raises(ValueError, match="17位"):
        check_digit("123")


@given(numbers())
def test_a_well_made_number_passes_and_agrees_with_the_parts(number: str) -> None:
    assert problem(number, today=TODAY) is None
    assert f"{birth_date(number):%Y%m%d}" == number[6:14]
    assert sex_code(number) == ("1" if int(number[16]) % 2 else "2")
    assert ric.calc_check_digit(number) == number[17]


@given(numbers(), st.integers(0, 17), st.sampled_from(CHECK_CHARACTERS))
def test_one_wrong_character_is_always_found(number: str, at: int, character: str) -> None:
    wrong = number[:at] + character + number[at + 1 :]
    assert (problem(wrong, today=TODAY) is None) == (wrong == number)


@given(numbers(), st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert (problem(swapped, today=TODAY) is None) == (swapped == number)


@given(st.text(max_size=24))
def test_normalising_twice_changes_nothing_and_checking_never_fails(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    problem(once, today=TODAY)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_an_old_number_keeps_its_birthday(born: date, sequence: int) -> None:
    number = normalise(f"330106{born:%y%m%d}{sequence:03d}")
    assert birth_date(number) == born
    assert problem(number, today=TODAY + timedelta(days=1)) is None
