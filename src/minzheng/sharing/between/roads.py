"""What a node hears of its peers (道路状况): when they last spoke, and how far their clocks are from this one's.

The upper node hears its lower ones when they call; a lower one asks its upper node for the time once a minute. Written down at
most every few seconds a process: a busy road must not be slowed by being watched.
"""

import threading
import time
from datetime import datetime, timedelta

from django.utils import timezone

from minzheng.foundation.members.models import Member
from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.models import Road

WRITTEN_EVERY_S, CLOCKS_EVERY_S = 10.0, 60.0
MOST_MS = 10 * 365 * 86_400_000
_said: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def heard(member: Member, said_at: str, *, at: datetime) -> None:
    """A member has called, and said what time it is there (来电)."""
    if not _due(("heard", member.code), WRITTEN_EVERY_S):
        return
    values: dict[str, object] = {"tried_at": at, "reached_at": at, "problem": ""}
    ahead = ahead_ms(said_at, at)
    if ahead is not None:
        values["clock_ahead_ms"] = ahead
    Road.objects.update_or_create(peer_code=member.code, defaults=values)


def compare_clocks(caller: Caller) -> None:
    """Once a minute: what the upper node's clock says, against the middle of asking and hearing (对时)."""
    if not _due(("clock", caller.peer.code), CLOCKS_EVERY_S):
        return
    asked = timezone.now()
    answer = caller.ask("GET", "/about") or {}
    ahead = ahead_ms(str(answer.get("time", "")), asked + (timezone.now() - asked) / 2)
    Road.objects.filter(peer_code=caller.peer.code).update(clock_ahead_ms=ahead)


def ahead_ms(theirs: str, ours: datetime) -> int | None:
    """How far a clock is ahead of this one, in milliseconds; None for what is no time (时钟差)."""
    try:
        apart = (datetime.fromisoformat(theirs) - ours) / timedelta(milliseconds=1)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(-MOST_MS, min(MOST_MS, round(apart)))


def _due(key: tuple[str, str], every_s: float) -> bool:
    now = time.monotonic()
    with _lock:
        if now - _said.get(key, float("-inf")) < every_s:
            return False
        _said[key] = now
    return True
