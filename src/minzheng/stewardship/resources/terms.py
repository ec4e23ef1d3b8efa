"""The words of the catalogue and of feeds (目录与接口用语): cycles, whether a feed is in time."""

from enum import StrEnum

from minzheng.kernel.workday import LimitUnit

CYCLE_TABLE = "UPDATE_CYCLE"
# Code of UPDATE_CYCLE → how long after one delivery the next is promised; 9 (不定期) promises nothing.
CYCLES: dict[str, tuple[int, LimitUnit]] = {
    "1": (1, "WD"),
    "2": (1, "WD"),
    "3": (7, "CD"),
    "4": (1, "M"),
    "5": (3, "M"),
    "6": (1, "Y"),
}


class Punctuality(StrEnum):
    """Where a source stands against what it promised (按期情况), from the worst."""

    VERY_LATE = "very_late"
    LATE = "late"
    DUE = "due"
    ON_TIME = "on_time"
    NO_PROMISE = "no_promise"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        """As officials say it (中文名)."""
        return PUNCTUALITY[self][0]

    @property
    def tone(self) -> str:
        """The tone it is shown in: ok, info, warn, bad or none (色调)."""
        return PUNCTUALITY[self][1]

    @property
    def is_late(self) -> bool:
        """Whether the promised day is over (是否逾期)."""
        return self in (Punctuality.LATE, Punctuality.VERY_LATE)


PUNCTUALITY = {
    Punctuality.VERY_LATE: ("严重逾期", "bad"),
    Punctuality.LATE: ("逾期", "warn"),
    Punctuality.DUE: ("今日应到", "info"),
    Punctuality.ON_TIME: ("按期", "ok"),
    Punctuality.NO_PROMISE: ("不定期", ""),
    Punctuality.ABSENT: ("未接入", ""),
}
WORST_FIRST = tuple(PUNCTUALITY)
