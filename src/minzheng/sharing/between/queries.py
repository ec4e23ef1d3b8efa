"""How the exchange stands (交换状况)."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from minzheng.sharing.between import sending
from minzheng.sharing.between.models import Batch, Dispatch, Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.between.terms import Direction, Received


def roads(*, at: datetime) -> list[dict[str, Any]]:
    """Every member next to this node: numbers of the streams, what waits, since when, what is wrong (道路)."""
    around = peers()
    found = {road.peer_code: road for road in Road.objects.all()}
    waiting = _waiting()
    rows = []
    for member in (*([around.above] if around.above else []), *around.below):
        road = found.get(member.code)
        subjects, since = waiting.get(member.code, (0, None))
        out = sending.made(member)
        taken = Batch.objects.filter(direction=Direction.IN, peer_code=member.code, state=Received.APPLIED)
        rows.append(
            {
                "code": member.code, "name": member.name, "above": member == around.above,
                "sent": out.aggregate(last=Max("seq"))["last"] or 0,
                "acknowledged": out.exclude(acknowledged_at=None).aggregate(last=Max("seq"))["last"] or 0,
                "received": taken.aggregate(last=Max("seq"))["last"] or 0,
                "waiting": subjects, "waiting_s": (at - since).total_seconds() if since else 0.0,
                "reached_at": road.reached_at if road else None, "problem": road.problem if road else "",
            }
        )  # fmt: skip
    return rows


def _waiting() -> dict[str, tuple[int, datetime | None]]:
    """Member → subjects that wait and the moment of the oldest change among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT peer_code, sum(cardinality(subject_ids)), min(changed_at) FROM {Dispatch._meta.db_table} "
            "WHERE batch_seq IS NULL GROUP BY peer_code"
        )
        return {code: (int(count), since) for code, count, since in cursor.fetchall()}
