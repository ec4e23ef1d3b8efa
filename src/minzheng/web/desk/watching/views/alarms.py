"""Alarms (告警): those open and over, one, looking after it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.watching.alarms.rules import RULES, Rule, RuleError, rules
from minzheng.sharing.watching.alarms.services import AlarmError, said
from minzheng.sharing.watching.alarms.services import acknowledge as take_on
from minzheng.sharing.watching.models import Alarm
from minzheng.sharing.watching.queries import alarms as queries
from minzheng.sharing.watching.terms import AlarmState
from minzheng.web.desk.requests import acting_user, or_404, scope_of
from minzheng.web.desk.watching.views.streams import READERS

PER_PAGE = 30
OWNERS = (Role.DATA_OFFICER, Role.ADMINISTRATOR)


@requires(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Alarms that are open, or over (告警列表)."""
    state = AlarmState.CLEARED if request.GET.get("state") == AlarmState.CLEARED else AlarmState.OPEN
    found = queries.alarms(scope_of(request), state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    held, problem = _held()
    context = {
        "page": page, "rows": [_row(one, held) for one in page.object_list], "state": str(state), "problem": problem,
        "rules": [(rule, said(rule, rule.raise_at), said(rule, rule.clear_at)) for rule in held.values()],
    }  # fmt: skip
    return render(request, "desk/watching/alarms.html", context)


@requires(*READERS)
@require_safe
def alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm: since when, how far, what to do (告警)."""
    return _page(request, or_404(queries.alarm_in(scope_of(request), alarm_id)))


@requires(*OWNERS)
@require_POST
def acknowledge(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Say that one looks after it, and how (确认告警)."""
    found = or_404(queries.alarm_in(scope_of(request), alarm_id))
    try:
        take_on(found, note=request.POST.get("note", ""), by=acting_user(request), at=timezone.now())
    except AlarmError as refused:
        return _page(request, found, problem=f"{refused}。", status=422)
    messages.success(request, "告警已确认，恢复后自动关闭。")
    return redirect("desk:watching:alarm", alarm_id)


def _page(request: HttpRequest, found: Alarm, *, problem: str = "", status: int = 200) -> HttpResponse:
    held, _ = _held()
    may = found.acknowledged_at is None and acting_user(request).has_role(*OWNERS)
    context = _row(found, held) | {"problem": problem, "may_acknowledge": may}
    return render(request, "desk/watching/alarm.html", context, status=status)


def _held() -> tuple[dict[str, Rule], str]:
    try:
        return rules(), ""
    except RuleError as error:
        return {rule.key: rule for rule in RULES}, f"{error}，下表为产品自带的规则，修正前不产生告警。"


def _row(one: Alarm, held: dict[str, Rule]) -> dict[str, Any]:
    rule = held[one.rule]
    return {
        "alarm": one, "rule": rule, "value": said(rule, one.value), "worst": said(rule, one.worst),
        "limit": said(rule, rule.raise_at), "back": said(rule, rule.clear_at),
    }  # fmt: skip
