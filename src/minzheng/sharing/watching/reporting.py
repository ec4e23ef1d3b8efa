"""How the exchange does, as plain data for commands (交换监控报告): measured now, by the node itself."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from minzheng.sharing.between import configuration
from minzheng.sharing.watching.alarms.readings import readings
from minzheng.sharing.watching.measuring import keeping
from minzheng.sharing.watching.measuring.found import Found
from minzheng.sharing.watching.models import Alarm, Position, Stream
from minzheng.sharing.watching.terms import AlarmState, Direction, Way


def report(*, at: datetime) -> dict[str, Any]:
    """Streams, alarms that are open, quantities held against rules, what ends soon (监控报告)."""
    last = Position.objects.filter(key=keeping.LOG).first()
    seconds = (at - last.at).total_seconds() if last and last.at else keeping.BEFORE_FIRST.total_seconds()
    kept = {
        (one.way, one.peer_code, one.direction, one.data_set, one.division_code): one
        for one in Stream.objects.all()
    }
    streams = [_stream(one, kept.get(one.key), seconds, at) for one in keeping.now(at=at)]
    alarms = Alarm.objects.filter(state=AlarmState.OPEN).order_by("raised_at")
    return {
        "at": timezone.localtime(at), "kept_at": timezone.localtime(last.at) if last and last.at else None,
        "streams": streams,
        "alarms": [
            {
                "id": one.pk, "rule": one.rule, "title": one.title, "value": float(one.value), "worst": float(one.worst),
                "raised_at": one.raised_at, "acknowledged_at": one.acknowledged_at,
            }
            for one in alarms
        ],
        "readings": [
            {"rule": one.rule, "subject": one.subject, "title": one.title, "value": round(one.value, 3)}
            for one in readings(at=at)
        ],
        "soon": configuration.told_soon(at=at),
    }  # fmt: skip


def _stream(one: Found, kept: Stream | None, seconds: float, at: datetime) -> dict[str, Any]:
    last = max(filter(None, (one.last_success_at, kept.last_success_at if kept else None)), default=None)
    return {
        "way": one.way, "way_label": Way(one.way).label, "direction": one.direction,
        "direction_label": Direction(one.direction).label, "peer_code": one.peer_code, "peer_name": one.peer_name,
        "data_set": one.data_set, "division_code": one.division_code, "backlog": one.backlog,
        "lag_s": int((at - one.oldest_at).total_seconds()) if one.oldest_at else 0,
        "units_per_min": round(one.units * 60 / max(seconds, 1.0), 3),
        "batches": one.batches + (kept.batches if kept else 0), "units": one.units + (kept.units if kept else 0),
        "refused": one.refused + (kept.refused if kept else 0),
        "last_success_at": timezone.localtime(last) if last else None, "stopped": one.stopped, "problem": one.problem,
    }  # fmt: skip
