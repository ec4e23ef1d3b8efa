"""The first page after login (首页)."""

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from minzheng.foundation.access.rules import authenticated, rule_of
from minzheng.web.desk import batch_queries
from minzheng.web.desk.batch_view import as_shown
from minzheng.web.desk.feed_view import shown_feeds
from minzheng.web.desk.lookup.views import search
from minzheng.web.desk.requests import acting_user, scope_of
from minzheng.web.desk.today import waiting
from minzheng.web.desk.views import batches, bring_in, notices

RECENT = 8
SINCE = datetime.timedelta(days=30)


@authenticated
def home(request: HttpRequest) -> HttpResponse:
    """What waits today, notices, search, the latest batches, quick links: what the user's roles admit (首页)."""
    context: dict[str, Any] = {"sees_persons": _admits(request, search.search)} | notices.panel(request)
    scope = scope_of(request)
    context["waiting"] = list(waiting(acting_user(request), scope))
    if _admits(request, batches.batches):
        counts = batch_queries.batch_counts(scope, since=timezone.now() - SINCE)
        context["figures"] = [
            {"name": "批次", "value": counts.batches},
            {"name": "处理中", "value": counts.open},
            {"name": "退回", "value": counts.refused, "tone": "bad" if counts.refused else ""},
            {"name": "接收行", "value": counts.accepted},
            {"name": "隔离行", "value": counts.quarantined, "tone": "warn" if counts.quarantined else ""},
            {"name": "待核行", "value": counts.review, "tone": "warn" if counts.review else ""},
        ]
        context["batches"] = [as_shown(batch) for batch in batch_queries.batches(scope)[:RECENT]]
    if _admits(request, bring_in.feeds):
        context["feeds"] = shown_feeds(scope)
    return render(request, "desk/home.html", context)


def _admits(request: HttpRequest, view: Any) -> bool:
    rule = rule_of(view)
    return rule is not None and rule.admits(acting_user(request))
