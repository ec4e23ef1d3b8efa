"""Streams between nodes (节点间的流): from the queue, the log of batches and what is known of the roads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.foundation.members.models import Member
from minzheng.sharing.between.models import Road
from minzheng.sharing.between.routing import Peers, peers
from minzheng.sharing.watching.measuring.found import Found, Window
from minzheng.sharing.watching.terms import STALE_AFTER_S, Direction, Way

LOOK_BACK = 500  # batches made before the last look, whose acknowledgement may have come since


@dataclass(slots=True)
class _Standing:
    """Where the log of a stream stands: the last number in the register, the last refused and why."""

    taken: int = 0
    refused: int = 0
    problem: str = ""


def measured(window: Window) -> Iterator[Found]:
    """Every neighbour in both directions, as a whole and by data set (节点间的流)."""
    around = peers()
    found = {key: _new(member, key, around) for member, key in _whole(around)}
    names = {member.code: member for member in _all(around)}

    def stream(code: str, direction: str, data_set: str) -> Found | None:
        key = (code, direction, data_set)
        if code not in names:
            return None  # a member that is none any more
        return found.setdefault(key, _new(names[code], key, around))

    for code, data_set, count, since in _rows(_WAITING, []):
        for one in (stream(code, Direction.OUT, data_set), stream(code, Direction.OUT, "")):
            if one is not None:
                one.backlog += count
                one.oldest_at = min(one.oldest_at or since, since)
    for code, direction, data_set, batches, units, size, refused in _rows(_DONE, [window.after_batch]):
        if (one := stream(code, direction, data_set)) is not None:
            one.batches, one.units, one.size, one.refused = batches, units, size, refused
    for code, direction, data_set, last in _rows(_SUCCEEDED, [window.after_batch - LOOK_BACK]):
        if (one := stream(code, direction, data_set)) is not None:
            one.last_success_at = last
    _troubles(found, names, window.at)
    yield from found.values()


def last_number() -> int:
    """The last number in the log of batches (末批编号)."""
    ((number,),) = _rows("SELECT coalesce(max(id), 0) FROM between_batch", [])
    return int(number)


def _all(around: Peers) -> Iterable[Member]:
    return (*([around.above] if around.above else []), *around.below)


def _whole(around: Peers) -> Iterator[tuple[Member, tuple[str, str, str]]]:
    for member in _all(around):
        for direction in Direction:
            yield member, (member.code, str(direction), "")


def _new(member: Member, key: tuple[str, str, str], around: Peers) -> Found:
    own = str(settings.NODE_DIVISION_CODE)
    return Found(
        str(Way.NODE), member.code, member.name, str(key[1]), key[2],
        own if member == around.above else member.division_code,
    )  # fmt: skip


def _troubles(found: dict[tuple[str, str, str], Found], names: dict[str, Member], at: datetime) -> None:
    standing = {code: _Standing() for code in names}
    for code, taken, refused, problem in _rows(_REFUSED, [list(names)]):
        standing[code] = _Standing(taken or 0, refused or 0, problem or "")
    for road in Road.objects.filter(peer_code__in=list(names)):
        member = names[road.peer_code]
        for direction in Direction:
            found[road.peer_code, str(direction), ""].problem = road.problem or _silent(road, at)
        sent = found[road.peer_code, str(Direction.OUT), ""]
        sent.stopped = road.problem.startswith(f"{member} 拒绝") and sent.backlog > 0
    for code, stands in standing.items():
        if stands.refused > stands.taken:
            came = found[code, str(Direction.IN), ""]
            came.stopped, came.problem = True, stands.problem


def _silent(road: Road, at: datetime) -> str:
    """What is said of a peer that has not been heard of for long."""
    if road.reached_at is None or (at - road.reached_at).total_seconds() <= STALE_AFTER_S:
        return ""
    return f"自 {timezone.localtime(road.reached_at):%Y-%m-%d %H:%M} 起没有连通"


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


# What is sent and not acknowledged still waits: it leaves the queue with the acknowledgement.
_WAITING = """SELECT peer_code, data_set, sum(cardinality(subject_ids))::bigint, min(changed_at)
    FROM between_dispatch GROUP BY 1, 2"""
_DONE = """WITH fresh AS (SELECT * FROM between_batch WHERE id > %s)
    SELECT peer_code, direction, '', count(*) FILTER (WHERE state <> 'refused'),
        coalesce(sum(CASE WHEN direction = 'out' THEN coalesce((counts->>'subjects')::bigint, 0)
            ELSE (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(counts->'sets')) END)
            FILTER (WHERE state <> 'refused'), 0)::bigint,
        coalesce(sum(size) FILTER (WHERE state <> 'refused'), 0)::bigint, count(*) FILTER (WHERE state = 'refused')
    FROM fresh GROUP BY 1, 2
    UNION ALL SELECT peer_code, direction, key, count(*), sum(value::bigint)::bigint, 0, 0
    FROM fresh CROSS JOIN LATERAL jsonb_each_text(counts->'sets') WHERE state <> 'refused' GROUP BY 1, 2, 3"""
_SUCCEEDED = """WITH fresh AS (SELECT * FROM between_batch
        WHERE id > %s AND acknowledged_at IS NOT NULL AND state <> 'refused')
    SELECT peer_code, direction, '', max(acknowledged_at) FROM fresh GROUP BY 1, 2
    UNION ALL SELECT peer_code, direction, key, max(acknowledged_at)
    FROM fresh CROSS JOIN LATERAL jsonb_each_text(counts->'sets') GROUP BY 1, 2, 3"""
_REFUSED = """SELECT code, t.seq, r.seq, r.problem FROM unnest(%s::text[]) AS q (code)
    LEFT JOIN LATERAL (SELECT seq FROM between_batch WHERE direction = 'in' AND peer_code = code AND state = 'applied'
        ORDER BY seq DESC LIMIT 1) t ON true
    LEFT JOIN LATERAL (SELECT seq, problem FROM between_batch WHERE direction = 'in' AND peer_code = code
        AND state = 'refused' AND seq > coalesce(t.seq, 0) ORDER BY id DESC LIMIT 1) r ON true"""
