"""What was decided (处置记录): the history, the second pair of eyes, undoing."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.stewardship.review import queries, services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import Kind
from minzheng.web.desk.requests import acting_user, address, scope_of
from minzheng.web.desk.review.shown import ShownDecision, age, shown_decisions
from minzheng.web.desk.review.views.listing import DECIDERS, READERS

PER_PAGE = 50
DONE = {
    "approve": "已复核同意，处置已生效。",
    "reject": "已复核，不同意；原处置没有生效。",
    "undo": "已撤销，恢复到处置之前。",
}


@requires(*READERS)
@require_safe
def second(request: HttpRequest) -> HttpResponse:
    """Decisions that wait for another reviewer, the oldest first (待复核)."""
    page = Paginator(queries.proposals(scope_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    me = acting_user(request).pk
    lines = [(one, age(one.at), one.by_id == me) for one in page.object_list]
    return render(request, "desk/review/second.html", {"page": page, "lines": lines})


@requires(*READERS)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Every word of every official in the scope, the newest first (处置记录)."""
    page = Paginator(queries.recent(scope_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/review/history.html", {"page": page})


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """One decision with all that was said about it; by POST approve, reject or undo (处置)."""
    found = queries.decision_in(scope_of(request), decision_id)
    if found is None:
        raise Http404
    if found.about_id is not None and found.kind in (Kind.APPROVE, Kind.REJECT):
        return redirect("desk:review:decision", found.about_id)
    problem = ""
    if request.method == "POST":
        problem = _act(request, found)
        if not problem:
            return redirect("desk:review:decision", decision_id)
    shown = _shown(request, found)
    context = {
        "decision": found, "shown": shown, "problem": problem, "reason": request.POST.get("reason", ""),
        "words": [one for one in _all(request, found) if one.id != found.pk],
        "may_decide": acting_user(request).has_role(*DECIDERS),
    }  # fmt: skip
    return render(request, "desk/review/decision.html", context)


def _act(request: HttpRequest, found: Decision) -> str:
    """Do what was asked; returns what hinders it."""
    action = request.POST.get("action", "")
    by = acting_user(request)
    if action not in DONE:
        return "请选择要做什么。"
    if not by.has_role(*DECIDERS):
        return "您的角色不能处置待核行。"
    said: dict[str, Any] = {
        "reason": request.POST.get("reason", ""), "by": by, "at": timezone.now(), "ip": address(request),
    }  # fmt: skip
    try:
        if action == "undo":
            word = services.undo(scope_of(request), found.pk, **said)
        else:
            word = (services.approve if action == "approve" else services.reject)(
                scope_of(request), found.pk, **said
            )
    except services.ReviewError as refused:
        return f"{refused}。"
    told = "已提出撤销，等待另一名复核人复核。" if word.needs_second else DONE[action]
    messages.success(request, told)
    return ""


def _all(request: HttpRequest, found: Decision) -> list[ShownDecision]:
    scope = scope_of(request)
    if found.batch_id is not None and found.row_no is not None:
        decisions = queries.decisions_on_row(scope, found.batch_id, found.row_no)
    elif found.person_id is not None:
        decisions = queries.decisions_on_person(scope, found.person_id)
    else:
        decisions = [found]
    return shown_decisions(decisions, acting_user(request))


def _shown(request: HttpRequest, found: Decision) -> ShownDecision:
    return next(one for one in _all(request, found) if one.id == found.pk)
