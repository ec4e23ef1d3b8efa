"""How the streams do (交换监控): all of them, one with its batches."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.between import configuration
from minzheng.sharing.watching.models import Stream
from minzheng.sharing.watching.queries import alarms as alarm_queries
from minzheng.sharing.watching.queries import streams as queries
from minzheng.sharing.watching.terms import STALE_AFTER_S, TONES, Way
from minzheng.web.desk.grants.shown import name_of
from minzheng.web.desk.requests import is_fragment, or_404, scope_of

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR)
PER_PAGE = 30
SPANS = (("hour", "近一小时"), ("day", "近一天"), ("month", "近三十天"), ("year", "近一年"))


@requires(*READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All streams, what waits, what is refused, alarms (交换监控); a fragment renews itself every half minute."""
    scope, now = scope_of(request), timezone.now()
    found = queries.overview(scope, at=now)
    way = request.GET.get("way", "")
    shown = [one for one in found.streams if way not in Way.values or one.way == way]
    measured, rates = found.measured_at, queries.rates(scope, at=now)
    rows = [_row(one, now) | {"rate": rates.get(one.pk, 0.0)} for one in shown]
    context = {
        "found": found, "rows": rows, "ways": Way.choices, "way": way, "now": now,
        "stale": measured is None or (now - measured).total_seconds() > STALE_AFTER_S,
        "open_alarms": alarm_queries.open_count(scope), "alarms": alarm_queries.alarms(scope)[:5],
        "soon": configuration.told_soon(at=now, within=scope.prefix),
    }  # fmt: skip
    part = is_fragment(request)
    return render(request, f"desk/watching/{'streams' if part else 'overview'}.html", context)


@requires(*READERS)
@require_safe
def stream(request: HttpRequest, stream_id: int) -> HttpResponse:
    """One stream: now, over time, batch by batch (一条交换流)."""
    scope, now = scope_of(request), timezone.now()
    found = or_404(queries.stream_in(scope, stream_id))
    span = request.GET.get("span", "day")
    span = span if span in queries.SPANS else "day"
    number = request.GET.get("page", "1")
    wanted = max(1, min(int(number), 100_000)) if number.isdigit() and len(number) < 7 else 1
    rows, total = queries.batches(scope, found, page=wanted, size=PER_PAGE)
    page = Paginator(range(total), PER_PAGE).get_page(wanted)
    if not rows and page.number != wanted:
        rows, _ = queries.batches(scope, found, page=page.number, size=PER_PAGE)
    context = _row(found, now) | {
        "points": queries.history(scope, queries.streams(scope).filter(pk=found.pk), span=span, at=now),
        "span": span, "spans": SPANS, "batches": rows, "page": page, "now": now, "is_node": found.way == Way.NODE,
    }  # fmt: skip
    return render(request, "desk/watching/stream.html", context)


def _row(one: Stream, now: Any) -> dict[str, Any]:
    state = one.condition(at=now)
    return {
        "stream": one, "condition": state, "tone": TONES[state], "set_name": name_of(one.data_set) if one.data_set else "",
    }  # fmt: skip
