"""One signal (线索)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.services import record
from minzheng.stewardship.signals import queries, services
from minzheng.stewardship.signals.models import Signal
from minzheng.stewardship.signals.terms import DECISION_LABELS, NODE, State
from minzheng.web.desk.requests import acting_user, address, scope_of
from minzheng.web.desk.signals.asked import query_of, wanted_of
from minzheng.web.desk.signals.shown import persons_of, record_tables, shown_signals
from minzheng.web.desk.signals.views.worklist import READERS, decisions_for


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def signal(request: HttpRequest, signal_id: int) -> HttpResponse:
    """The facts, the records side by side, what to do, what was done; a POST decides (线索)."""
    scope = scope_of(request)
    found = queries.signal_in(scope, signal_id)
    if found is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        problem = _decide(request, scope, found)
        if not problem:
            query = request.GET.urlencode()
            return redirect(reverse("desk:signals:signal", args=[signal_id]) + (f"?{query}" if query else ""))
    else:
        record(
            by=acting_user(request), action="signals.view", object_kind="signal", object_id=signal_id,
            ip=address(request),
        )  # fmt: skip
    return render(request, "desk/signals/signal.html", _context(request, scope, found) | {"problem": problem})


def _decide(request: HttpRequest, scope: Scope, found: Signal) -> str:
    """Decide on one signal; what was wrong, or nothing."""
    user, at = acting_user(request), timezone.now()
    try:
        decision = services.decide(
            scope=scope, signal_ids=[found.pk], to_state=request.POST.get("to", ""),
            reason=request.POST.get("reason", ""), by=user, at=at,
        )  # fmt: skip
    except services.DecisionError as error:
        return f"{error}。"
    done = services.carry_out(decision, scope=scope, by=user, at=at)
    if done.failures:
        return f"没有处理：{done.failures[0][1]}。可能已由他人处理，请看变更记录。"
    messages.success(request, f"已处理：{DECISION_LABELS[done.to_state]}。")
    return ""


def _context(request: HttpRequest, scope: Scope, found: Signal) -> dict[str, Any]:
    today = timezone.localdate()
    wanted = wanted_of(scope, request.GET)
    (shown,) = shown_signals(scope, [found], today=today)
    people, outside = persons_of(scope, found)
    records = queries.records_of(scope, found)
    place = queries.place_of(scope, found)
    beside = {
        name: next(
            iter(queries.worklist(scope, wanted, today=today, limit=1, after=place, backwards=back)), None
        )
        for name, back in (("previous", True), ("next", False))
    }
    return beside | {
        "signal": shown,
        "found": found,
        "people": people,
        "outside": outside,
        "tables": record_tables(records),
        "more_records": len(set(found.record_ids)) - len(records),
        "history": [_event(event) for event in queries.history(scope, found)],
        "decisions": decisions_for(found.state),
        "query": query_of(wanted),
        "said_reason": request.POST.get("reason", ""),
    }


def _event(event: Any) -> dict[str, Any]:
    return {
        "at": event.at,
        "by": event.by_name or NODE,
        "from": State(event.from_state).label if event.from_state else "",
        "to": State(event.to_state).label,
        "is_same": event.from_state == event.to_state,
        "reason": event.reason,
        "amount_fen": event.amount_fen,
    }
