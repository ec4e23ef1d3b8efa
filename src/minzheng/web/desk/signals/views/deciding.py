"""Deciding on many signals (批量处理): at once where they are few, by the worker with progress where they are many."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.signals import jobs, queries, services
from minzheng.stewardship.signals.models import Decision
from minzheng.stewardship.signals.terms import DECISION_LABELS
from minzheng.web.desk.requests import acting_user, scope_of
from minzheng.web.desk.signals.asked import query_of, wanted_of
from minzheng.web.desk.signals.views.worklist import READERS


@requires(*READERS)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Decide on the signals ticked, or on the whole list (批量处理)."""
    scope, user, at = scope_of(request), acting_user(request), timezone.now()
    wanted = wanted_of(scope, request.POST)
    back = f"{reverse('desk:signals:worklist')}?{query_of(wanted)}"
    try:
        decision = services.decide(
            scope=scope, signal_ids=_chosen(request, scope), to_state=request.POST.get("to", ""),
            reason=request.POST.get("reason", ""), by=user, at=at,
        )  # fmt: skip
    except services.DecisionError as error:
        messages.error(request, f"{error}。")
        return redirect(back)
    if len(decision.signal_ids) > services.AT_ONCE:
        jobs.carry_out_later(decision)
        return redirect("desk:signals:decision", decision.pk)
    done = services.carry_out(decision, scope=scope, by=user, at=at)
    if done.failures:
        return redirect("desk:signals:decision", done.pk)
    messages.success(request, f"{DECISION_LABELS[done.to_state]} {len(done.signal_ids)} 条。")
    return redirect(back)


@requires(*READERS)
@require_safe
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """How far a decision over many has come, and what it left alone (处理进度)."""
    return render(request, "desk/signals/decision.html", _context(request, decision_id))


@requires(*READERS)
@require_safe
def decision_state(request: HttpRequest, decision_id: int) -> HttpResponse:
    """The part that asks again every second; once it is over, the whole page (进度)."""
    context = _context(request, decision_id)
    if context["decision"].finished_at:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "desk/signals/decision_state.html", context)


def _chosen(request: HttpRequest, scope: Scope) -> list[int]:
    if request.POST.get("whole") == "1":
        wanted = wanted_of(scope, request.POST)
        return list(queries.ids_in(scope, wanted, today=timezone.localdate(), limit=services.MOST + 1))
    return [int(one) for one in request.POST.getlist("signal") if one.isdecimal() and len(one) < 19]


def _context(request: HttpRequest, decision_id: int) -> dict[str, Any]:
    found: Decision | None = queries.decision_in(scope_of(request), decision_id)
    if found is None:
        raise Http404
    total = len(found.signal_ids)
    return {
        "decision": found,
        "label": DECISION_LABELS[found.to_state],
        "total": total,
        "changed": services.decision_total(found),
        "share": found.done / total if total else 1,
        "failures": found.failures[:200],
    }
