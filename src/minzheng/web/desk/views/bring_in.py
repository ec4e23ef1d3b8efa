"""Bringing a file in through the browser (导入数据)."""

import csv
import io
from typing import BinaryIO, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange import jobs, services
from minzheng.exchange.declare import Feed
from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.batch_queries import source_names
from minzheng.web.desk.feed_view import shown_feed, shown_feeds
from minzheng.web.desk.requests import acting_user, is_fragment, scope_of

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".zip")


@requires(Role.DATA_OFFICER)
@require_safe
def feeds(request: HttpRequest) -> HttpResponse:
    """The feeds there are (数据集列表)."""
    return render(request, "desk/bring_in.html", {"feeds": shown_feeds(scope_of(request))})


@requires(Role.DATA_OFFICER)
@require_http_methods(["GET", "POST"])
def feed_page(request: HttpRequest, key: str) -> HttpResponse:
    """What a feed expects, and the form that takes a file (导入)."""
    feed = _feed(request, key)
    if request.method == "POST":
        return _take(request, feed)
    return render(request, "desk/bring_in_feed.html", _context(feed))


@requires(Role.DATA_OFFICER)
@require_safe
def template(request: HttpRequest, key: str) -> HttpResponse:
    """An empty CSV with the feed's headings, for a spreadsheet to fill (模板)."""
    feed = _feed(request, key)
    lines = io.StringIO()
    csv.writer(lines).writerow([field.heading for field in shown_feed(feed).fields])
    content = lines.getvalue().encode("utf-8-sig")  # with the mark, Excel reads it as UTF-8
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{feed.label}模板.csv")
    return answer


def _take(request: HttpRequest, feed: Feed) -> HttpResponse:
    file = request.FILES.get("file")
    problem = _problem(file.name or "", file.size or 0) if file else "请选择要导入的文件。"
    if problem or not file:
        return _refused(request, feed, problem)
    batch = services.receive(
        feed.key,
        cast("BinaryIO", file),
        name=file.name or "",
        source=request.POST.get("source", "").strip()[:100] or None,
        by=acting_user(request),
        at=timezone.now(),
    )
    jobs.run_later(batch)
    place = reverse("desk:batch", args=[batch.id])
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    return redirect(place)


def _problem(name: str, size: int) -> str:
    if not name.lower().endswith(SUFFIXES):
        return f"不认识“{name}”这种文件, 请交 CSV、XLSX 或 ZIP。"
    if size > settings.UPLOAD_LIMIT_BYTES:
        return f"文件超过上限 {settings.UPLOAD_LIMIT_BYTES // 2**20} MB, 请拆分后再导入。"
    return "" if size else f"“{name}”是空文件。"


def _refused(request: HttpRequest, feed: Feed, problem: str) -> HttpResponse:
    if is_fragment(request):
        return render(request, "desk/parts/problem.html", {"problem": problem})
    context = _context(feed) | {"problem": problem, "source": request.POST.get("source", "")}
    return render(request, "desk/bring_in_feed.html", context, status=422)


def _context(feed: Feed) -> dict[str, object]:
    return {
        "feed": shown_feed(feed),
        "limit": settings.UPLOAD_LIMIT_BYTES,
        "sources": source_names(feed.key),
    }


def _feed(request: HttpRequest, key: str) -> Feed:
    """The feed, if it is of the user's business."""
    found = next((feed for feed in declared_in(scope_of(request)) if feed.key == key), None)
    if found is None:
        raise Http404
    return found
