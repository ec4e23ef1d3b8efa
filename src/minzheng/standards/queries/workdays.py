"""The days an administrator has corrected (工作日调整)."""

from dataclasses import dataclass
from datetime import date, datetime

from minzheng.standards import models


@dataclass(frozen=True, slots=True)
class WorkdaySpec:
    """A day as the administrator said it is (工作日调整)."""

    date: date
    is_workday: bool
    name: str
    source: str
    by_name: str
    entered_at: datetime | None


def own_workdays() -> list[WorkdaySpec]:
    """All of them, newest day first (全部调整)."""
    rows = models.Workday.objects.filter(pack=None).order_by("-date")
    names = ("date", "is_workday", "name", "source", "by_name", "entered_at")
    return [WorkdaySpec(*row) for row in rows.values_list(*names)]
