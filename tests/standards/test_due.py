"""When a limit ends, by the published rules and the calendar."""

from datetime import date

import chinese_calendar
import pytest

from minzheng.standards import services
from minzheng.standards.calendar import load_calendar
from minzheng.standards.due import due
from minzheng.standards.errors import LintError, StandardsError, UnknownStandardError

from .conftest import AT

pytestmark = pytest.mark.usefixtures("published")


def test_workdays_over_the_national_day() -> None:
    found = due("低保.审核", start=date(2025, 9, 25), division_code="330106")
    assert found.due == date(2025, 10, 22)  # 28 Sept and 11 Oct are make-up workdays, 1–8 Oct holidays
    assert found.basis == "某条例第11条"
    assert (found.confidence, found.confidence_label) == ("confirmed", "已核")
    assert found.division_name == "浙江省杭州市西湖区"
    assert any("休息日12天不计" in line for line in found.counted)


def test_calendar_days_roll_over_a_holiday() -> None:
    found = due("低保.公示", start=date(2025, 1, 24), division_code="330000")
    assert found.due == date(2025, 2, 5)  # 31 January is in the Spring Festival


def test_days_before() -> None:
    assert due("募捐.备案", start=date(2026, 3, 11), division_code="330000").due == date(2026, 3, 1)


def test_a_fixed_day_of_the_year() -> None:
    assert due("年检.报送", start=date(2026, 3, 31), division_code="330000").due == date(2026, 3, 31)
    late = due("年检.报送", start=date(2026, 4, 1), division_code="330000")
    assert (late.due, late.confidence_label) == (date(2027, 3, 31), "待核")


def test_hours_are_not_counted_in_days() -> None:
    found = due("灾情.初报", start=date(2026, 4, 1), division_code="330000")
    assert found.due is None
    assert "2小时" in found.counted[0]


def test_unknown_step_names_the_nearest() -> None:
    with pytest.raises(UnknownStandardError, match=r"没有环节“低保\.审批”, 相近的有: 低保\.审核"):
        due("低保.审批", start=date(2026, 4, 1), division_code="330000")
    with pytest.raises(UnknownStandardError, match="没有区划代码"):
        due("低保.审核", start=date(2026, 4, 1), division_code="999999")
    with pytest.raises(UnknownStandardError, match="没有有效的规定"):
        due("低保.审核", start=date(2000, 4, 1), division_code="330000")


def test_years_the_calendar_does_not_know_are_said() -> None:
    beyond = max(chinese_calendar.holidays).year + 1
    found = due("低保.审核", start=date(beyond, 3, 1), division_code="330000")
    assert str(beyond) in found.calendar_remark
    assert found.counted[-1] == found.calendar_remark
    assert due("低保.审核", start=date(2025, 3, 3), division_code="330000").calendar_remark == ""


def test_the_administrators_word_comes_last() -> None:
    typhoon = date(2026, 3, 4)
    assert due("低保.审核", start=date(2026, 3, 2), division_code="330000").due == date(2026, 3, 23)
    services.set_workday(day=typhoon, is_workday=False, name="台风停工", source="省政府通知", by="甲", at=AT)
    assert due("低保.审核", start=date(2026, 3, 2), division_code="330000").due == date(2026, 3, 24)
    assert services.forget_workday(day=typhoon, by="甲", at=AT)
    assert not services.forget_workday(day=typhoon, by="甲", at=AT)
    assert load_calendar().is_workday(typhoon)


def test_a_correction_needs_its_source() -> None:
    with pytest.raises(StandardsError, match="依据"):
        services.set_workday(day=date(2027, 1, 1), is_workday=False, name="元旦", source=" ", by="甲", at=AT)


def test_a_years_notice_is_handed_in_as_a_file() -> None:
    content = "date,is_workday,name,source\n2027-01-01,0,元旦,国办通知\n2027-01-03,1,补班,国办通知\n"
    assert services.import_workdays(content.encode(), by="甲", at=AT) == 2
    calendar = load_calendar()
    assert not calendar.is_workday(date(2027, 1, 1))
    assert calendar.is_workday(date(2027, 1, 3))
    assert calendar.remark == ""
    with pytest.raises(LintError, match=r"workdays\.csv:2"):
        services.import_workdays(b"date,is_workday,name,source\n2027-13-01,0,,x\n", by="x", at=AT)
