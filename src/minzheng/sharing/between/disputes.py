"""Disputes on the road (校核转送): each goes towards the node that received the source's row, its answer back the way it came.

What a dispute needs next is written with it, so that nothing is lost while the road is down; the router takes it up.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from minzheng.exchange.correcting import is_here
from minzheng.foundation.database.arrow import Bulk
from minzheng.foundation.members.models import Member
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.sharing.between.models import Dispatch
from minzheng.sharing.between.terms import DISPUTES
from minzheng.stewardship.quality import disputing
from minzheng.stewardship.quality.models import Dispute
from minzheng.stewardship.quality.terms import Verdict

SOME = 200
COLUMNS = {
    "id": "uuid", "feed": "text", "source_name": "text", "heading": "text", "batch_id": "uuid", "row_no": "integer",
    "person_id": "uuid", "record_id": "uuid", "division_code": "text", "held": "", "proposed": "", "reason": "text",
    "evidence": "text", "raised_node": "text", "raised_by": "text", "raised_at": "timestamptz", "due_on": "date",
    "owner_node": "text", "verdict": "text", "answer": "text", "answered_by": "text", "answered_at": "timestamptz",
}  # fmt: skip
SEALED = ("held", "proposed")
ANSWER = ("owner_node", "verdict", "answer", "answered_by", "answered_at")  # the last is a time


def waiting() -> bool:
    """Whether any has a step to go (有无待转送)."""
    return Dispute.objects.filter(is_waiting=True).exists()


def place(below: tuple[Member, ...], above: Member | None) -> set[str]:
    """Take every dispute that waits one step on; returns the members for whom something is new (转送)."""
    told: set[str] = set()
    while True:
        with transaction.atomic():
            waiting = list(
                Dispute.objects.select_for_update(skip_locked=True)
                .filter(is_waiting=True)
                .order_by("id")[:SOME]
            )
            for one in waiting:
                told |= _step(one, below, above)
        if len(waiting) < SOME:
            return told


def _step(dispute: Dispute, below: tuple[Member, ...], above: Member | None) -> set[str]:
    now, peer = timezone.now(), ""
    dispute.is_waiting = False
    if dispute.verdict != Verdict.RAISED:
        peer = dispute.came_from
        if not peer:
            disputing.come_back(dispute, at=now)
    else:
        peer = _next(dispute, below, above)
        if not peer:
            disputing.arrived(dispute, at=now)
    dispute.save(update_fields=["is_waiting"])
    if not peer:
        return set()
    Dispatch.objects.create(
        peer_code=peer, data_set=DISPUTES, operation="updated", division_code=dispute.division_code,
        subject_ids=[dispute.id], changed_at=now,
    )  # fmt: skip
    return {peer}


def _next(dispute: Dispute, below: tuple[Member, ...], above: Member | None) -> str:
    """The neighbour on the way to whoever received the row; empty where that is this node, or nobody else can be asked."""
    if dispute.owner_node == settings.NODE_DIVISION_CODE or is_here(dispute.batch_id):
        return ""
    origins = set(
        OutboxEntry.objects.filter(batch_id=dispute.batch_id)
        .exclude(origin="")
        .values_list("origin", flat=True)
        .distinct()
    )
    for one in below:
        if one.code in origins and one.code != dispute.came_from:
            return one.code
    if above is not None and above.code != dispute.came_from:
        return above.code
    return ""


def lines() -> str:
    """The query of what travels, values as ciphers to be opened (随行内容)."""
    said = [
        f"q.{name}_cipher AS {name}" if name in SEALED else f"q.{name}::text AS {name}" for name in COLUMNS
    ]
    return f"""SELECT {", ".join(said)} FROM quality_dispute q
        WHERE q.id IN (SELECT unnest(subject_ids) FROM d WHERE data_set = '{DISPUTES}') ORDER BY q.id"""


def take(work: Bulk, peer: str) -> None:
    """Enter what came: a new one, or an answer. An answer never gives way; who asks again hears it again."""
    columns = ", ".join(f"{name}_cipher" if name in SEALED else name for name in COLUMNS)
    values = ", ".join(
        f"b.{name}_cipher" if name in SEALED else f"b.{name}::{kind}" for name, kind in COLUMNS.items()
    )
    answer = ", ".join(f"{name} = b.{name}" for name in ANSWER)
    work.run(
        f"""INSERT INTO quality_dispute AS t ({columns}, came_from, is_waiting)
        SELECT {values}, '{peer}', true FROM b_dispute b WHERE b.verdict = '{Verdict.RAISED}'
        ON CONFLICT (id) DO UPDATE SET is_waiting = true WHERE t.verdict <> '{Verdict.RAISED}' OR t.owner_node = ''"""
    )
    work.run(
        f"""UPDATE quality_dispute t SET is_waiting = true, {answer}::timestamptz FROM b_dispute b
        WHERE t.id = b.id::uuid AND b.verdict <> '{Verdict.RAISED}' AND t.verdict = '{Verdict.RAISED}'"""
    )
