"""Correction tickets (校核纠错): the list, one ticket, what is done with it."""

import io
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.exchange.queries import batch_in
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.stewardship.quality import queries, services
from minzheng.stewardship.quality.exporting import LIMIT, write_rows
from minzheng.stewardship.quality.models import Ticket
from minzheng.stewardship.quality.services import TicketError
from minzheng.stewardship.quality.showing import opened
from minzheng.stewardship.quality.terms import UNDER_WAY, Cause
from minzheng.web.desk.places import division_path
from minzheng.web.desk.quality.asked import EACH_COUNTY, TicketFilters
from minzheng.web.desk.quality.shown import feed_label, rule_of, shown_rows
from minzheng.web.desk.quality.views.disputes import shown_dispute
from minzheng.web.desk.quality.views.overview import READERS
from minzheng.web.desk.requests import acting_user, address, scope_of

PER_PAGE = 30
SAMPLE = 20
TONES = {"open": "info", "sent": "info", "answered": "warn", "overdue": "bad", "closed": "ok"}


@requires(*READERS)
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """Tickets within the scope, the soonest due first (工单列表)."""
    scope, today = scope_of(request), timezone.localdate()
    form = TicketFilters(scope, {"state": "under_way", **request.GET.dict()})
    form.is_valid()  # what makes no sense is left out
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    page = Paginator(queries.tickets(scope, on=today, **chosen), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [_shown(one) for one in page.object_list]
    context = {"page": page, "form": form, "counts": queries.ticket_counts(scope, on=today)}
    return render(request, "desk/quality/tickets.html", context)


@requires(*READERS)
@require_safe
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """One ticket: what is asked, by when, what has come of it (工单)."""
    return _page(request, _ticket(request, ticket_id))


def _page(request: HttpRequest, found: Ticket, *, problem: str = "", status: int = 200) -> HttpResponse:
    rows = services.rows_of(found)
    waiting = rows.filter(mended_batch_id__isnull=True).order_by("row_no", "rule_id")
    kept = rows.count()
    left = waiting.count()
    measures = []
    for key in found.measures:
        rule_id, _, field = key.partition("|")
        rule = rule_of(found.feed, rule_id)
        measures.append((rule_id, field, rule.rule_label if rule else "", rule.message if rule else "", rule))
    officer = acting_user(request).has_role(Role.DATA_OFFICER)
    sample = list(waiting[:SAMPLE])
    context = {
        "ticket": _shown(found), "measures": measures, "kept": kept, "left": left, "mended": kept - left,
        "rows": shown_rows(opened(sample)), "sample": SAMPLE, "limit": LIMIT, "problem": problem,
        "may_act": officer and found.state in UNDER_WAY and found.cause != Cause.DISPUTE,
        "dispute": shown_dispute(request, found), "may_download": officer and left,
    }  # fmt: skip
    if sample:
        record(
            by=acting_user(request), action="quality.ticket_rows", object_kind="quality_ticket", object_id=found.pk,
            detail={"shown": len(sample)}, ip=address(request),
        )  # fmt: skip
    return render(request, "desk/quality/ticket.html", context, status=status)


@requires(Role.DATA_OFFICER)
@require_POST
def open_ticket(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Ask the source to mend what the chosen figures found (开单)."""
    batch = batch_in(scope_of(request), batch_id)
    if batch is None:
        raise Http404
    measures, reason = request.POST.getlist("measure"), request.POST.get("reason", "")
    within, by, at = request.POST.get("within", ""), acting_user(request), timezone.now()
    try:
        if within == EACH_COUNTY:
            made = services.open_by_county(batch=batch, measures=measures, reason=reason, by=by, at=at)
        else:
            made = [
                services.open_by_hand(
                    batch=batch, measures=measures, within=within, reason=reason, by=by, at=at
                )
            ]
    except TicketError as refused:
        messages.error(request, f"{refused}。")
        return redirect("desk:quality:batch", batch_id)
    messages.success(request, f"已开工单 {'、'.join(one.number for one in made)}，请核对后发出。")
    return redirect("desk:quality:ticket", made[0].pk) if len(made) == 1 else redirect("desk:quality:tickets")


@requires(Role.DATA_OFFICER)
@require_POST
def send(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The source has been asked (发出)."""

    def act(found: Ticket) -> str:
        sent = services.send(ticket=found, by=acting_user(request), at=timezone.now())
        return f"工单已发出，期限 {sent.due_on.isoformat()}。"

    return _acted(request, ticket_id, act)


@requires(Role.DATA_OFFICER)
@require_POST
def answer(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """What the source replied (登记反馈)."""

    def act(found: Ticket) -> str:
        text = request.POST.get("answer", "")
        services.answer(ticket=found, text=text, by=acting_user(request), at=timezone.now())
        return "已登记来源单位的反馈。补正后的数据导入后，工单自动办结。"

    return _acted(request, ticket_id, act)


@requires(Role.DATA_OFFICER)
@require_POST
def close(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Close by hand, with a reason (人工办结)."""

    def act(found: Ticket) -> str:
        outcome = request.POST.get("outcome", "")
        services.close(ticket=found, outcome=outcome, by=acting_user(request), at=timezone.now())
        return "工单已办结。"

    return _acted(request, ticket_id, act)


def _acted(request: HttpRequest, ticket_id: int, act: Callable[[Ticket], str]) -> HttpResponse:
    """What is done with a ticket, and said of it; its page with the reason where it is refused."""
    found = _ticket(request, ticket_id)
    try:
        done = act(found)
    except TicketError as refused:
        return _page(request, found, problem=f"{refused}。", status=422)
    messages.success(request, done)
    return redirect("desk:quality:ticket", ticket_id)


@requires(Role.DATA_OFFICER)
@require_POST
def download(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The rows to be mended, in the source's own columns; asks for the purpose, audited (下载待补正行)."""
    found = _ticket(request, ticket_id)
    out = io.StringIO(newline="")
    try:
        write_rows(
            found, out, purpose=request.POST.get("purpose", ""), by=acting_user(request), at=timezone.now(),
            ip=address(request),
        )  # fmt: skip
    except TicketError as refused:
        return _page(request, found, problem=f"{refused}。", status=422)
    made = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    made.headers["Content-Disposition"] = f'attachment; filename="{found.number}.csv"'
    return made


def _ticket(request: HttpRequest, ticket_id: int) -> Ticket:
    found = queries.ticket_in(scope_of(request), ticket_id)
    if found is None:
        raise Http404
    return found


def _shown(found: Ticket) -> Ticket:
    """The ticket with what a page says of it besides."""
    today = timezone.localdate()
    found.label = found.state_label(today)  # type: ignore[attr-defined]
    found.tone = TONES[found.shown_state(today)]  # type: ignore[attr-defined]
    found.feed_label = feed_label(found.feed)  # type: ignore[attr-defined]
    found.place = division_path(found.division_code)  # type: ignore[attr-defined]
    found.days_left = (found.due_on - today).days  # type: ignore[attr-defined]
    return found
