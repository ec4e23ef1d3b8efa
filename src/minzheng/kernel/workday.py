"""The last day of a time limit, and how it was counted (期限计算).

Source: 民法典 §201 (the day it begins does not count), §202 (corresponding day, or the last of the month),
§203 (a last day that is a holiday moves to the next workday). Which days are workdays is data and passed in.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, Literal

from minzheng.kernel.period import add_months

LimitUnit = Literal["WD", "CD", "M", "Y"]

LABELS: Final[dict[LimitUnit, str]] = {"WD": "个工作日", "CD": "日", "M": "个月", "Y": "年"}

_ONE: Final = timedelta(days=1)
_LONGEST_REST: Final = 60


def due_date(
    start: date,
    length: int,
    unit: LimitUnit,
    *,
    is_workday: Callable[[date], bool],
    roll_forward: bool,
    count_from_next_day: bool = True,
) -> tuple[date, list[str]]:
    """The day a limit ends and the steps of counting it, in Chinese (期限届满日).

    ``unit``: WD workdays, CD calendar days, M months, Y years. A negative ``length`` counts back from the
    start (提前…日): the result is the last day on which the limit is still kept, and it never moves
    forward, since that would shorten the notice. A limit of 0 ends on ``start`` itself.
    ValueError when no workday is found within two months: the calendar given is broken.
    """
    steps = [_first_step(start, length, unit, count_from_next_day)]
    if length == 0:
        due = start
    elif unit == "WD":
        due = _count_workdays(start, length, is_workday, count_from_next_day, steps)
    else:
        due = _count_calendar(start, length, unit, count_from_next_day)
        steps.append(f"期限{abs(length)}{LABELS[unit]}，末日为{_say(due)}")
    if roll_forward and length >= 0 and not is_workday(due):
        last, due = due, _next_workday(due, 1, is_workday)
        steps.append(f"末日{_say(last)}为休息日，顺延至{_say(due)}（民法典第二百零三条）")
    return due, steps


def _first_step(start: date, length: int, unit: LimitUnit, count_from_next_day: bool) -> str:
    if length == 0:
        return f"应于{_say(start)}当日办理"
    if length < 0:
        return f"自{_say(start)}向前推算，提前{-length}{LABELS[unit]}"
    if count_from_next_day:
        return f"{_say(start)}为起始日，不计入，自{_say(start + _ONE)}起算（民法典第二百零一条）"
    return f"自{_say(start)}当日起算"


def _count_calendar(start: date, length: int, unit: LimitUnit, count_from_next_day: bool) -> date:
    if unit == "CD":
        due = start + timedelta(days=length)
    else:
        due = add_months(start, length * 12 if unit == "Y" else length)
    if count_from_next_day:
        return due
    return due - _ONE if length > 0 else due + _ONE


def _count_workdays(
    start: date,
    length: int,
    is_workday: Callable[[date], bool],
    count_from_next_day: bool,
    steps: list[str],
) -> date:
    direction = 1 if length > 0 else -1
    left = abs(length)
    due = start
    if not count_from_next_day and is_workday(start):
        left -= 1
    while left:
        due = _next_workday(due, direction, is_workday)
        left -= 1
    between = abs((due - start).days) + (0 if count_from_next_day else 1)
    steps.append(f"期限{abs(length)}个工作日，其间休息日{between - abs(length)}天不计，末日为{_say(due)}")
    return due


def _next_workday(day: date, direction: int, is_workday: Callable[[date], bool]) -> date:
    for distance in range(1, _LONGEST_REST + 1):
        candidate = day + timedelta(days=distance * direction)
        if is_workday(candidate):
            return candidate
    raise ValueError(f"{_say(day)}前后{_LONGEST_REST}天内没有工作日，请检查工作日历")


def _say(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
