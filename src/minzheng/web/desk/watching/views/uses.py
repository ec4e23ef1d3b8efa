"""Who asked what under which grant (使用记录): as the owner of the rows, or as the side that asks."""

import csv
import datetime
import io
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from minzheng.exchange.returning import harmless
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.sharing.grants.granted.fields import shared_sets
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.watching.queries import uses as queries
from minzheng.web.desk.grants.shown import name_of
from minzheng.web.desk.requests import acting_user, address, scope_of

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.SECURITY, Role.AUDITOR)
PER_PAGE, AT_MOST = 50, 10_000
HEADINGS = (
    "时间",
    "使用单位",
    "系统",
    "授权",
    "数据集",
    "方式",
    "结果",
    "计次",
    "查到",
    "用时毫秒",
    "来源地址",
    "请求标识",
)


@requires(*READERS)
@require_safe
def uses(request: HttpRequest) -> HttpResponse:
    """Counted by grant, data set and day, and one by one (使用记录)."""
    asked = _asked(request)
    number = request.GET.get("page", "1")
    wanted = max(1, int(number)) if number.isdigit() and len(number) < 7 else 1
    found = queries.uses(scope_of(request), asked, page=wanted, size=PER_PAGE)
    context = {
        "asked": asked, "found": found, "page": Paginator(range(found.total), PER_PAGE).get_page(wanted),
        "rows": [(one, _method(one.method), name_of(one.grant.data_set)) for one in found.rows],
        "by_grant": [(one, name_of(one.of["grant__data_set"])) for one in found.by_grant],
        "by_set": [(one, name_of(one.of["grant__data_set"])) for one in found.by_data_set],
        "sets": [(one.spec.key, one.spec.name) for one in shared_sets()], "query": urlencode(_values(request)),
        "is_user": asked.side == queries.USER,
    }  # fmt: skip
    return render(request, "desk/watching/uses.html", context)


@requires(*READERS)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as a table, the latest first; itself audited (导出使用记录)."""
    asked, by, at = _asked(request), acting_user(request), timezone.now()
    found = queries.uses(scope_of(request), asked, page=1, size=AT_MOST)
    record(
        by=by, action="uses.export", object_kind="use", object_id="", detail={"rows": len(found.rows), "side": asked.side},
        ip=address(request), at=at,
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for one in found.rows:
        cells = (
            f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}", one.grant.client.office, one.grant.client.name,
            one.grant_id, name_of(one.grant.data_set), _method(one.method), one.status, one.units, one.hits, one.took_ms,
            one.ip or "", one.pk,
        )  # fmt: skip
        writer.writerow(harmless(str(cell)) for cell in cells)
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"使用记录-{timezone.localtime(at):%Y%m%d%H%M}.csv"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _asked(request: HttpRequest) -> queries.Asked:
    today = timezone.localdate()
    side = queries.USER if request.GET.get("side") == queries.USER else queries.OWNER
    return queries.Asked(
        side, _day(request, "from", today - datetime.timedelta(days=29)), _day(request, "to", today),
        request.GET.get("q", "").strip()[:100], request.GET.get("data_set", "")[:40],
    )  # fmt: skip


def _values(request: HttpRequest) -> dict[str, Any]:
    return {
        name: request.GET[name] for name in ("side", "from", "to", "q", "data_set") if request.GET.get(name)
    }


def _day(request: HttpRequest, name: str, otherwise: datetime.date) -> datetime.date:
    with suppress(ValueError):
        day = datetime.date.fromisoformat(request.GET.get(name, ""))
        return max(datetime.date(2000, 1, 1), min(day, datetime.date(2999, 1, 1)))
    return otherwise


def _method(code: str) -> str:
    return str(Method(code).label) if code in Method.values else code
