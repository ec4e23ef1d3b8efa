"""Subscriptions (订阅): all that concern one's rows or one's departments, and how one of them stands."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.subscriptions import queries
from minzheng.sharing.subscriptions.filtering import Filter
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.services.acts import may_act
from minzheng.sharing.subscriptions.terms import State, SubscriptionError, Way
from minzheng.standards.queries import code_book
from minzheng.web.desk.grants.shown import known, name_of
from minzheng.web.desk.places import division_name
from minzheng.web.desk.requests import acting_user, or_404, scope_of

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.SECURITY, Role.AUDITOR)
PER_PAGE = 30
TONES = {
    State.UNCONFIRMED: "info", State.OPEN: "ok", State.PAUSED: "warn", State.DEAD: "bad", State.ENDED: "",
}  # fmt: skip
KIND_NAMES = {"created": "新增", "updated": "更新", "withdrawn": "撤回"}


@requires(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Subscriptions of rows or departments within the scope (订阅列表)."""
    values = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state")}
    found = queries.subscriptions(scope_of(request), state=values["state"], text=values["q"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, name_of(one.data_set), *_standing(one)) for one in page.object_list]
    context = values | {"page": page, "rows": rows, "states": State.choices, "filtered": any(values.values())}
    return render(request, "desk/subscriptions/list.html", context)


@requires(*READERS)
@require_safe
def subscription(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription: place, backlog, what was sent and what went wrong (订阅)."""
    return shown(request, found_in(request, subscription_id))


def found_in(request: HttpRequest, subscription_id: UUID) -> Subscription:
    """One within the scope (取订阅). Raises ``Http404``."""
    return or_404(queries.subscription_in(scope_of(request), subscription_id))


def shown(request: HttpRequest, one: Subscription, *, problem: str = "", status: int = 200) -> HttpResponse:
    """The page of one (订阅页)."""
    scope = scope_of(request)
    label, tone = _standing(one)
    page = Paginator(queries.attempts(scope, one), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "subscription": one, "name": name_of(one.data_set), "label": label, "tone": tone, "problem": problem, "page": page,
        "behind": queries.backlog(scope, one), "most": queries.MOST_WAITING, "filter_said": _filter_said(one),
        "is_hook": one.way == Way.WEBHOOK, "may_act": _may(request, one), "over": one.state == State.ENDED,
        "stopped": one.state in (State.PAUSED, State.DEAD), "runs": one.state in (State.OPEN, State.UNCONFIRMED),
        "waits": one.next_at is not None and one.next_at > timezone.now(),
    }  # fmt: skip
    return render(request, "desk/subscriptions/subscription.html", context, status=status)


def _may(request: HttpRequest, one: Subscription) -> bool:
    try:
        may_act(one, acting_user(request))
    except SubscriptionError:
        return False
    return one.state != State.ENDED


def _standing(one: Subscription) -> tuple[str, str]:
    if one.state == State.OPEN and one.failures:
        return f"重试中 (连续失败 {one.failures} 次)", "warn"
    return str(State(one.state).label), TONES[State(one.state)]


def _filter_said(one: Subscription) -> list[str]:
    """The filter in words."""
    wanted, found = Filter.kept(one.filter), known(one.data_set)
    words = ["变更: " + "、".join(KIND_NAMES[kind] for kind in wanted.kinds)]
    if wanted.division:
        words.append(f"区划: {division_name(wanted.division)}")
    fields: dict[str, Any] = dict(found.fields) if found else {}
    if wanted.fields:
        words.append("字段: " + "、".join(fields[name].heading for name in wanted.fields if name in fields))
    for name, codes in (wanted.codes or {}).items():
        if name in fields:
            table = fields[name].element.value_domain or ""
            words.append(
                f"{fields[name].heading}: {'、'.join(code_book().label(table, code) for code in codes)}"
            )
    return words
