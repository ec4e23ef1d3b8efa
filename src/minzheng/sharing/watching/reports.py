"""How roads do, told upward (道路报告): each node tells its upper one of its own road and of those it has been told of."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from minzheng import __version__
from minzheng.foundation.crypto.sm2 import sm3
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import configuration, receiving, sending
from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.models import Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.watching.models import RoadState, Stream
from minzheng.sharing.watching.terms import SLOW_AFTER_S, STALE_AFTER_S, Condition, Way

PROTOCOL = 1  # of what nodes say to each other; a difference is told of
CLOCK_SLOW_MS = 30_000
MOST_TOLD, MOST_SAID = 2_000, 300


def echoed(member: Member, content: bytes) -> dict[str, Any]:
    """What this node answers to a peer that tests the road (回声)."""
    version = configuration.current()
    seq, root = receiving.last_taken(member)
    return {
        "echo": sm3(content).hex(), "code": own_code(), "version": __version__, "protocol": PROTOCOL,
        "time": timezone.now().isoformat(), "configuration": version.version if version else 0,
        "taken": seq, "taken_root": root, "made": sending.last_made(member),
        "acknowledged": sending.last_acknowledged(member),
    }  # fmt: skip


def note_own(*, at: datetime) -> None:
    """The roads that end here, from what was measured of them (本节点的道路)."""
    around = peers()
    roads = {road.peer_code: road for road in Road.objects.all()}
    streams: dict[str, list[Stream]] = {}
    for one in Stream.objects.filter(way=Way.NODE, data_set=""):
        streams.setdefault(one.peer_code, []).append(one)
    for member in (*around.below, *([around.above] if around.above else [])):
        road, mine = roads.get(member.code), streams.get(member.code, [])
        lower, upper = (own_code(), member.code) if member == around.above else (member.code, own_code())
        problem = next((one.problem for one in mine if one.problem), "") or (road.problem if road else "")
        RoadState.objects.update_or_create(
            lower_code=lower,
            defaults={
                "upper_code": upper, "condition": _condition(road, mine, at),
                "backlog": sum(one.backlog for one in mine), "lag_s": max((one.lag_s for one in mine), default=0),
                "clock_ahead_ms": road.clock_ahead_ms if road else None, "reached_at": road.reached_at if road else None,
                "problem": problem, "told_by": own_code(), "told_at": at,
            },
        )  # fmt: skip


def tell_upper(*, at: datetime) -> int:
    """Hand up what is known of the roads below and of one's own (上报道路); how many, 0 at the top."""
    above = peers().above
    if above is None:
        return 0
    known = RoadState.objects.filter(told_at__gte=at - timedelta(seconds=STALE_AFTER_S))
    rows = [_said(one) for one in known.order_by("lower_code")[:MOST_TOLD]]
    with Caller(above) as caller:
        caller.ask("POST", "/state", {"roads": rows})
    return len(rows)


def take(member: Member, content: bytes, *, at: datetime) -> int:
    """Keep what a lower node tells of the roads below it, never of another's (收道路报告). Raises ``MemberError``."""
    if member.code not in {one.code for one in peers().below}:
        raise MemberError(f"{member} 不是本节点的下级, 不收它的道路报告")
    below = _below(member)
    kept = 0
    for row in _rows(content):
        lower = str(row.get("lower", ""))
        if lower == member.code or lower not in below:
            continue  # the road that ends here is seen from here
        _keep(row, lower, below[lower], member, at)
        kept += 1
    return kept


def condition_of(state: RoadState, *, at: datetime) -> Condition:
    """How a road does now: what was told too long ago is unknown (当前状况)."""
    if (at - state.told_at).total_seconds() > STALE_AFTER_S:
        return Condition.UNKNOWN
    return Condition(state.condition)


def _condition(road: Road | None, streams: Iterable[Stream], at: datetime) -> Condition:
    if road is None or road.reached_at is None:
        return Condition.BROKEN if road is not None and road.problem else Condition.UNKNOWN
    silent = (at - road.reached_at).total_seconds()
    if silent > STALE_AFTER_S or road.problem or any(one.stopped for one in streams):
        return Condition.BROKEN
    late = any(one.lag_s > SLOW_AFTER_S for one in streams)
    return Condition.SLOW if late or abs(road.clock_ahead_ms or 0) > CLOCK_SLOW_MS else Condition.FINE


def _below(member: Member) -> dict[str, str]:
    """Member → its upper, of all that lie below one."""
    uppers = dict(Member.objects.filter(kind=Member.NODE).values_list("code", "upper_code"))
    found: dict[str, str] = {}
    for code, upper in uppers.items():
        at, steps = upper, 0
        while at and at != member.code and steps < 10:
            at, steps = uppers.get(at, ""), steps + 1
        if at == member.code:
            found[code] = upper
    return found


def _rows(content: bytes) -> list[dict[str, Any]]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    rows = said.get("roads") if isinstance(said, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_TOLD:
        raise MemberError("道路报告的格式不对")
    return [row for row in rows if isinstance(row, dict)]


def _said(one: RoadState) -> dict[str, Any]:
    return {
        "lower": one.lower_code, "condition": one.condition, "backlog": one.backlog, "lag_s": one.lag_s,
        "clock_ahead_ms": one.clock_ahead_ms, "reached_at": one.reached_at.isoformat() if one.reached_at else None,
        "problem": one.problem, "told_at": one.told_at.isoformat(),
    }  # fmt: skip


def _keep(row: dict[str, Any], lower: str, upper: str, member: Member, at: datetime) -> None:
    condition = str(row.get("condition"))
    told_at = min(_moment(row.get("told_at")) or at, at)
    RoadState.objects.update_or_create(
        lower_code=lower,
        defaults={
            "upper_code": upper, "condition": condition if condition in Condition.values else Condition.UNKNOWN,
            "backlog": _number(row.get("backlog")), "lag_s": _number(row.get("lag_s")),
            "clock_ahead_ms": _number(row.get("clock_ahead_ms")) if row.get("clock_ahead_ms") is not None else None,
            "reached_at": _moment(row.get("reached_at")), "problem": str(row.get("problem", "")).replace("\0", "")[:MOST_SAID],
            "told_by": member.code, "told_at": told_at,
        },
    )  # fmt: skip


def _number(value: Any) -> int:
    return max(-(2**53), min(2**53, value)) if isinstance(value, int) and not isinstance(value, bool) else 0


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
