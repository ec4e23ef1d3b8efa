"""The rows behind a figure (不合格行)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.stewardship.quality import queries
from minzheng.stewardship.quality.showing import opened
from minzheng.stewardship.quality.staged import KEPT_ROWS, KEPT_WITHOUT_TARGET
from minzheng.web.desk.quality.asked import narrowed
from minzheng.web.desk.quality.shown import rule_of, shown_rows
from minzheng.web.desk.quality.views.overview import READERS
from minzheng.web.desk.requests import acting_user, address, scope_of

PER_PAGE = 25


@requires(*READERS)
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """Failing rows, masked, with what is wrong with each (不合格行)."""
    scope = scope_of(request)
    given = narrowed(request, scope)
    rule_id, field = request.GET.get("rule", "")[:100], request.GET.get("field", "")[:200]
    figures = [
        figure
        for figure in queries.figures(scope, **given.asked)
        if (not rule_id or figure.rule_id == rule_id) and (not field or figure.field == field)
    ]
    found = queries.failing_rows(scope, rule_id=rule_id, field=field, **given.asked)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    listed = shown_rows(opened(list(page.object_list)))
    if listed:
        record(
            by=acting_user(request), action="quality.rows", object_kind="quality_rows", object_id=rule_id or "all",
            purpose="查看不合格行", detail={"rows": len(listed), "field": field}, ip=address(request),
        )  # fmt: skip
    context = {
        "given": given, "page": page, "rows": listed, "field": field, "rule_id": rule_id,
        "rule": rule_of(given.asked.get("feed", ""), rule_id) if given.asked.get("feed") else None,
        "checked": sum(f.checked for f in figures), "failed": sum(f.failed for f in figures), "kept": KEPT_ROWS,
        "kept_less": KEPT_WITHOUT_TARGET,
    }  # fmt: skip
    return render(request, "desk/quality/rows.html", context)
