"""When a step's time limit ends (期限届满日), from the published limits and the calendar."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from minzheng.kernel.workday import LABELS, due_date
from minzheng.standards.calendar import Calendar, load_calendar
from minzheng.standards.queries import TimeLimitSpec, division_name, time_limit
from minzheng.standards.terms import LIMIT_UNITS


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a limit and how it was found (期限). ``due`` None where the limit is not counted in days."""

    step: str
    start: date
    division_code: str
    division_name: str
    due: date | None
    counted: list[str]
    length: str
    unit: str
    unit_label: str
    starts_at: str
    direction: str
    basis: str
    rule_division_code: str
    effective_from: date | None
    confidence: str
    confidence_label: str
    calendar_remark: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """As plain data, dates as ``YYYY-MM-DD`` (输出)."""
        return {name: v.isoformat() if isinstance(v, date) else v for name, v in asdict(self).items()}


def due(step: str, *, start: date, division_code: str) -> Due:
    """The day a step's limit ends, counted from the day ``start`` (期限届满日).

    The rule of the most specific division valid on ``start`` holds. UnknownStandardError for an unknown step
    (naming the nearest ones), division or time.
    """
    name = division_name(division_code)
    limit = time_limit(step, division_code=division_code, on=start)
    calendar = load_calendar()
    end, counted = _count(limit, start, calendar)
    if calendar.remark:
        counted.append(calendar.remark)
    return Due(
        step=limit.step,
        start=start,
        division_code=division_code,
        division_name=name,
        due=end,
        counted=counted,
        length=limit.length,
        unit=limit.unit,
        unit_label=LIMIT_UNITS[limit.unit],
        starts_at=limit.starts_at,
        direction=limit.direction,
        basis=limit.legal_basis,
        rule_division_code=limit.division_code,
        effective_from=limit.effective_from,
        confidence=limit.confidence,
        confidence_label=limit.confidence_label,
        calendar_remark=calendar.remark,
        note=limit.note,
    )


def _count(limit: TimeLimitSpec, start: date, calendar: Calendar) -> tuple[date | None, list[str]]:
    if limit.unit == "date":
        return _fixed_day(limit.length, start)
    if limit.unit not in LABELS:
        return None, [f"期限{limit.length}{LIMIT_UNITS[limit.unit]}，自事件发生时刻起算，不按日推算"]
    length = int(limit.length)
    return due_date(
        start,
        -length if limit.direction == "before" else length,
        limit.unit,
        is_workday=calendar.is_workday,
        roll_forward=True,
    )


def _fixed_day(month_day: str, start: date) -> tuple[date, list[str]]:
    """The next such day of a year, on or after ``start``. 29 February falls on the 28th in a common year."""
    for year in (start.year, start.year + 1):
        try:
            found = date.fromisoformat(f"{year}-{month_day}")
        except ValueError:
            found = date(year, 2, 28)
        if found >= start:
            break
    return found, [
        f"每年{found.month}月{found.day}日前，自{start.isoformat()}起最近的一次为{found.isoformat()}"
    ]
