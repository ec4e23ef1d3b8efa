"""The audit trail: searched, read, taken out (审计记录)."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange.returning import harmless
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.queries import after, entries, entry_in
from minzheng.foundation.audit.services import record
from minzheng.web.desk.audit.forms import Filters
from minzheng.web.desk.audit.shown import shown_entries, shown_entry
from minzheng.web.desk.places import division_name
from minzheng.web.desk.requests import acting_user, address, scope_of

PER_PAGE = 50
ROWS_AT_MOST = 10_000
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200
HEADINGS = ("时间", "操作人", "区划", "操作", "对象类别", "对象标识", "用途", "结果", "来源地址", "详情")


@requires(Role.AUDITOR)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """What was done, newest first, by filters and pages of a cursor (审计记录)."""
    form, chosen = _asked(request)
    found = list(after(entries(scope_of(request), **chosen), request.GET.get("after", ""))[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    older = f"{shown[-1].at.isoformat()}~{shown[-1].pk}" if len(found) > PER_PAGE else ""
    context = {
        "form": form, "entries": shown_entries(shown), "filtered": bool(chosen), "asked": _query(request),
        "older": urlencode({**_query_values(request), "after": older}) if older else "",
        "later": bool(request.GET.get("after")), "limit": ROWS_AT_MOST,
    }  # fmt: skip
    return render(request, "desk/audit/trail.html", context, status=422 if form.errors else 200)


@requires(Role.AUDITOR)
@require_safe
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry whole (审计详情)."""
    found = entry_in(scope_of(request), entry_id)
    if found is None:
        raise Http404
    return render(request, "desk/audit/entry.html", {"entry": shown_entry(found), "detail": found.detail})


@requires(Role.AUDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """What was found as a file, for a purpose; itself audited (导出审计记录)."""
    form, chosen = _asked(request)
    purpose = request.POST.get("purpose", "").strip()[:LONGEST_PURPOSE]
    if request.method != "POST" or form.errors or len(purpose) < SHORTEST_PURPOSE:
        context: dict[str, Any] = {"asked": _query(request), "limit": ROWS_AT_MOST}
        if request.method == "POST":
            context["problem"] = "请写明用途。"
        return render(request, "desk/audit/export.html", context, status=422 if "problem" in context else 200)
    by, at = acting_user(request), timezone.now()
    rows = shown_entries(entries(scope_of(request), **chosen)[:ROWS_AT_MOST])
    told = {name: str(value) for name, value in chosen.items()}
    record(
        by=by, action="audit.export", object_kind="audit", object_id="", purpose=purpose,
        detail={"rows": len(rows)} | told, ip=address(request), at=at,
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text)
    where = division_name(by.division_code)
    writer.writerow([f"导出人 {by}（{where}） 时间 {timezone.localtime(at):%Y-%m-%d %H:%M} 用途 {purpose}"])
    writer.writerow(HEADINGS)
    for one in rows:
        cells = (
            f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}", one.user, one.division, one.action, one.object,
            one.object_id, one.purpose, one.result, one.ip, one.detail,
        )  # fmt: skip
        writer.writerow(map(harmless, cells))
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"审计记录-{timezone.localtime(at):%Y%m%d%H%M}.csv"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _asked(request: HttpRequest) -> tuple[Filters, dict[str, Any]]:
    form = Filters(scope_of(request), request.GET or None)
    if not form.is_valid():
        return form, {}
    names = {"kind": "object_kind", "user": "user_name"}
    return form, {names.get(name, name): value for name, value in form.cleaned_data.items() if value}


def _query_values(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items() if name in Filters.base_fields and value}


def _query(request: HttpRequest) -> str:
    return urlencode(_query_values(request))
