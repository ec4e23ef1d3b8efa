from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.money import MAX_FEN, Unit, format_large, format_yuan, parse_fen

amounts = st.integers(-MAX_FEN, MAX_FEN)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,605.00", 160500),
        ("1605元", 160500),
        ("￥1605", 160500),
        ("¥1,605.5", 160550),
        ("１，６０５．００", 160500),
        ("人民币1605.00元整", 160500),
        (" 1 605\n", 160500),
        ("0.02", 2),
        (".5", 50),
        ("7.", 700),
        ("1605.000", 160500),
        ("1.2万", 1_200_000),
        ("1.23456万元", 1_234_560),
        ("3亿", 30_000_000_000),
        ("160500分", 160500),
        ("-5", -500),
        ("−5", -500),
        ("－0.01", -1),
        ("￥-5", -500),
        ("+5", 500),
        ("0", 0),
        ("-0.00", 0),
        ("92233720368547758.07", MAX_FEN),
    ],
)
def test_parse(written: str, fen: int) -> None:
    assert parse_fen(written) == fen


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("", "为空"),
        ("　", "为空"),
        ("16,05", "不是金额"),
        ("1,0000", "不是金额"),
        ("1.005", "超过两位"),
        ("0.5分", "不足一分"),
        ("(5)", "不是金额"),
        ("1e3", "不是金额"),
        ("$5", "不是金额"),
        (".", "不是金额"),
        ("元", "不是金额"),
        ("无", "不是金额"),
        ("nan", "不是金额"),
        ("٣", "不是金额"),
        ("--5", "正负号"),
        ("92233720368547758.08", "过大"),
        ("9" * 5000, "不是金额"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_fen(written)


def test_the_unit_of_the_column_holds_unless_the_cell_says_otherwise() -> None:
    assert parse_fen("50", "万元") == 50_000_000
    assert parse_fen("0.000001", "万元") == 1
    assert parse_fen("50元", "万元") == 5000
    assert parse_fen("160500", "分") == 160500


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "0.00元"),
        (-1, "-0.01元"),
        (999_999, "9,999.99元"),
        (1_000_000, "1.00万元"),
        (12_345_000, "12.35万元"),
        (-12_345_000, "-12.35万元"),
        (9_999_499_999, "9,999.50万元"),
        (9_999_994_999, "9,999.99万元"),
        (9_999_995_000, "1.00亿元"),
        (12_345_678_900, "1.23亿元"),
    ],
)
def test_format_large(fen: int, shown: str) -> None:
    assert format_large(fen) == shown


def test_format_yuan() -> None:
    assert [format_yuan(fen) for fen in (160500, -5, 0, 123456789)] == [
        "1,605.00",
        "-0.05",
        "0.00",
        "1,234,567.89",
    ]


@given(amounts)
def test_what_is_shown_reads_back(fen: int) -> None:
    assert parse_fen(format_yuan(fen)) == fen


@given(amounts)
def test_a_large_amount_is_never_more_than_half_a_step_off(fen: int) -> None:
    shown = format_large(fen)
    step = {"元": 1, "万元": 10_000, "亿元": 100_000_000}[shown.lstrip("-0123456789,.")]
    assert abs(parse_fen(shown) - fen) * 2 <= step if abs(fen) < MAX_FEN - step else True


@given(st.decimals(-(10**12), 10**12, places=6), st.sampled_from(["元", "万元"]))
def test_agrees_with_decimal(value: Decimal, unit: Unit) -> None:
    exact = value * (100 if unit == "元" else 1_000_000)
    if exact == int(exact):
        assert parse_fen(f"{value:f}", unit) == int(exact)
    else:
        with pytest.raises(ValueError, match="不足一分"):
            parse_fen(f"{value:f}", unit)


@given(st.text(max_size=50))
def test_any_text_gives_an_amount_or_a_reason(text: str) -> None:
    try:
        parse_fen(text)
    except ValueError as reason:
        assert "金额" in str(reason) or "正负号" in str(reason)
