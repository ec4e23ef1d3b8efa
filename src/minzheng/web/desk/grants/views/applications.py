"""Applications (共享申请): what waits, a new one, the answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.grants import queries, services
from minzheng.sharing.grants.granted.fields import Shared, shared_sets
from minzheng.sharing.grants.models import Application
from minzheng.sharing.grants.terms import NOT_SHARED, PER_DAY, PER_MINUTE, GrantError, State
from minzheng.web.desk.grants import asked, shown
from minzheng.web.desk.requests import acting_user, or_404, scope_of

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.SECURITY)
PER_PAGE = 30
USUALLY = timedelta(days=365)


@requires(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Applications of rows within the scope, those that wait first (共享申请)."""
    state = request.GET.get("state", State.WAITING)
    found = queries.applications(scope_of(request), state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [(one, shown.name_of(one.data_set), (one.due_on - today).days) for one in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "state": state,
        "states": State.choices,
        "may_ask": _may_ask(request),
    }
    return render(request, "desk/grants/applications.html", context)


@requires(Role.CLERK, Role.DATA_OFFICER)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter what a department asks for (登记申请): the data set first, then its fields and rows."""
    said = request.POST if request.method == "POST" else request.GET
    found = shown.known(said.get("data_set", ""))
    if found is None or found.spec.share_type == NOT_SHARED:
        return render(request, "desk/grants/choose.html", {"sets": _sharable()})
    problem = ""
    if request.method == "POST":
        try:
            made = _ask(request, found)
        except GrantError as refused:
            problem = f"{refused}。"
        else:
            messages.success(request, f"申请 {made.number} 已登记，{made.due_on:%Y-%m-%d} 前答复。")
            return redirect("desk:grants:application", made.pk)
    context = _form(request, found) | {"problem": problem}
    return render(request, "desk/grants/new.html", context, status=422 if problem else 200)


@requires(*READERS)
@require_safe
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """One application and its answer (共享申请)."""
    return _page(request, _application(request, application_id))


@requires(Role.DATA_OFFICER)
@require_POST
def agree(request: HttpRequest, application_id: int) -> HttpResponse:
    """Grant what is asked, or less of it (同意)."""

    def act(found: Application) -> HttpResponse:
        grant = services.agree(
            application=found, masked=request.POST.getlist("masked"), answer=request.POST.get("answer", ""),
            by=acting_user(request), at=timezone.now(), **asked.terms(request.POST),
        )  # fmt: skip
        messages.success(request, "已同意并授权，接入系统现在即可使用。")
        return redirect("desk:grants:grant", grant.pk)

    return _acted(request, application_id, act)


@requires(Role.DATA_OFFICER)
@require_POST
def refuse(request: HttpRequest, application_id: int) -> HttpResponse:
    """Refuse, with the reason (不予同意)."""

    def act(found: Application) -> HttpResponse:
        answer = request.POST.get("answer", "")
        services.refuse(application=found, answer=answer, by=acting_user(request), at=timezone.now())
        messages.success(request, "已答复不予同意。")
        return redirect("desk:grants:application", application_id)

    return _acted(request, application_id, act)


def _acted(
    request: HttpRequest, application_id: int, act: Callable[[Application], HttpResponse]
) -> HttpResponse:
    found = _application(request, application_id)
    try:
        return act(found)
    except GrantError as refused:
        return _page(request, found, problem=f"{refused}。", status=422)


def _application(request: HttpRequest, application_id: int) -> Application:
    return or_404(queries.application_in(scope_of(request), application_id))


def _page(request: HttpRequest, found: Application, *, problem: str = "", status: int = 200) -> HttpResponse:
    waiting = found.state == State.WAITING
    sensitive = [line.field.name for line in shown.common(found)["lines"] if line.sensitive]
    context = shown.common(found) | {
        "application": found, "problem": problem, "days_left": (found.due_on - timezone.localdate()).days,
        "may_decide": waiting and acting_user(request).has_role(Role.DATA_OFFICER), "sensitive": sensitive,
        "method_lines": [line for line in shown.methods(list(found.methods)) if line[3]],
        "grant": queries.grants(scope_of(request), at=timezone.now()).filter(application=found).first(),
    }  # fmt: skip
    return render(request, "desk/grants/application.html", context, status=status)


def _ask(request: HttpRequest, found: Shared) -> Application:
    form = request.POST
    client = queries.client_in(scope_of(request), form.get("client", ""))
    if client is None or client.is_test:
        raise GrantError("请选择已登记的接入系统")
    return services.ask(
        client=client, data_set=found.spec.key, purpose=form.get("purpose", ""), legal_basis=form.get("legal_basis", ""),
        division_code=form.get("division_code", ""), rows_from_on=asked.day(form, "rows_from_on", "业务日期起"),
        rows_to_on=asked.day(form, "rows_to_on", "业务日期止"), condition=asked.condition(form, found),
        by=acting_user(request), at=timezone.now(), **asked.terms(form),
    )  # fmt: skip


def _form(request: HttpRequest, found: Shared) -> dict[str, Any]:
    form, scope = request.POST, scope_of(request)
    values = {
        name: form.get(name, "")
        for name in ("client", "purpose", "legal_basis", "rows_from_on", "rows_to_on")
    }
    values |= {
        "division_code": form.get("division_code", scope.division_code),
        "until_on": form.get("until_on", (timezone.localdate() + USUALLY).isoformat()),
        "per_minute": form.get("per_minute", str(PER_MINUTE)), "per_day": form.get("per_day", str(PER_DAY)),
    }  # fmt: skip
    return {
        "found": found, "values": values, "lines": shown.lines(found, form.getlist("field"), []),
        "method_lines": shown.methods(form.getlist("method")), "choices": shown.choices(found),
        "ticked": {f"{name}-{code}" for name in found.fields for code in form.getlist(f"code-{name}")},
        "clients": queries.clients(scope).filter(disabled_at__isnull=True, is_test=False), "dated": found.feed.record is not None,
    }  # fmt: skip


def _sharable() -> list[Shared]:
    return [found for found in shared_sets() if found.spec.share_type != NOT_SHARED]


def _may_ask(request: HttpRequest) -> bool:
    return acting_user(request).has_role(Role.CLERK, Role.DATA_OFFICER)
