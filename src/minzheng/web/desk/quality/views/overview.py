"""How good the data is (数据质量总览): scores, trend, what is worst, who delivers it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.stewardship.quality import queries
from minzheng.stewardship.quality.late import late_sources
from minzheng.stewardship.quality.scoring import by_dimension, scored, worst
from minzheng.web.desk.quality.asked import narrowed
from minzheng.web.desk.quality.shown import feed_label, shown_figures
from minzheng.web.desk.requests import scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
DIVISIONS = 20


@requires(*READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Scores of what came within the filters (数据质量)."""
    scope, today = scope_of(request), timezone.localdate()
    given = narrowed(request, scope)
    found = queries.figures(scope, **given.asked)
    context = {
        "given": given,
        "overall": scored("综合", found),
        "dimensions": by_dimension(found),
        "missed": sum(figure.missed for figure in found),
        "trend": queries.trend(scope, **given.asked),
        "worst": shown_figures(worst(found, limit=12), query=given.chosen),
        "sources": [(one, feed_label(one.feed)) for one in queries.by_source(scope, **given.asked)],
        "divisions": queries.by_division(scope, **given.asked)[:DIVISIONS],
        "late": [(one, feed_label(one.feed)) for one in late_sources(scope, on=today)],
        "tickets": queries.ticket_counts(scope, on=today),
        "month": today,
    }
    return render(request, "desk/quality/overview.html", context)
