"""Disputing a value (校核纠错): raised by whoever knows better, answered by whoever received the source's row, told to both.

A dispute is a ticket at both ends. What lies between them is the road (``sharing.between``): it takes what ``is_waiting``.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from minzheng.exchange import services as exchange
from minzheng.exchange.correcting import CorrectionError, correct, is_here
from minzheng.exchange.declare import feed_named
from minzheng.exchange.models import Batch
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_text, seal
from minzheng.foundation.members.services import own_code
from minzheng.foundation.notices.services import notify
from minzheng.kernel.uuid7 import uuid7
from minzheng.standards.due import due
from minzheng.standards.queries import data_set
from minzheng.stewardship.quality.disputable import disputable
from minzheng.stewardship.quality.models import Dispute, Ticket
from minzheng.stewardship.quality.services import TOLD, TicketError
from minzheng.stewardship.quality.terms import STEP, TICKET_PAGE, Cause, State, Verdict

SHORTEST, LONGEST = 2, 500


def raise_dispute(
    scope: Scope, person_id: UUID, key: str, *, proposed: str, reason: str, evidence: str, by: User, at: datetime,
    ip: str | None = None,
) -> Dispute:  # fmt: skip
    """Say that a value is wrong and what it should be (提出校核). Raises ``TicketError``."""
    chosen = next((one for one in disputable(scope, person_id) if one.key == key), None)
    proposed, reason = proposed.strip()[:LONGEST], reason.strip()[:LONGEST]
    if chosen is None:
        raise TicketError("请选择要校核的一项")
    if not proposed or proposed == chosen.held:
        raise TicketError("请填写应为的值，且与现值不同")
    if len(reason) < SHORTEST:
        raise TicketError("请写明理由")
    under_way = Dispute.objects.filter(person_id=person_id, batch_id=chosen.batch_id, row_no=chosen.row_no)
    if under_way.filter(heading=chosen.heading, verdict=Verdict.RAISED).exists():
        raise TicketError("这一项已有校核在办理中")
    limit = due(STEP, start=timezone.localdate(at), division_code=scope.division_code)
    if limit.due is None:
        raise TicketError(f"标准中“{STEP}”的期限不按日计算")
    with transaction.atomic():
        made = Dispute(
            id=uuid7(at), feed=chosen.feed, source_name=chosen.source_name, heading=chosen.heading,
            batch_id=chosen.batch_id, row_no=chosen.row_no, person_id=person_id, record_id=chosen.record_id,
            division_code=chosen.division_code or scope.division_code, held_cipher=seal("extra", chosen.held),
            proposed_cipher=seal("extra", proposed), reason=reason, evidence=evidence.strip()[:LONGEST],
            raised_node=own_code(), raised_by=by.display_name, raised_at=at, due_on=limit.due, is_waiting=True,
        )  # fmt: skip
        made.ticket = _ticket(made, division_code=made.division_code, state=State.SENT, at=at)
        made.save(force_insert=True)
        record(by=by, action="quality.dispute_raise", object_kind="person", object_id=person_id, ip=ip, at=at,
               detail={"dispute": str(made.id), "feed": made.feed, "field": made.heading})  # fmt: skip
        with as_node():  # which batches this node received is not the user's to see
            if is_here(made.batch_id):
                made.is_waiting = False
                arrived(made, at=at)
    return made


def arrived(dispute: Dispute, *, at: datetime) -> None:
    """The source's row was received here: an officer of this node is asked (受理). Once; again changes nothing."""
    if dispute.owner_node:
        return
    dispute.owner_node = own_code()
    if dispute.ticket_id is None:
        dispute.ticket = _ticket(dispute, division_code=own_code(), state=State.SENT, at=at)
    dispute.save()
    ticket = dispute.ticket
    if ticket is not None:
        notify(division_code=own_code(), roles=TOLD, title=f"有数据需校核答复：{ticket.title}", at=at,
               url=TICKET_PAGE.format(ticket.pk), key=f"dispute:{dispute.id}:arrived")  # fmt: skip
    _audit(dispute, "quality.dispute_arrive", None, at)


def accept(dispute: Dispute, *, value: str, text: str, by: User, at: datetime) -> Batch:
    """The source was wrong: the right value comes in as the source's own row, and goes where its data go (采纳).

    ``value``: as it shall stand, which may be said otherwise than it was proposed. Raises ``TicketError``.
    """
    _may_answer(dispute)
    value = value.strip()[:LONGEST]
    if not value:
        raise TicketError("请填写更正后的值")
    try:
        with as_node():  # the source's file and the register are the node's
            batch = correct(
                dispute.batch_id,
                dispute.row_no,
                {dispute.heading: value},
                name=f"校核更正-{dispute.id}.csv",
                by=by,
                at=at,
            )
    except CorrectionError as error:
        raise TicketError(str(error)) from error
    _answered(
        dispute, Verdict.ACCEPTED, text.strip()[:LONGEST] or "已按校核意见更正", by=by, at=at, batch=batch
    )
    return batch


def refuse(dispute: Dispute, *, text: str, by: User, at: datetime) -> None:
    """The source stands by what it said, and says why (不予更正). Raises ``TicketError``."""
    _may_answer(dispute)
    if len(text.strip()) < SHORTEST:
        raise TicketError("请写明不予更正的理由")
    _answered(dispute, Verdict.REFUSED, text.strip()[:LONGEST], by=by, at=at, batch=None)


def come_back(dispute: Dispute, *, at: datetime) -> None:
    """The answer has reached the node that raised it (结论返回). Once; again changes nothing."""
    ticket = dispute.ticket
    if ticket is None or ticket.state == State.CLOSED:
        return
    _close(dispute, ticket, batch=None, at=at)
    notify(division_code=ticket.division_code, roles=TOLD, title=f"校核有了结论：{ticket.title}", at=at,
           url=TICKET_PAGE.format(ticket.pk), key=f"dispute:{dispute.id}:back")  # fmt: skip
    _audit(dispute, "quality.dispute_return", None, at)


def of_ticket(ticket: Ticket) -> Dispute | None:
    """The dispute a ticket is about (工单的校核)."""
    return Dispute.objects.filter(ticket=ticket).first() if ticket.cause == Cause.DISPUTE else None


def may_be_answered(dispute: Dispute) -> bool:
    """Whether this node is the one to answer, and has not (待本节点答复)."""
    return dispute.verdict == Verdict.RAISED and dispute.owner_node == own_code()


def values_of(dispute: Dispute) -> tuple[str, str]:
    """(held, proposed) in clear (现值与应为)."""
    return open_text("extra", dispute.held_cipher) or "", open_text("extra", dispute.proposed_cipher) or ""


def unanswered() -> int:
    """Have what was raised here and not answered told once more on the road (重新转送); returns how many."""
    mine = Dispute.objects.filter(raised_node=own_code(), verdict=Verdict.RAISED).exclude(
        owner_node=own_code()
    )
    return mine.update(is_waiting=True)


def _may_answer(dispute: Dispute) -> None:
    if not may_be_answered(dispute):
        raise TicketError("这一校核不由本节点答复，或已经答复")


def _answered(
    dispute: Dispute, verdict: Verdict, text: str, *, by: User, at: datetime, batch: Batch | None
) -> None:
    with transaction.atomic():
        locked = Dispute.objects.select_for_update().get(pk=dispute.pk)
        _may_answer(locked)
        locked.verdict, locked.answer, locked.answered_by, locked.answered_at = (
            verdict,
            text,
            by.display_name,
            at,
        )
        locked.is_waiting = bool(locked.came_from)
        locked.save()
        if locked.ticket is not None:
            _close(locked, locked.ticket, batch=batch, at=at)
        accepted = verdict == Verdict.ACCEPTED
        _audit(locked, "quality.dispute_accept" if accepted else "quality.dispute_refuse", by, at)


def _ticket(dispute: Dispute, *, division_code: str, state: State, at: datetime) -> Ticket:
    limit = due(STEP, start=timezone.localdate(dispute.raised_at), division_code=division_code)
    source = exchange.source_named(feed_named(dispute.feed), dispute.source_name, at=at)
    return Ticket.objects.create(
        feed=dispute.feed, source_id=source.id, source_name=dispute.source_name, division_code=division_code, rows=1,
        cause=Cause.DISPUTE, title=f"{data_set(dispute.feed).name}：{dispute.heading}有异议", reason=dispute.reason,
        state=state, opened_at=dispute.raised_at, opened_by=dispute.raised_by, due_on=dispute.due_on,
        due_basis=f"{limit.length}{limit.unit_label}，{limit.basis}"[:200], sent_at=at, sent_by=dispute.raised_by,
    )  # fmt: skip


def _close(dispute: Dispute, ticket: Ticket, *, batch: Batch | None, at: datetime) -> None:
    ticket.state, ticket.answered_at, ticket.answer = State.CLOSED, dispute.answered_at, dispute.answer
    ticket.closed_at, ticket.closed_by = at, dispute.answered_by
    ticket.outcome = f"{Verdict(dispute.verdict).label}：{dispute.answer}"
    ticket.closed_batch_id = batch.id if batch else None
    ticket.save()


def _audit(dispute: Dispute, action: str, by: User | None, at: datetime) -> None:
    record(by=by, action=action, object_kind="quality_ticket", object_id=dispute.ticket_id, at=at,
           detail={"dispute": str(dispute.id), "feed": dispute.feed, "field": dispute.heading})  # fmt: skip
