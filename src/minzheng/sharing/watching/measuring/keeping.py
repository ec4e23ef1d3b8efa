"""Keeping what was measured (留存): where each stream stands, a sample a minute, fewer the older they are."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection, transaction

from minzheng.sharing.watching.measuring import nodes, others
from minzheng.sharing.watching.measuring.found import Found, Window
from minzheng.sharing.watching.models import Position, Sample, Stream
from minzheng.sharing.watching.terms import MEASURED_EVERY_S

LOOK_LOCK = 7031  # one process measures
LOG = "streams"
BEFORE_FIRST = timedelta(days=1)  # the first look counts what came within a day
TIERS = ((1, 60, timedelta(days=1)), (60, 1440, timedelta(days=30)))  # minutes → minutes, older than
KEPT_FOR = timedelta(days=3 * 365)
COLUMNS = ("backlog", "oldest_at", "problem", "stopped", "peer_name")


def look(*, at: datetime) -> bool:
    """Measure all streams and keep it; False where another process has just done so (测量一次)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOOK_LOCK])
        if not cursor.fetchone()[0]:
            return False
        last, _ = Position.objects.get_or_create(key=LOG)
        if last.at is not None and (at - last.at).total_seconds() < MEASURED_EVERY_S / 2:
            return False
        window = Window(last.at or at - BEFORE_FIRST, at, last.number)
        number = nodes.last_number()
        _keep(measured(window), at)
        Position.objects.filter(key=LOG).update(number=number, at=at)
    return True


def measured(window: Window) -> list[Found]:
    """All ways (各方式)."""
    ways = (
        nodes.measured(window), others.interfaces(window), others.parcels(window), others.intakes(window),
    )  # fmt: skip
    return list(chain.from_iterable(ways))


def now(*, at: datetime) -> list[Found]:
    """Where everything stands, and what came since the last look, without keeping it (即时测量)."""
    last = Position.objects.filter(key=LOG).first()
    return measured(Window((last and last.at) or at - BEFORE_FIRST, at, last.number if last else 0))


def _keep(found: Iterable[Found], at: datetime) -> None:
    known = {
        (one.way, one.peer_code, one.direction, one.data_set, one.division_code): one
        for one in Stream.objects.select_for_update()
    }
    fresh, older, samples = [], [], []
    for one in found:
        stream = known.pop(one.key, None)
        if stream is None:
            names = ("way", "peer_code", "direction", "data_set", "division_code")
            stream = Stream(**dict(zip(names, one.key, strict=True)))
            fresh.append(stream)
        else:
            older.append(stream)
        _advance(stream, one, at)
        samples.append((stream, one))
    Stream.objects.bulk_create(fresh)
    _update(older)
    _end(list(known.values()), at)
    Sample.objects.bulk_create(
        [
            Sample(
                stream=stream, at=at.replace(second=0, microsecond=0), minutes=1, backlog=one.backlog, lag_s=stream.lag_s,
                batches=one.batches, units=one.units, size=one.size, refused=one.refused,
            )
            for stream, one in samples
            if not one.data_set or one.backlog or one.batches or one.refused  # an idle part of a stream needs no sample
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _advance(stream: Stream, one: Found, at: datetime) -> None:
    for name in COLUMNS:
        setattr(stream, name, getattr(one, name))
    for name in ("batches", "units", "size", "refused"):
        setattr(stream, name, getattr(stream, name) + getattr(one, name))
    if one.last_success_at is not None:
        stream.last_success_at = max(one.last_success_at, stream.last_success_at or one.last_success_at)
    stream.measured_at = at


def _update(streams: list[Stream]) -> None:
    also = ("batches", "units", "size", "refused", "last_success_at", "measured_at")
    if streams:
        Stream.objects.bulk_update(streams, [*COLUMNS, *also], batch_size=500)


def _end(left: list[Stream], at: datetime) -> None:
    """What nothing is told of any more has nothing waiting; its history stays."""
    for stream in left:
        stream.backlog, stream.oldest_at, stream.problem, stream.stopped = 0, None, "", False
        stream.measured_at = at
    _update(left)


def thin(*, at: datetime) -> None:
    """Minutes older than a day become hours, hours older than a month days; after three years nothing stays (抽稀)."""
    with transaction.atomic(), connection.cursor() as cursor:
        for minutes, longer, after in TIERS:
            unit = "hour" if longer == 60 else "day"
            before = (at - after).replace(minute=0, second=0, microsecond=0)
            if unit == "day":
                before = before.replace(hour=0)
            cursor.execute(_THINNED, [minutes, before, unit, longer])
        Sample.objects.filter(at__lt=at - KEPT_FOR).delete()


_THINNED = """WITH old AS (DELETE FROM watching_sample WHERE minutes = %s AND at < %s RETURNING *)
    INSERT INTO watching_sample (stream_id, at, minutes, backlog, lag_s, batches, units, size, refused)
    SELECT stream_id, date_trunc(%s, at, 'Asia/Shanghai'), %s, max(backlog), max(lag_s), sum(batches), sum(units), sum(size),
        sum(refused)
    FROM old GROUP BY 1, 2
    ON CONFLICT (stream_id, at, minutes) DO UPDATE SET backlog = greatest(watching_sample.backlog, excluded.backlog),
        lag_s = greatest(watching_sample.lag_s, excluded.lag_s), batches = watching_sample.batches + excluded.batches,
        units = watching_sample.units + excluded.units, size = watching_sample.size + excluded.size,
        refused = watching_sample.refused + excluded.refused"""
