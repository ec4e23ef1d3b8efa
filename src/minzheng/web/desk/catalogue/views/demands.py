"""Demands (供需对接): the worklist, one demand, asking, answering."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.members.services import own_code
from minzheng.sharing.catalogue.models import Demand
from minzheng.sharing.catalogue.queries import editions as own
from minzheng.sharing.catalogue.queries import received as queries
from minzheng.sharing.catalogue.services import demands as services
from minzheng.sharing.catalogue.services.demand_steps import ASKED
from minzheng.sharing.catalogue.terms import DEMAND_LABELS, UNDER_WAY, CatalogueError, DemandState
from minzheng.standards.queries import code_book
from minzheng.web.desk.catalogue.views.own import may_write
from minzheng.web.desk.requests import acting_user, or_404, scope_of

PER_PAGE = 30
TONES = {
    DemandState.OPEN: "warn", DemandState.FORWARDED: "info", DemandState.PROVIDED: "ok",
    DemandState.REFUSED: "bad", DemandState.WITHDRAWN: "",
}  # fmt: skip
STATES = [
    ("under_way", "办理中"),
    *((state.value, label) for state, label in DEMAND_LABELS.items()),
    ("", "全部"),
]


@requires(Role.DATA_OFFICER)
@require_safe
def demands(request: HttpRequest) -> HttpResponse:
    """What is asked of this node and what it asks of others, the soonest due first (供需对接)."""
    scope, today = scope_of(request), timezone.localdate()
    state = request.GET.get("state", "under_way")
    if state not in dict(STATES):
        state = "under_way"
    page = Paginator(queries.demands(scope, state=state), PER_PAGE).get_page(request.GET.get("page"))
    names = queries.members(scope)
    context = {
        "page": page, "rows": [_row(one, names) for one in page.object_list], "state": state, "states": STATES,
        "overdue": queries.overdue(scope, on=today), "may_write": may_write(request),
    }  # fmt: skip
    return render(request, "desk/catalogue/demands.html", context)


@requires(Role.DATA_OFFICER)
@require_safe
def demand(request: HttpRequest, demand_id: UUID) -> HttpResponse:
    """One demand: what for, by when, what was done (需求)."""
    return _page(request, demand_id)


def _page(request: HttpRequest, demand_id: UUID, *, problem: str = "") -> HttpResponse:
    scope = scope_of(request)
    found = or_404(queries.demand(scope, demand_id))
    names = queries.members(scope)
    edition = own.in_force(scope)
    officer = may_write(request)
    context = _row(found, names) | {
        "events": [(one, DEMAND_LABELS[DemandState(one.state)]) for one in found.events.order_by("id")],
        "path": [names.get(code, code) for code in found.path],
        "may_answer": officer and found.asked_of == own_code() and found.state == DemandState.OPEN,
        "may_withdraw": officer
        and found.asked_by == own_code()
        and found.state in UNDER_WAY
        and not found.parent_id,
        "entries": own.entries(scope, edition) if edition else [],
        "problem": problem,
        "posted": request.POST if problem else {},
    }
    return render(request, "desk/catalogue/demand.html", context, status=422 if problem else 200)


@requires(Role.DATA_OFFICER)
@require_POST
def act(request: HttpRequest, demand_id: UUID) -> HttpResponse:
    """Provide, refuse, pass up or take back (办理)."""
    or_404(queries.demand(scope_of(request), demand_id))
    who: dict[str, Any] = {"demand_id": demand_id, "by": acting_user(request), "at": timezone.now()}
    text, code = request.POST.get("text", ""), request.POST.get("code", "")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "provided": (lambda: services.answer(outcome=DemandState.PROVIDED, text=text, code=code, **who), "已答复：提供。"),
        "refused": (lambda: services.answer(outcome=DemandState.REFUSED, text=text, **who), "已答复：不予提供。"),
        "forward": (lambda: services.forward(**who), "已转上级，答复到达后自动转回提出方。"),
        "withdraw": (lambda: services.withdraw(**who), "需求已撤回。"),
    }  # fmt: skip
    done = acts.get(request.POST.get("act", ""))
    if done is None:
        return _page(request, demand_id, problem="请选择一种办理方式。")
    try:
        done[0]()
    except CatalogueError as error:
        return _page(request, demand_id, problem=f"{error}。")
    messages.success(request, done[1])
    return redirect("desk:catalogue:demand", demand_id)


@requires(Role.DATA_OFFICER)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask another member, or this node for a department (提出需求)."""
    scope = scope_of(request)
    values = {name: request.POST.get(name, request.GET.get(name, "")) for name in (*ASKED, "asked_of")}
    problem = ""
    if request.method == "POST":
        try:
            made = services.ask(
                asked_of=values["asked_of"], values=values, by=acting_user(request), at=timezone.now()
            )
        except CatalogueError as error:
            problem = f"{error}。"
        else:
            messages.success(
                request,
                "需求已提出，随下一次交换送达提供方。" if made.asked_of != own_code() else "需求已登记。",
            )
            return redirect("desk:catalogue:demand", made.pk)
    names = queries.members(scope)
    context = {
        "values": values, "problem": problem, "may_write": may_write(request),
        "members": [(own_code(), "本节点（代部门提出）"), *((c, n) for c, n in names.items() if c != own_code())],
        "cycles": [(code.code, code.name) for code in code_book().codes("UPDATE_CYCLE")],
    }  # fmt: skip
    return render(request, "desk/catalogue/ask.html", context, status=422 if problem else 200)


def _row(one: Demand, names: dict[str, str]) -> dict[str, Any]:
    state = DemandState(one.state)
    mine = one.asked_of == own_code()
    return {
        "demand": one, "label": DEMAND_LABELS[state], "tone": TONES[state], "mine": mine,
        "asked_by": one.on_behalf or names.get(one.asked_by, one.asked_by),
        "asked_of": names.get(one.asked_of, one.asked_of) if not mine else "本节点",
        "is_overdue": state in UNDER_WAY and one.due_on is not None and one.due_on < timezone.localdate(),
    }  # fmt: skip
