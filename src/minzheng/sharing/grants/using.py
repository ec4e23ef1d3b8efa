"""Using a grant (使用授权): what allows a call, how often, and the count of every use. What no grant allows is refused.

Whether a grant stands is asked of the database at every call, so that a withdrawn one ends at once. A use is one row added in
one statement; nothing is locked and nothing counted up, so that calls never wait for each other. How much of a quota is used is
counted from those rows at most once a second by each process, which adds its own calls in between.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.models import Grant, Use

FRESH_S = 1.0
MOST_SUBJECTS = 20


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A quota that is used up (超出限额): ``again_in_s`` seconds until it is not."""

    limit: int
    per: str
    again_in_s: int


def grant_for(client: str, data_set: str, method: str, *, at: datetime) -> Grant | None:
    """The grant that allows a system this use of a data set at a moment, the newest; None where none does (取授权)."""
    with as_node():
        return (
            Grant.objects.select_related("client")
            .filter(
                client_id=client, client__disabled_at__isnull=True, data_set=data_set, methods__contains=[method],
                from_at__lte=at, until_at__gt=at, withdrawn_at__isnull=True,
            )
            .order_by("-id")
            .first()
        )  # fmt: skip


def open_grants(ids: Iterable[int], method: str, *, at: datetime) -> dict[int, Grant]:
    """Of these grants those that allow a use at a moment, by number (有效授权)."""
    with as_node():
        found = Grant.objects.select_related("client").filter(
            pk__in=list(ids), client__disabled_at__isnull=True, methods__contains=[method], from_at__lte=at, until_at__gt=at,
            withdrawn_at__isnull=True,
        )  # fmt: skip
        return {grant.pk: grant for grant in found}


def granted_sets(client: str, *, at: datetime) -> list[str]:
    """The data sets a system may have anything of at a moment (可用数据集)."""
    with as_node():
        found = Grant.objects.filter(
            client_id=client, client__disabled_at__isnull=True, from_at__lte=at, until_at__gt=at,
            withdrawn_at__isnull=True,
        )  # fmt: skip
        return sorted(set(found.values_list("data_set", flat=True)))


def count_use(
    grant: Grant, method: str, *, at: datetime, units: int = 1, hits: int = 0, status: int = 200, took_ms: int = 0,
    ip: str | None = None, subjects: Sequence[UUID] = (), request_digest: bytes | None = None,
    answer_digest: bytes | None = None, use_id: UUID | None = None,
) -> Use:  # fmt: skip
    """Keep one use (计数): one INSERT, as the node, in the caller's transaction where there is one."""
    use = Use(
        id=use_id or uuid7(at), grant=grant, method=method, at=at, status=status, units=units, hits=hits,
        took_ms=min(took_ms, 2**31 - 1), ip=ip or None, subject_ids=list(subjects)[:MOST_SUBJECTS],
        request_digest=request_digest, answer_digest=answer_digest,
    )  # fmt: skip
    with as_node():
        use.save(force_insert=True)
    return use


@dataclass(slots=True)
class _Tally:
    """What a process knows of one grant's uses."""

    read_at: float = float("-inf")
    minute: datetime | None = None
    day: datetime | None = None
    in_minute: int = 0
    in_day: int = 0
    lock: Lock = field(default_factory=Lock)


_tallies: dict[int, _Tally] = {}


def take_quota(grant: Grant, *, at: datetime, units: int = 1) -> Exceeded | None:
    """Take units from a grant's quotas; says which is used up, and then takes none (限额)."""
    tally = _tallies.setdefault(grant.pk, _Tally())
    with tally.lock:
        _refresh(tally, grant, at)
        if tally.in_minute + units > grant.per_minute:
            return Exceeded(grant.per_minute, "分钟", 60 - at.second)
        if tally.in_day + units > grant.per_day:
            until_midnight = _day_of(at) + timedelta(days=1) - at
            return Exceeded(grant.per_day, "日", int(until_midnight.total_seconds()) + 1)
        tally.in_minute += units
        tally.in_day += units
    return None


def forget_tallies() -> None:
    """Count anew at the next call (重新计数)."""
    _tallies.clear()


def _refresh(tally: _Tally, grant: Grant, at: datetime) -> None:
    """Once a second: what other processes have used is in the table; what this one has under way may not be yet."""
    minute = at.replace(second=0, microsecond=0)
    day = _day_of(at)
    rolled = (tally.minute, tally.day) != (minute, day)
    if not rolled and time.monotonic() - tally.read_at < FRESH_S:
        return
    with as_node():
        uses = Use.objects.filter(grant_id=grant.pk)
        counted = _units(uses.filter(at__gte=minute))
        # A day may hold a hundred thousand: what is before this minute is counted once a minute.
        before = (
            tally.in_day - tally.in_minute if not rolled else _units(uses.filter(at__gte=day, at__lt=minute))
        )
    tally.in_minute = counted if rolled else max(counted, tally.in_minute)
    tally.in_day = before + tally.in_minute
    tally.minute, tally.day, tally.read_at = minute, day, time.monotonic()


def _day_of(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _units(uses: object) -> int:
    return int(uses.aggregate(n=Sum("units"))["n"] or 0)  # type: ignore[attr-defined]
