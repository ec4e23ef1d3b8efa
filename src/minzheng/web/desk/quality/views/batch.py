"""One batch's quality (批次质量): its page, and the few lines on the batch's own page."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.stewardship.quality import queries
from minzheng.stewardship.quality.scoring import by_dimension, scored
from minzheng.web.desk.places import division_path
from minzheng.web.desk.quality.shown import feed_label, shown_figures
from minzheng.web.desk.quality.views.overview import READERS
from minzheng.web.desk.requests import acting_user, scope_of


@requires(*READERS)
@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Every figure of one batch; a data officer opens a ticket from here (批次质量)."""
    scope = scope_of(request)
    found = queries.batch_with_figures(scope, batch_id)
    if found is None:
        raise Http404
    figures = queries.figures(scope, batch_id=batch_id)
    names = {number: name for number, _, name in queries.sources(scope)}
    context = {
        "batch": found,
        "feed_label": feed_label(found.feed),
        "source_name": names.get(found.source_id, ""),
        "overall": scored("综合", figures),
        "dimensions": by_dimension(figures),
        "figures": shown_figures(figures, query={"batch": str(batch_id)}),
        "places": [(code, division_path(code)) for code in queries.failing_divisions(scope, batch_id)],
        "may_open": acting_user(request).has_role(Role.DATA_OFFICER) and any(f.failed for f in figures),
    }
    return render(request, "desk/quality/batch.html", context)


@requires(*READERS)
@require_safe
def summary(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The scores for the batch's own page (批次质量摘要); empty where nothing was measured."""
    figures = queries.figures(scope_of(request), batch_id=batch_id)
    if not figures:
        return HttpResponse("")
    context = {
        "batch_id": batch_id, "overall": scored("综合", figures), "dimensions": by_dimension(figures),
        "missed": sum(figure.missed for figure in figures),
    }  # fmt: skip
    return render(request, "desk/quality/parts/batch_summary.html", context)
