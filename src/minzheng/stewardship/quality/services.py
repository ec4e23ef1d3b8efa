"""What is done with tickets (工单办理): opened, sent, answered, closed; each act is audited."""

from collections.abc import Container, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.standards.due import due
from minzheng.standards.queries import data_set
from minzheng.stewardship.quality.models import FailingRow, Measured, Ticket
from minzheng.stewardship.quality.terms import STEP, TICKET_PAGE, UNDER_WAY, Cause, State

TOLD = (Role.DATA_OFFICER,)


class TicketError(ValueError):
    """What cannot be done with a ticket (工单不允许此操作)."""


def open_for_batch(*, batch: Batch, at: datetime) -> Ticket | None:
    """Open a ticket where a batch misses a target of the standard; rows under a ticket already do not count twice (自动开单)."""
    missed = missed_targets(batch)
    if not missed or Ticket.objects.filter(batch_id=batch.id, cause=Cause.RULE).exists():
        return None
    rows = sum(row["failed"] - row["again"] for row in missed)
    measures = [f"{row['rule_id']}|{row['field']}" for row in missed]
    first = data_set(batch.feed).name
    return _open(
        batch=batch, measures=measures, within="", cause=Cause.RULE, rows=rows, by=None, at=at,
        title=f"{first}：{len(measures)} 项质量指标未达目标", reason=f"批次“{batch.file_name}”未达标准规定的目标",
    )  # fmt: skip


def missed_targets(batch: Batch) -> list[dict[str, Any]]:
    """The batch's measures whose share of sound rows lies below their target (未达目标)."""
    sums = (
        Measured.objects.filter(batch_id=batch.id, target__isnull=False)
        .values("rule_id", "field", "target", "dimension")
        .annotate(checked=Sum("checked"), failed=Sum("failed"), again=Sum("again"))
        .order_by("rule_id", "field")
    )
    arrival = {rule.rule_id for rule in data_set(batch.feed).quality if rule.rule == "arrives_within"}
    return [
        dict(row)
        for row in sums
        if row["failed"] > row["again"]
        and row["rule_id"] not in arrival  # it has come: nothing is left to be put right
        and Decimal(100) * (row["checked"] - row["failed"] + row["again"]) / row["checked"] < row["target"]
    ]


def open_by_hand(
    *, batch: Batch, measures: Sequence[str], within: str, reason: str, by: User, at: datetime
) -> Ticket:
    """Ask a source to put right what some measures found in a batch (人工开单). TicketError where they found nothing.

    ``within``: the county whose rows are asked for, and whose officials then see to it; empty for the batch's node.
    """
    found = Measured.objects.filter(batch_id=batch.id, division_code__startswith=within, failed__gt=0)
    known = {f"{row.rule_id}|{row.field}": 0 for row in found}
    for row in found:
        known[f"{row.rule_id}|{row.field}"] += row.failed
    chosen = [key for key in dict.fromkeys(measures) if key in known]
    if not chosen:
        raise TicketError("请至少选择一项有不合格行的指标")
    return _open(
        batch=batch, measures=chosen, within=within, cause=Cause.HAND, rows=sum(known[key] for key in chosen),
        by=by, at=at, title=f"{data_set(batch.feed).name}：{len(chosen)} 项质量问题待补正", reason=reason.strip()[:500],
    )  # fmt: skip


def open_by_county(
    *, batch: Batch, measures: Sequence[str], reason: str, by: User, at: datetime
) -> list[Ticket]:
    """The same, one ticket for each county of which rows fail, so that each sees to its own (分县开单)."""
    chosen = Q(pk__in=())
    for key in measures:
        rule_id, _, field = key.partition("|")
        chosen |= Q(rule_id=rule_id, field=field)
    failing = Measured.objects.filter(chosen, batch_id=batch.id, failed__gt=0)
    counties = sorted(failing.values_list("division_code", flat=True).distinct())
    if not counties:
        raise TicketError("请至少选择一项有不合格行的指标")
    with transaction.atomic():
        return [
            open_by_hand(batch=batch, measures=measures, within=county, reason=reason, by=by, at=at)
            for county in counties
        ]


def open_late(
    *, feed: str, source_id: int, source_name: str, division_code: str, last_on: date, at: datetime
) -> Ticket | None:
    """A source that is past its cycle is asked for its data, once (逾期催报).

    No notice: that the data is late is told where deliveries are watched, and the ticket waits on the first page.
    """
    with transaction.atomic():
        _lock(feed, source_id)
        mine = Ticket.objects.filter(feed=feed, source_id=source_id, cause=Cause.LATE)
        if mine.exclude(state=State.CLOSED).exists():
            return None
        return _draw(
            feed=feed, source_id=source_id, source_name=source_name, division_code=division_code, batch_id=None,
            measures=[], within_code="", cause=Cause.LATE, title=f"{data_set(feed).name}：逾期未报送", rows=0,
            reason=f"最近一次报送为 {last_on.isoformat()}，已超过更新周期", by=None, at=at,
        )  # fmt: skip


def close_excused(left_alone: Container[tuple[str, str]], *, at: datetime) -> None:
    """Close what asks for late data of sources that are not to be asked, by feed and name (不再催报)."""
    with transaction.atomic():
        late = Ticket.objects.select_for_update().filter(cause=Cause.LATE, state__in=UNDER_WAY)
        for ticket in late:
            if (ticket.feed, ticket.source_name) in left_alone:
                _close(
                    ticket,
                    outcome="按本节点的设置，这个来源现在不催报或尚未到期",
                    by="系统",
                    batch=None,
                    at=at,
                )
                _audit(ticket, "quality.ticket_close", by=None, at=at)


def _lock(feed: str, source_id: int) -> None:
    """One at a time for one source's tickets; falls with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"quality:{feed}", source_id])


def _open(
    *, batch: Batch, measures: list[str], within: str, cause: Cause, rows: int, by: User | None, at: datetime,
    title: str, reason: str,
) -> Ticket:  # fmt: skip
    with transaction.atomic():
        ticket = _draw(
            feed=batch.feed, source_id=batch.source_id, source_name=batch.source_name, batch_id=batch.id,
            division_code=within or batch.division_code, measures=measures, within_code=within, cause=cause, title=title,
            rows=rows, reason=reason, by=by, at=at,
        )  # fmt: skip
    return _told(ticket, by=by, at=at)


def _draw(*, by: User | None, at: datetime, **values: object) -> Ticket:
    limit = due(STEP, start=timezone.localtime(at).date(), division_code=str(values["division_code"]))
    if limit.due is None:
        raise TicketError(f"标准中“{STEP}”的期限不按日计算")
    ticket = Ticket.objects.create(
        opened_at=at, opened_by=by.display_name if by else "系统", due_on=limit.due,
        due_basis=f"{limit.length}{limit.unit_label}，{limit.basis}"[:200], **values,
    )  # fmt: skip
    detail = {"cause": ticket.cause, "feed": ticket.feed, "measures": ticket.measures, "rows": ticket.rows}
    _audit(ticket, "quality.ticket_open", by=by, at=at, detail=detail)
    return ticket


def _told(ticket: Ticket, *, by: User | None, at: datetime) -> Ticket:
    if by is None:
        _notice(ticket, "opened", f"质量工单待发出：{ticket.source_name}，{ticket.title}", at=at)
    return ticket


def send(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """The source has been asked; the limit counts from now (发出)."""
    with transaction.atomic():
        locked = _locked(ticket, (State.OPEN,))
        day = timezone.localtime(at).date()
        limit = due(STEP, start=day, division_code=locked.division_code).due
        locked.state, locked.sent_at, locked.sent_by = State.SENT, at, by.display_name
        locked.due_on = limit or locked.due_on
        locked.save()
        _audit(locked, "quality.ticket_send", by=by, at=at)
    return locked


def answer(*, ticket: Ticket, text: str, by: User, at: datetime) -> Ticket:
    """What the source replied (登记反馈)."""
    if len(text.strip()) < 2:
        raise TicketError("请写明来源单位的反馈内容")
    with transaction.atomic():
        locked = _locked(ticket, (State.OPEN, State.SENT, State.ANSWERED))
        locked.state, locked.answered_at, locked.answer = State.ANSWERED, at, text.strip()[:2000]
        locked.save()
        _audit(locked, "quality.ticket_answer", by=by, at=at)
    return locked


def close(*, ticket: Ticket, outcome: str, by: User, at: datetime) -> Ticket:
    """Close a ticket by hand, with the reason (人工办结)."""
    if len(outcome.strip()) < 2:
        raise TicketError("请写明办结的理由")
    with transaction.atomic():
        locked = _locked(ticket, UNDER_WAY)
        _close(locked, outcome=outcome.strip()[:2000], by=by.display_name, batch=None, at=at)
        _audit(locked, "quality.ticket_close", by=by, at=at)
    return locked


def close_mended(*, batch: Batch, at: datetime) -> list[Ticket]:
    """Close the source's tickets that this batch has put right (自动办结)."""
    closed = []
    with transaction.atomic():
        _lock(batch.feed, batch.source_id)
        tickets = Ticket.objects.select_for_update().filter(
            feed=batch.feed, source_id=batch.source_id, state__in=UNDER_WAY, opened_at__lte=at
        )
        for ticket in tickets.exclude(batch_id=batch.id).exclude(cause=Cause.DISPUTE):
            outcome = _mended(ticket, batch)
            if outcome:
                _close(ticket, outcome=outcome, by="系统", batch=batch, at=at)
                _audit(ticket, "quality.ticket_close", by=None, at=at, detail={"batch": str(batch.id)})
                closed.append(ticket)
    for ticket in closed:
        _notice(ticket, "closed", f"质量工单已自动办结：{ticket.source_name}，{ticket.title}", at=at)
    return closed


def _mended(ticket: Ticket, batch: Batch) -> str:
    """Why a ticket is done with this batch; empty where it is not."""
    if ticket.cause == Cause.LATE:
        return f"批次“{batch.file_name}”已报送"
    rows = rows_of(ticket)
    if rows.filter(known_by__len__gt=0, mended_batch_id__isnull=True).exists():
        return ""
    # Rows that are not kept or not known again are done with when their measure finds none in a later batch.
    kept = rows.filter(known_by__len__gt=0)
    counted = kept.count()
    if counted < ticket.rows or rows.filter(known_by__len=0).exists():
        clean = Measured.objects.filter(batch_id=batch.id, division_code__startswith=ticket.within_code)
        found = clean.values("rule_id", "field").annotate(bad=Sum("failed"), asked=Sum("checked"))
        bad = {f"{row['rule_id']}|{row['field']}": row["bad"] for row in found if row["asked"]}
        if any(bad.get(key, 1) for key in ticket.measures):
            return ""
        return f"批次“{batch.file_name}”中这些指标已无不合格行"
    if not kept.filter(mended_batch_id=batch.id).exists():
        return ""
    return f"应补正的 {counted} 处均已补正，最后一批为“{batch.file_name}”"


def rows_of(ticket: Ticket) -> QuerySet[FailingRow]:
    """The failing rows a ticket asks for, as far as they are kept (工单的行)."""
    if ticket.batch_id is None:
        return FailingRow.objects.none()
    rows = FailingRow.objects.filter(batch_id=ticket.batch_id, division_code__startswith=ticket.within_code)
    asked = Q(pk__in=())
    for key in ticket.measures:
        rule_id, _, field = key.partition("|")
        asked |= Q(rule_id=rule_id, field=field)
    return rows.filter(asked)


def remind(*, at: datetime) -> int:
    """Tell the officials of every ticket whose day has passed, once (逾期提醒)."""
    today = timezone.localtime(at).date()
    late = Ticket.objects.filter(state__in=UNDER_WAY, due_on__lt=today)
    for ticket in late:
        _notice(ticket, "overdue", f"质量工单已逾期：{ticket.source_name}，{ticket.title}", at=at)
    return len(late)


def _locked(ticket: Ticket, states: Sequence[State]) -> Ticket:
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if locked.cause == Cause.DISPUTE:
        raise TicketError("校核由接收来源的节点答复，不能这样办理")
    if locked.state not in states:
        raise TicketError(f"工单处于“{locked.get_state_display()}”，不能这样办理")
    return locked


def _close(ticket: Ticket, *, outcome: str, by: str, batch: Batch | None, at: datetime) -> None:
    ticket.state, ticket.closed_at, ticket.closed_by, ticket.outcome = State.CLOSED, at, by, outcome
    ticket.closed_batch_id = batch.id if batch else None
    ticket.save()


def _audit(
    ticket: Ticket, action: str, *, by: User | None, at: datetime, detail: dict[str, object] | None = None
) -> None:
    record(
        by=by, action=action, object_kind="quality_ticket", object_id=ticket.pk, detail=detail or {}, at=at
    )


def _notice(ticket: Ticket, event: str, title: str, *, at: datetime) -> None:
    notify(
        division_code=ticket.division_code, roles=TOLD, title=title, at=at,
        url=TICKET_PAGE.format(ticket.pk), key=f"quality:{ticket.pk}:{event}",
    )  # fmt: skip
