"""The worklist as a file (导出): who, when and for what stand in its first lines; audited; never more than the limit."""

import csv
import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from minzheng.exchange.returning import harmless
from minzheng.foundation.access.rules import requires
from minzheng.stewardship.signals import queries, services
from minzheng.web.desk.places import division_path
from minzheng.web.desk.requests import acting_user, address, scope_of
from minzheng.web.desk.signals.asked import query_of, wanted_of
from minzheng.web.desk.signals.shown import ShownSignal, shown_signals
from minzheng.web.desk.signals.views.worklist import READERS

MOST_ROWS = 5_000
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200
HEADINGS = (
    "编号",
    "类别",
    "对象",
    "情况",
    "主办区划",
    "涉及金额(元)",
    "起始日期",
    "核查期限",
    "状态",
    "理由",
    "处理人",
)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the purpose, then give the list as CSV (导出线索)."""
    scope, today = scope_of(request), timezone.localdate()
    wanted = wanted_of(scope, request.POST if request.method == "POST" else request.GET)
    purpose = " ".join(request.POST.get("purpose", "").split())[:LONGEST_PURPOSE]
    if request.method == "GET" or len(purpose) < SHORTEST_PURPOSE:
        problem = "请写明用途。" if request.method == "POST" else ""
        context = {"wanted": wanted, "query": query_of(wanted), "problem": problem, "limit": MOST_ROWS}
        return render(request, "desk/signals/export.html", context)
    found = queries.worklist(scope, wanted, today=today, limit=MOST_ROWS + 1)
    rows = shown_signals(scope, found[:MOST_ROWS], today=today)
    user, at = acting_user(request), timezone.localtime()
    services.exported(by=user, rows=len(rows), purpose=purpose, at=at, ip=address(request))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    more = f"，仅导出前 {MOST_ROWS} 条" if len(found) > MOST_ROWS else ""
    mark = f"导出人 {user.display_name}（{user.username}），{at:%Y-%m-%d %H:%M}，用途：{purpose}，共 {len(rows)} 条{more}"
    writer.writerow([harmless(mark)])
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in _cells(row)] for row in rows)
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="signals-{at:%Y%m%d-%H%M}.csv"'
    return answer


def _cells(row: ShownSignal) -> list[str]:
    amount = f"{row.amount_fen / 100:.2f}" if row.amount_fen is not None else ""
    return [
        str(row.id), row.kind.label, row.who, row.said, division_path(row.division), amount, str(row.since or ""),
        str(row.due_on or ""), row.state_label, row.reason, row.decided_by,
    ]  # fmt: skip
