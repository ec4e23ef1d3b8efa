"""The monthly report of a source (质量月报): to be read, printed on A4, taken away as a table."""

import datetime
import io
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.quality import queries
from minzheng.stewardship.quality.exporting import write_report
from minzheng.stewardship.quality.scoring import by_dimension, scored, worst
from minzheng.web.desk.quality.shown import feed_label, shown_figures
from minzheng.web.desk.quality.views.overview import READERS
from minzheng.web.desk.requests import acting_user, scope_of


@requires(*READERS)
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """One source, one month (质量月报)."""
    scope = scope_of(request)
    context = _report(request, scope) | {
        "may_choose": [(number, feed_label(feed), name) for number, feed, name in queries.sources(scope)]
    }
    return render(request, "desk/quality/report.html", context)


@requires(*READERS)
@require_safe
def report_csv(request: HttpRequest) -> HttpResponse:
    """The same figures as a table; audited (质量月报 CSV)."""
    found = _report(request, scope_of(request))
    if not found.get("figures"):
        raise Http404
    out = io.StringIO(newline="")
    first: datetime.date = found["first"]
    title = f"{found['source_name']}{found['feed_label']}{first:%Y年%m月}质量月报"
    rows = [(one.figure, one.feed_label, one.rule_label) for one in found["figures"]]
    write_report(rows, out, title=title, by=acting_user(request), at=timezone.now(), on=first)
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="quality-{found["source_id"]}-{first:%Y%m}.csv"'
    )
    return answer


def _report(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    first = _month(request.GET.get("month", ""))
    sources = {number: (feed, name) for number, feed, name in queries.sources(scope)}
    text = request.GET.get("source", "")
    number = int(text) if text.isdecimal() else None
    context: dict[str, Any] = {"first": first, "source_id": number, "at": timezone.now()}
    if number is None or number not in sources:
        if text:
            raise Http404
        return context
    feed, name = sources[number]
    last = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
    asked: queries.Asked = {"source_id": number, "feed": feed, "since": first, "until": last}
    figures = queries.figures(scope, **asked)
    before = (first - datetime.timedelta(days=1)).replace(day=1)
    months = queries.trend(scope, source_id=number, feed=feed, since=_back(first, 5), until=last)
    deliveries = queries.by_source(scope, **asked)
    tickets = queries.tickets(scope, on=timezone.localdate(), feed=feed, source_id=number)
    return context | {
        "feed_label": feed_label(feed), "source_name": name, "last": last, "overall": scored("综合", figures),
        "dimensions": by_dimension(figures), "figures": shown_figures(figures),
        "worst": shown_figures(worst(figures, limit=8)), "trend": months,
        "batches": deliveries[0].batches if deliveries else 0, "divisions": queries.by_division(scope, **asked)[:15],
        "tickets": list(tickets.filter(opened_at__date__lte=last)[:20]), "before": before,
        "missed": sum(figure.missed for figure in figures), "today": timezone.localdate(),
    }  # fmt: skip


def _month(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{text}-01")
    except ValueError:
        return timezone.localdate().replace(day=1)


def _back(first: datetime.date, months: int) -> datetime.date:
    number = first.year * 12 + first.month - 1 - months
    return datetime.date(number // 12, number % 12 + 1, 1)
