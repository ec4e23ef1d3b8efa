"""Which days are workdays (工作日历): package, then packs, then the administrator."""

from dataclasses import dataclass, field
from datetime import date

import chinese_calendar
from django.db.models import F

from minzheng.standards import models

_FIRST_YEAR, _LAST_YEAR = min(chinese_calendar.holidays).year, max(chinese_calendar.workdays).year


@dataclass
class Calendar:
    """Workdays, remembering which years it could only guess (工作日历).

    Outside the package's years Monday to Friday count as workdays, and the year is noted in ``guessed``.
    """

    said: dict[date, bool]
    guessed: set[int] = field(default_factory=set)

    def is_workday(self, day: date) -> bool:
        """Whether a day is a workday (是否工作日)."""
        word = self.said.get(day)
        if word is not None:
            return word
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return bool(chinese_calendar.is_workday(day))
        self.guessed.add(day.year)
        return day.weekday() < 5

    @property
    def remark(self) -> str:
        """What the reader must know about guessed years, empty where none (说明)."""
        years = "、".join(str(year) for year in sorted(self.guessed))
        return f"{years}年节假日安排不在日历内，按周一至周五为工作日推算" if years else ""


def load_calendar() -> Calendar:
    """The calendar as published and corrected (载入工作日历)."""
    rows = models.Workday.objects.order_by(
        F("pack_id").asc(nulls_last=True)
    )  # the administrator's word comes last
    return Calendar(dict(rows.values_list("date", "is_workday")))


def named_holiday(day: date) -> str:
    """The package's name for a holiday or a make-up workday, empty for plain days (节假日名称)."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return ""
    _, name = chinese_calendar.get_holiday_detail(day)
    return _NAMES.get(name or "", "")


_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}
YEARS = range(_FIRST_YEAR, _LAST_YEAR + 1)
