"""Others' catalogues (收到的目录): whose there are, one of them."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.sharing.catalogue.queries import received as queries
from minzheng.sharing.catalogue.terms import CHANGE_LABELS, SOURCE_LABELS, ChangeKind, SourceKind
from minzheng.web.desk.catalogue.shown import lines, share
from minzheng.web.desk.requests import or_404, scope_of

PER_PAGE = 30
RECENT = 10
MOST_CHANGES = 20


@authenticated
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Members and portals whose catalogues are here (目录来源)."""
    found = [(one, SOURCE_LABELS[SourceKind(one.kind)]) for one in queries.sources(scope_of(request))]
    return render(request, "desk/catalogue/received.html", {"sources": found})


@authenticated
@require_safe
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """One source: its entries, whether their data is there, when it was taken in and what changed (来源目录)."""
    scope = scope_of(request)
    found = or_404(queries.source(scope, source_id))
    text = request.GET.get("q", "").strip()[:100]
    page = Paginator(queries.received_entries(scope, found, text=text), PER_PAGE).get_page(
        request.GET.get("page")
    )
    there = queries.resources_of(scope, found)
    rows = [
        (one, share(one.share_type), there.get(one.identifier), lines(one.content))
        for one in page.object_list
    ]
    receipts = [
        (
            one,
            [(each, CHANGE_LABELS[ChangeKind(each.kind)]) for each in list(one.changes.all())[:MOST_CHANGES]],
        )
        for one in queries.receipts(scope, found)[:RECENT]
    ]
    context = {
        "source": found, "page": page, "rows": rows, "q": text, "receipts": receipts, "most": MOST_CHANGES,
        "kind": SOURCE_LABELS[SourceKind(found.kind)], "has_resources": bool(there),
    }  # fmt: skip
    return render(request, "desk/catalogue/source.html", context)
