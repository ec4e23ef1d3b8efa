"""Workdays, and the administrator's word on them (工作日)."""

import calendar as months
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import authenticated, requires
from minzheng.foundation.accounts.terms import Role
from minzheng.standards import services
from minzheng.standards.calendar import YEARS, Calendar, load_calendar, named_holiday
from minzheng.standards.errors import StandardsError
from minzheng.standards.exporting import export_workdays
from minzheng.standards.queries import own_workdays
from minzheng.web.desk.requests import acting_user
from minzheng.web.desk.standards.asked import tell_refusal

MANAGERS = (Role.STANDARDS_OFFICER, Role.ADMINISTRATOR)


@authenticated
@require_safe
def workdays(request: HttpRequest) -> HttpResponse:
    """A year's workdays month by month, and the days corrected here (工作日历)."""
    this_year = timezone.localdate().year
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and 1990 <= int(text) <= 2100 else this_year
    found = load_calendar()
    rows = [_month(year, number, found) for number in range(1, 13)]
    context = {
        "year": year,
        "years": range(this_year - 3, this_year + 3),
        "months": rows,
        "total": sum(row.count for row in rows),
        "remark": found.remark,
        "known": (YEARS[0], YEARS[-1]),
        "own": own_workdays(),
        "manages": acting_user(request).has_role(*MANAGERS),
    }
    return render(request, "desk/standards/workdays.html", context)


@dataclass(frozen=True, slots=True)
class Month:
    """A month: how many workdays, weekdays at rest by holiday, weekend days at work (月历)."""

    number: int
    count: int
    rests: list[tuple[date, str]]
    makeups: list[tuple[date, str]]


def _month(year: int, number: int, found: Calendar) -> Month:
    days = [date(year, number, day) for day in range(1, months.monthrange(year, number)[1] + 1)]
    works = {day for day in days if found.is_workday(day)}
    rests = [(day, named_holiday(day)) for day in days if day.weekday() < 5 and day not in works]
    makeups = [(day, named_holiday(day)) for day in days if day.weekday() >= 5 and day in works]
    return Month(number, len(works), rests, makeups)


@requires(*MANAGERS)
@require_POST
def set_day(request: HttpRequest) -> HttpResponse:
    """Add or correct a day (设定工作日)."""
    try:
        day = date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        messages.error(request, "请填写有效日期")
        return redirect("desk:standards:workdays")
    try:
        services.set_workday(
            day=day,
            is_workday=request.POST.get("is_workday") == "1",
            name=request.POST.get("name", "")[:100],
            source=request.POST.get("source", "")[:500],
            by=acting_user(request),
            at=timezone.now(),
        )
        messages.success(request, f"已设定 {day}")
    except StandardsError as error:
        tell_refusal(request, error)
    return redirect("desk:standards:workdays")


@requires(*MANAGERS)
@require_POST
def forget_day(request: HttpRequest) -> HttpResponse:
    """Take a correction back (取消设定)."""
    try:
        day = date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        return redirect("desk:standards:workdays")
    if services.forget_workday(day=day, by=acting_user(request), at=timezone.now()):
        messages.success(request, f"已取消 {day} 的设定")
    return redirect("desk:standards:workdays")


@requires(*MANAGERS)
@require_POST
def import_days(request: HttpRequest) -> HttpResponse:
    """Many days from a file (导入工作日)."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > 2**20:
        messages.error(request, "请选择不超过 1 MB 的 CSV 文件")
        return redirect("desk:standards:workdays")
    try:
        count = services.import_workdays(file.read(), by=acting_user(request), at=timezone.now())
        messages.success(request, f"已设定 {count} 天")
    except StandardsError as error:
        tell_refusal(request, error)
    return redirect("desk:standards:workdays")


@authenticated
@require_safe
def export_days(_request: HttpRequest) -> HttpResponse:
    """The days corrected here as CSV (导出工作日)."""
    answer = HttpResponse(b"\xef\xbb\xbf" + export_workdays(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, "工作日调整.csv")
    return answer
