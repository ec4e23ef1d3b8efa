"""Rows that wait (待核列表): counts by county and feed, the age of the oldest, who has taken what on."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.exchange.held.staging import names_said
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.database.arrow import bulk
from minzheng.stewardship.review import queries, services
from minzheng.web.desk.requests import acting_user, scope_of
from minzheng.web.desk.review.asked import Filters, carried, narrowed
from minzheng.web.desk.review.shown import age, by_division, shown_items

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
DECIDERS = (Role.CLERK, Role.REVIEWER)
PER_PAGE = 50


@requires(*READERS)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The list, the oldest first (待核处置)."""
    scope, said = scope_of(request), narrowed(request, request.GET)
    services.finish_left(scope)
    counted = queries.counts(scope)
    page = Paginator(queries.waiting(scope, **said), PER_PAGE).get_page(request.GET.get("page"))
    items = list(page.object_list)
    with bulk() as work:
        names = names_said(work, items)
    lines = shown_items(items, names, queries.assignments(scope, [item.pk for item in items]))
    oldest = min((one.oldest for one in counted), default=None)
    mine = queries.waiting(scope, assigned_to=acting_user(request).pk).count()
    context = {
        "page": page,
        "lines": lines,
        "form": Filters(scope, request.GET or None),
        "filtered": bool(said),
        "carried": carried(request.GET),
        "divisions": by_division(counted),
        "total": sum(one.rows for one in counted),
        "oldest": age(oldest) if oldest else "",
        "mine": mine,
        "proposed": queries.proposals(scope).count(),
    }
    return render(request, "desk/review/waiting.html", context)
