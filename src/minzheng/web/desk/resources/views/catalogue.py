"""The catalogue (资源目录): the list, one data set, the list as a file."""

import io
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated, rule_of
from minzheng.standards.queries import code_book
from minzheng.stewardship.resources.exporting import write_catalogue
from minzheng.stewardship.resources.queries import catalogue as queries
from minzheng.stewardship.resources.queries.feeds import watched_feeds
from minzheng.stewardship.resources.queries.settings import setting_history
from minzheng.web.desk.requests import acting_user, scope_of
from minzheng.web.desk.resources.views import feeds
from minzheng.web.desk.resources.views.settings import may_set
from minzheng.web.desk.views.bring_in import feed_page
from minzheng.web.desk.views.persons import person

FILTERS = ("q", "business", "share")


@authenticated
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All data sets, by name, code or pinyin, by business and by how they are shared (资源目录)."""
    asked = _asked(request)
    found = _found(request, asked)
    book = code_book()
    everything = queries.resources(scope_of(request), at=timezone.now()) if any(asked.values()) else found
    context = asked | {
        "resources": found,
        "businesses": [
            (code.code, code.name)
            for code in book.codes("BUSINESS_DOMAIN")
            if code.code in {one.spec.business_code for one in everything}
        ],
        "shares": [(code.code, code.name) for code in book.codes("SHARE_TYPE")],
        "filtered": any(asked.values()),
        "printed_at": timezone.now(),
    }
    return render(request, "desk/resources/catalogue.html", context)


@authenticated
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What the list shows, one line an item of information, as CSV; audited (导出目录)."""
    lines = io.StringIO()
    found = _found(request, _asked(request))
    write_catalogue(scope_of(request), found, lines, by=acting_user(request), at=timezone.now())
    content = lines.getvalue().encode("utf-8-sig")  # with the mark, Excel reads it as UTF-8
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"数据资源目录-{timezone.localdate():%Y%m%d}.csv"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@authenticated
@require_safe
def data_set(request: HttpRequest, key: str) -> HttpResponse:
    """One data set: what it is, its items, how it is doing, how to get it, this node's settings (数据资源)."""
    scope, now = scope_of(request), timezone.now()
    found = queries.resource(scope, key, at=now)
    if found is None:
        raise Http404
    context: dict[str, Any] = {
        "resource": found,
        "items": queries.items(scope, key),
        "history": setting_history(scope, key)[:20],
        "may_set": may_set(request),
        "may_bring_in": found.is_fed and _admits(request, feed_page),
        "sees_persons": found.spec.subject in ("person", "household") and _admits(request, person),
    }
    if found.is_fed and _admits(request, feeds.feed):
        context["feed"] = next((f for f in watched_feeds(scope, at=now) if f.key == key), None)
    return render(request, "desk/resources/data_set.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:100] for name in FILTERS}


def _found(request: HttpRequest, asked: dict[str, str]) -> list[queries.Resource]:
    return queries.resources(
        scope_of(request),
        text=asked["q"],
        business=asked["business"],
        share=asked["share"],
        at=timezone.now(),
    )


def _admits(request: HttpRequest, view: Any) -> bool:
    rule = rule_of(view)
    return rule is not None and rule.admits(acting_user(request))
