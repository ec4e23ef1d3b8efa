"""Grants (授权): all of them, one with its uses, taking one back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.grants import queries, services
from minzheng.sharing.grants.granted.fields import shared_sets
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import GrantError, Method, Standing
from minzheng.web.desk.grants import shown
from minzheng.web.desk.requests import acting_user, or_404, scope_of

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.SECURITY, Role.AUDITOR)
PER_PAGE = 30
TONES = {Standing.OPEN: "ok", Standing.NOT_YET: "info", Standing.EXPIRED: "warn", Standing.WITHDRAWN: "bad"}


@requires(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Grants of rows within the scope, with how much each is used (授权列表)."""
    scope, now = scope_of(request), timezone.now()
    values = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "standing", "data_set")}
    found = queries.grants(
        scope, at=now, text=values["q"], standing=values["standing"], data_set=values["data_set"]
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    used = queries.used_lately(scope, list(page.object_list), at=now)
    rows = [
        (one, shown.name_of(one.data_set), *_standing(one), used.get(one.pk, 0)) for one in page.object_list
    ]
    context = values | {
        "page": page, "rows": rows, "standings": Standing.choices, "filtered": any(values.values()),
        "sets": [(one.spec.key, one.spec.name) for one in shared_sets()],
        "waiting": queries.waiting_count(scope) if acting_user(request).has_role(Role.DATA_OFFICER) else 0,
    }  # fmt: skip
    return render(request, "desk/grants/list.html", context)


@requires(*READERS)
@require_safe
def grant(request: HttpRequest, grant_id: int) -> HttpResponse:
    """What one grant gives, how it is used, and by whom (授权)."""
    return _page(request, or_404(queries.grant_in(scope_of(request), grant_id)))


@requires(Role.DATA_OFFICER, Role.SECURITY)
@require_POST
def withdraw(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Take a grant back at once (撤回授权)."""
    found = or_404(queries.grant_in(scope_of(request), grant_id))
    try:
        services.withdraw(
            grant=found, reason=request.POST.get("reason", ""), by=acting_user(request), at=timezone.now()
        )
    except GrantError as refused:
        return _page(request, found, problem=f"{refused}。", status=422)
    messages.success(request, "授权已撤回，接入系统的下一次调用即被拒绝。")
    return redirect("desk:grants:grant", grant_id)


def _page(request: HttpRequest, found: Grant, *, problem: str = "", status: int = 200) -> HttpResponse:
    scope, now = scope_of(request), timezone.now()
    page = Paginator(queries.uses(scope, found), PER_PAGE).get_page(request.GET.get("page"))
    label, tone = _standing(found)
    open_now = found.standing(now) in (Standing.OPEN, Standing.NOT_YET)
    context = shown.common(found) | {
        "grant": found, "label": label, "tone": tone, "problem": problem, "page": page,
        "rows": [(one, Method(one.method).label) for one in page.object_list],
        "sums": [(one, Method(one.method).label) for one in queries.sums(scope, found)],
        "may_withdraw": open_now and acting_user(request).has_role(Role.DATA_OFFICER, Role.SECURITY),
        "application": queries.application_in(scope, found.application_id or 0),
    }  # fmt: skip
    return render(request, "desk/grants/grant.html", context, status=status)


def _standing(found: Grant) -> tuple[str, str]:
    standing = found.standing(timezone.now())
    return str(standing.label), TONES[standing]
