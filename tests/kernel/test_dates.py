from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.dates import parse_date, parse_month

FORMS = [
    "{0:%Y-%m-%d}",
    "{0:%Y%m%d}",
    "{0:%Y.%m.%d}",
    "{0.year:04d}.{0.month}.{0.day}",
    "{0.year:04d}/{0.month}/{0.day}",
    "{0.year:04d}年{0.month}月{0.day}日",
    "{0:%Y-%m-%d} 00:00:00",
    "{0:%Y-%m-%d}T00:00:00",
    "{0:%Y%m%d} 0:00",
]
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        "2019-03-05",
        "2019.3.5",
        "2019/3/5",
        "20190305",
        "2019年3月5日",
        "2019年03月05",
        "2019-03-05 00:00:00",
        "2019-03-05 23:59:59.999",
        "2019-03-05T08:00:00+08:00",
        "2019/3/5 0:00",
        "2019 年 3 月 5 日",
        "2019. 3. 5",
        "２０１９．３．５",
        "2019年3月\n5日",
        "43529",
        "43529.0",
    ],
)
def test_parse_date(written: str) -> None:
    assert parse_date(written) == date(2019, 3, 5)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("", "为空"),
        ("2019-13-01", "不存在"),
        ("20190229", "不存在"),
        ("0000-01-01", "不存在"),
        ("2019-3/5", "不是日期"),
        ("19-3-5", "不是日期"),
        ("3/5/2019", "不是日期"),
        ("201903051", "不是日期"),
        ("2019年3月", "不是日期"),
        ("2019-03-0512:00", "不是日期"),
        ("不详", "不是日期"),
        ("2019²0305", "不是日期"),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_date(written)


@pytest.mark.parametrize(
    "written",
    ["201903", "2019-03", "2019.3", "2019/3", "2019年3月", "2019年03月份", "2019-03-01 00:00:00", "43525"],
)
def test_parse_month(written: str) -> None:
    assert parse_month(written) == "201903"


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("", "为空"),
        ("201913", "不存在"),
        ("201900", "不存在"),
        ("20193", "6位"),
        ("三月", "不是月份"),
        ("3", "不是月份"),
    ],
)
def test_what_is_no_month_is_refused_with_its_reason(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_month(written)


@given(days, st.sampled_from(FORMS))
def test_every_form_reads_back(day: date, form: str) -> None:
    written = form.format(day)
    assert parse_date(written) == day
    assert parse_month(written) == f"{day:%Y%m}"


@given(st.integers(10_000, 99_999))
def test_spreadsheet_day_numbers_count_days(serial: int) -> None:
    assert parse_date(str(serial)) - date(2019, 3, 5) == timedelta(days=serial - 43529)


@given(st.text(max_size=20) | st.text("0123456789-./年月日 :", max_size=14))
def test_any_text_gives_a_day_or_a_reason(text: str) -> None:
    for parse in (parse_date, parse_month):
        try:
            parse(text)
        except ValueError as reason:
            assert any(word in str(reason) for word in ("日期", "月份"))
