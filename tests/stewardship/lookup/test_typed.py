"""What was typed is recognised, and pinyin is cut as people type it."""

from datetime import date

import pytest
from tests.exchange.numbers import number

from minzheng.stewardship.lookup.asked import Asked, AskedWronglyError, Cursor
from minzheng.stewardship.lookup.recognising import recognise
from minzheng.stewardship.lookup.spelling import may_be_initials, readings

TODAY = date(2026, 3, 1)
USCC = "51330100MJ8800018P"


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        (number(1), "id_number", number(1)),
        (f" {number(1).lower()} ", "id_number", number(1)),
        ("３３０１０６", "division", "330106"),
        ("330106001", "division", "330106001"),
        ("13800001234", "phone", "13800001234"),
        ("+86 138-0000-1234", "phone", "13800001234"),
        ("0571-88880000", "phone", "057188880000"),
        ("J330106-2020-000001", "certificate", "J330106-2020-000001"),
        ("浙低保123", "certificate", "浙低保123"),
        ("王　晓", "name", "王晓"),
        ("張三", "name", "张三"),
        ("买买提·艾力", "name", "买买提艾力"),
        ("Wang Xiao", "pinyin", "wangxiao"),
        ("lü", "pinyin", "lv"),
        ("wx", "pinyin", "wx"),
        ("w", "short", "w"),
        ("···", "short", ""),
    ],
)
def test_a_text_is_taken_for_what_it_is(typed, kind, text):
    found = recognise(typed, today=TODAY)
    assert (found.kind, found.text) == (kind, text)


def test_a_number_with_a_wrong_check_character_is_still_a_number_and_says_so():
    wrong = number(1)[:17] + ("1" if number(1)[17] != "1" else "2")
    found = recognise(wrong, today=TODAY)
    assert found.kind == "id_number" and "校验码" in found.problem


def test_a_credit_code_is_told_from_a_number():
    from minzheng.kernel import uscc

    body = "51330100" + "MJ880001"
    body += uscc.body_check_character("MJ880001")
    code = body + uscc.check_character(body)
    assert recognise(code.lower(), today=TODAY).kind == "uscc"
    assert "不正确" in recognise(code[:17] + ("0" if code[17] != "0" else "1"), today=TODAY).problem


@pytest.mark.parametrize(
    ("typed", "first", "among"),
    [
        ("wangxiao", ("wang", "xiao"), ("wang", "xiao")),
        ("xian", ("xian",), ("xi", "an")),
        ("zhangjianguo", ("zhang", "jian", "guo"), ("zhang", "jian", "guo")),
        ("wangx", ("wang", "x"), ("wang", "x")),
        ("zho", ("zho",), ("zho",)),
    ],
)
def test_pinyin_is_cut_into_syllables(typed, first, among):
    assert readings(typed)[0] == first and among in readings(typed)


def test_what_cannot_be_pinyin_may_be_initials():
    assert readings("wxm") == () and may_be_initials("wxm")
    assert not may_be_initials("wix")


def test_a_question_comes_back_from_its_seal_and_says_nothing_without_the_key(home):
    asked = Asked.read({"q": number(1), "division": "330106", "since": "2026-01-01", "state": "alive"})
    sealed = asked.sealed()
    assert Asked.opened(sealed) == asked
    assert number(1).encode() not in sealed
    assert Asked.opened(b"x" * 40) == Asked() == Asked.opened(None)


def test_a_cursor_is_opaque_and_one_that_was_made_up_is_none(home):
    cursor = Cursor(("wang xiao", "王晓", "1"), 1200, 2)
    assert Cursor.of(cursor.token()) == cursor
    assert "wang" not in cursor.token()
    assert Cursor.of("abc") is None and Cursor.of("") is None and Cursor.of(cursor.token()[:-4]) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"since": "2026-02-01", "until": "2026-01-01"}, "早于"),
        ({"since": "yesterday"}, "不是日期"),
        ({"division": "33x"}, "区划代码"),
        ({"state": "asleep"}, "可选范围"),
        ({"business": "nobody"}, "可选范围"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_in_words(given, says):
    with pytest.raises(AskedWronglyError, match=says):
        Asked.read({"q": "王"} | given)
