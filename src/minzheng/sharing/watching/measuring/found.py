"""What is measured of a stream at one moment (测量结果)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLED = timedelta(seconds=5)  # what is written later than this before the look is counted at the next one


@dataclass(slots=True)
class Found:
    """One stream now, and what it did since the last look (流的测量). ``None`` of ``last_success_at``: none since then."""

    way: str
    peer_code: str
    peer_name: str
    direction: str
    data_set: str
    division_code: str
    backlog: int = 0
    oldest_at: datetime | None = None
    batches: int = 0
    units: int = 0
    size: int = 0
    refused: int = 0
    last_success_at: datetime | None = None
    problem: str = ""
    stopped: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """By which the stream is known."""
        return self.way, self.peer_code, self.direction, self.data_set, self.division_code


@dataclass(frozen=True, slots=True)
class Window:
    """From the last look to this one (时段): half open; ``after_batch`` the last number seen in the log of node batches."""

    since: datetime
    at: datetime
    after_batch: int

    @property
    def first(self) -> datetime:
        """From when on is counted by time."""
        return self.since - SETTLED

    @property
    def last(self) -> datetime:
        """Up to when."""
        return self.at - SETTLED
