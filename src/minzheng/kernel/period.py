"""Stretches of days and steps of months (期间)."""

import calendar
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` up to but not including ``end``; without ``end`` it goes on (半开期间).

    ValueError when it would hold no day.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"期间的终止日{self.end.isoformat()}应晚于起始日{self.start.isoformat()}")

    @property
    def days(self) -> int | None:
        """Number of days, None when open (天数)."""
        return None if self.end is None else (self.end - self.start).days

    def contains(self, day: date) -> bool:
        """Whether the day lies in it (包含)."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether both share a day (重叠)."""
        return self.intersect(other) is not None

    def intersect(self, other: "Period") -> "Period | None":
        """The days both share, None when there are none (交集)."""
        return self.clip(other.start, other.end)

    def clip(self, lower: date | None = None, upper: date | None = None) -> "Period | None":
        """The days from ``lower`` up to but not including ``upper``, None when none is left (截取)."""
        start = self.start if lower is None else max(self.start, lower)
        ends = [end for end in (self.end, upper) if end is not None]
        end = min(ends, default=None)
        return Period(start, end) if end is None or start < end else None


def add_months(day: date, months: int) -> date:
    """The same day some months on or back; the last of the month where it has no such day (月份加减).

    Source: 民法典 §202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
