"""The result of a comparison (比对结果): figures, the spread of weights, pairs side by side, the file."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from minzheng.exchange.returning import harmless
from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.stewardship.compare import queries, services
from minzheng.stewardship.compare.deciding import probability
from minzheng.stewardship.compare.models import CompareRun
from minzheng.stewardship.compare.terms import Decision, State
from minzheng.web.desk.compare.showing import histogram, rows_of, shown
from minzheng.web.desk.requests import acting_user, address, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
PER_PAGE = 20
LINES = (-30.0, 60.0)
PIECE = 2_000


def result_context(request: HttpRequest, run: CompareRun) -> dict[str, Any]:
    """What the page of a finished comparison shows (结果页内容)."""
    scope = scope_of(request)
    asked = request.GET.get("decision", "")
    counts = queries.counted(scope, run)
    decision = asked if asked in Decision.values else (Decision.LINK if counts.link else Decision.REVIEW)
    page = Paginator(queries.pairs(scope, run, decision), PER_PAGE).get_page(request.GET.get("page"))
    rows = [shown(run, pair) for pair in page.object_list]
    return {
        "run": run,
        "counts": counts,
        "decision": decision,
        "decision_label": Decision(decision).label,
        "page": page,
        "pairs": rows,
        "bars": histogram(run),
        "line": f"{run.line:g}",
        "line_from": f"{run.figures['link_from']:g}",
        "dropped": run.figures["pairs"] - run.figures["kept"],
    }


@requires(*READERS)
@require_POST
def line(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Decide anew at another line (调整判定线)."""
    run = _finished(request, run_id)
    try:
        asked = float(request.POST.get("line", ""))
        if not LINES[0] <= asked <= LINES[1]:
            raise ValueError
    except ValueError:
        messages.error(request, f"判定线应为 {LINES[0]:g} 至 {LINES[1]:g} 之间的数, 没有改动。")
    else:
        services.move_line(run, asked, by=acting_user(request), at=timezone.now())
    return redirect(f"{reverse('desk:compare:run', args=[run_id])}#pairs")


@requires(*READERS)
@require_POST
def download(request: HttpRequest, run_id: UUID) -> StreamingHttpResponse:
    """Every pair with both rows in clear, who took it, when and what for; audited (下载结果)."""
    run = _finished(request, run_id)
    scope, user = scope_of(request), acting_user(request)
    counts = queries.counted(scope, run)
    record(
        by=user, action="compare.download", object_kind="compare_run", object_id=run.id, purpose=run.purpose,
        detail={"rows": counts.link + counts.review}, ip=address(request), at=timezone.now(),
    )  # fmt: skip
    lines = list(
        _lines(scope, run, user)
    )  # asked for here: the answer is sent after the request's scope has ended
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    stem = run.left_name.rsplit(".", 1)[0]
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{stem}-比对结果.csv")
    return answer


def _lines(scope: Scope, run: CompareRun, user: User) -> Iterator[bytes]:
    columns = run.spec["columns"]
    headings = ["左表编号", "右表编号", "权重", "概率", "依据", "结论"]
    for column in columns:
        headings += [f"左: {column['left']}", f"右: {column['right']}", f"{column['left']}比较"]
    now = timezone.localtime()
    mark = f"{user.display_name} ({user.username}) 于 {now:%Y-%m-%d %H:%M} 导出; 用途: {run.purpose or '未涉及个人'}"
    yield "\ufeff".encode()  # with the mark, Excel reads it as UTF-8
    yield _line([*headings, mark])
    for decision in (Decision.LINK, Decision.REVIEW):
        for pair in queries.pairs(scope, run, decision).iterator(PIECE):
            keys, (left, right) = rows_of(pair)
            bits = pair.milli_bits / 1000
            row = [
                keys[0] or "",
                keys[1] or "",
                f"{bits:.3f}",
                f"{probability(bits):.6f}",
                pair.rule,
                str(decision.label),
            ]
            for i in range(len(columns)):
                level = pair.levels[i]
                said = "" if level is None else "未填" if level < 0 else run.figures["labels"][i][level]
                row += [left[i], right[i], said]
            # A negative weight is our own number; all else is what someone wrote.
            yield _line([*map(harmless, row[:2]), *row[2:6], *map(harmless, row[6:])])


def _line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _finished(request: HttpRequest, run_id: UUID) -> CompareRun:
    found = queries.run_in(scope_of(request), run_id)
    if found is None or found.state != State.FINISHED:
        raise Http404
    return found
