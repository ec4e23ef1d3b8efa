"""The accounts there are, and one of them (账号列表与账号)."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts import queries
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.accounts import choices
from minzheng.web.desk.accounts.forms import Filters
from minzheng.web.desk.places import division_path
from minzheng.web.desk.requests import acting_user, scope_of

PER_PAGE = 50
TONES = {"open": "ok", "locked": "warn", "disabled": "", "first": "info"}


@requires(Role.ADMINISTRATOR)
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of the own division and below, by filters (账号列表)."""
    scope = scope_of(request)
    form = Filters(scope, request.GET or None)
    chosen = {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}
    if "division" in chosen:
        chosen["division"] = _stem(chosen["division"])
    page = Paginator(queries.accounts(scope, **chosen), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [shown(user) for user in page.object_list]
    return render(request, "desk/accounts/list.html", {"page": page, "form": form, "filtered": bool(chosen)})


@requires(Role.ADMINISTRATOR)
@require_safe
def account(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: its rights, its state, what can be done with it (账号)."""
    found = account_of(request, user_id)
    context = {"account": shown(found), "is_own": found.pk == acting_user(request).pk}
    return render(request, "desk/accounts/account.html", context)


def account_of(request: HttpRequest, user_id: int) -> User:
    """The account within the scope (取账号). Raises ``Http404``."""
    found = queries.account_in(scope_of(request), user_id)
    if found is None:
        raise Http404
    return found


def shown(user: User) -> User:
    """The account with what a page says of it besides (补充显示内容)."""
    state = queries.state_of(user)
    user.state, user.state_label, user.state_tone = state, queries.STATES[state], TONES[state]  # type: ignore[attr-defined]
    user.division_name = division_path(user.division_code)  # type: ignore[attr-defined]
    user.role_names = choices.role_names(user.roles)  # type: ignore[attr-defined]
    user.business_names = choices.business_names(user.businesses)  # type: ignore[attr-defined]
    return user


def _stem(division: str) -> str:
    """What codes below a division begin with."""
    return division.rstrip("0") if len(division) == 6 and division.endswith("00") else division
