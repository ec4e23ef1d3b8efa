"""The other ways (其他方式): interfaces by system and data set, message files by partner, sources that are fetched."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from minzheng.sharing.watching.measuring.found import Found, Window
from minzheng.sharing.watching.terms import Direction, Way


def interfaces(window: Window) -> Iterator[Found]:
    """What systems asked under grants that were used or still hold (应用接口); batches of checks that wait."""
    for row in _rows(_USES, [window.first, window.last, window.last]):
        code, name, data_set, division, calls, units, refused, last, waiting, oldest = row
        yield Found(
            str(Way.INTERFACE), code, name, str(Direction.OUT), data_set, division, backlog=waiting, oldest_at=oldest,
            batches=calls, units=units, refused=refused, last_success_at=last,
        )  # fmt: skip


def parcels(window: Window) -> Iterator[Found]:
    """Message files by partner and data set (电子报文): what is being made or taken, or waits for its receipt."""
    for row in _rows(_PARCELS, [window.first, window.last] * 4):
        way, code, name, data_set, division, waiting, oldest, done, rows, size, refused, last, problem = row
        yield Found(
            str(Way.PARCEL), code, name or code, str(Direction.OUT if way == "sent" else Direction.IN), data_set, division,
            backlog=waiting, oldest_at=oldest, batches=done, units=rows, size=size, refused=refused, last_success_at=last,
            problem=(problem or "")[:300],
        )  # fmt: skip


def intakes(window: Window) -> Iterator[Found]:
    """Sources that are fetched (来源接入): one that is due waits; rows that came, rows kept back."""
    for row in _rows(_INTAKES, [window.at, window.at, window.first, window.last]):
        code, data_set, division, due, since, failures, problem, last, batches, rows, refused = row
        yield Found(
            str(Way.INTAKE), code, code, str(Direction.IN), data_set, division, backlog=int(due), oldest_at=since,
            batches=batches, units=rows, refused=refused, last_success_at=last, problem=(problem or "")[:300],
            stopped=failures >= GIVES_TROUBLE,
        )  # fmt: skip


GIVES_TROUBLE = 3  # failures one after another, as the officer is told of


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


_USES = """SELECT c.code, left(c.office || ' ' || c.name, 200), g.data_set, g.division_code,
        coalesce(sum(u.calls), 0)::bigint, coalesce(sum(u.units), 0)::bigint, coalesce(sum(u.refused), 0)::bigint,
        max(u.last_at), coalesce(sum(b.waiting), 0)::bigint, min(b.oldest)
    FROM grants_grant g JOIN grants_client c ON c.code = g.client_id
    LEFT JOIN LATERAL (SELECT count(*) AS calls, sum(units) AS units, count(*) FILTER (WHERE status >= 400) AS refused,
        max(at) FILTER (WHERE status < 400) AS last_at
        FROM grants_use WHERE grant_id = g.id AND at >= %s AND at < %s) u ON true
    LEFT JOIN LATERAL (SELECT count(*) AS waiting, min(asked_at) AS oldest FROM interfaces_batch
        WHERE grant_id = g.id AND state IN ('waiting', 'running')) b ON true
    WHERE u.calls > 0 OR b.waiting > 0 OR (g.withdrawn_at IS NULL AND g.until_at > %s)
    GROUP BY 1, 2, 3, 4"""
_PARCELS = """SELECT direction, partner_code, max(partner_name), data_set, division_code,
        count(*) FILTER (WHERE state IN ('making', 'made', 'taking')),
        min(coalesce(handed_at, begun_at)) FILTER (WHERE state IN ('making', 'made', 'taking')),
        count(*) FILTER (WHERE coalesce(answered_at, made_at, begun_at) >= %s
            AND coalesce(answered_at, made_at, begun_at) < %s AND state NOT IN ('refused', 'failed')),
        coalesce(sum(rows) FILTER (WHERE coalesce(answered_at, made_at, begun_at) >= %s
            AND coalesce(answered_at, made_at, begun_at) < %s AND state NOT IN ('refused', 'failed')), 0)::bigint,
        coalesce(sum(size) FILTER (WHERE coalesce(answered_at, made_at, begun_at) >= %s
            AND coalesce(answered_at, made_at, begun_at) < %s AND state NOT IN ('refused', 'failed')), 0)::bigint,
        count(*) FILTER (WHERE state IN ('refused', 'failed') AND begun_at >= %s AND begun_at < %s),
        max(coalesce(answered_at, begun_at)) FILTER (WHERE state IN ('answered', 'taken', 'kept')),
        (array_agg(problem ORDER BY begun_at DESC) FILTER (WHERE state IN ('refused', 'failed')))[1]
    FROM parcels_parcel WHERE partner_code <> '' GROUP BY 1, 2, 4, 5"""
_INTAKES = """SELECT i.name, i.feed, i.division_code, i.next_at < %s AND NOT i.paused,
        CASE WHEN i.next_at < %s AND NOT i.paused THEN i.next_at END, i.failures, i.problem, i.succeeded_at,
        coalesce(b.batches, 0), coalesce(b.rows, 0)::bigint, coalesce(b.refused, 0)::bigint
    FROM exchange_intake i
    LEFT JOIN LATERAL (SELECT count(*) AS batches, sum((counts->>'accepted')::bigint) AS rows,
        sum((counts->>'quarantined')::bigint) AS refused FROM exchange_batch k
        WHERE k.source_id = (SELECT s.id FROM registry_source s WHERE s.feed = i.feed AND s.name = i.name)
            AND k.finished_at >= %s AND k.finished_at < %s) b ON true"""
