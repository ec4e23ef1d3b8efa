"""What was brought in (导入批次): the list, one batch while it runs and after, the rows that were refused."""

import io
import tempfile
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.exchange import jobs, queries, services
from minzheng.exchange.models import Batch
from minzheng.exchange.queries import declared_in
from minzheng.exchange.returning import write_quarantine
from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk import batch_queries
from minzheng.web.desk.batch_view import as_shown, figures
from minzheng.web.desk.quarantine_view import problems_of
from minzheng.web.desk.requests import acting_user, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
PER_PAGE = 50


class Filters(forms.Form):
    """What the list may be narrowed by (筛选)."""

    feed = forms.ChoiceField(label="数据集", required=False)
    stage = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *((str(s.value), s.label) for s in Batch.Stage)]
    )
    source = forms.CharField(label="来源", required=False, max_length=100)
    received_from = forms.DateField(label="接收日期起", required=False)
    received_to = forms.DateField(label="接收日期止", required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", "全部"), *((feed.key, feed.label) for feed in declared_in(scope))]
        self.fields["feed"] = forms.ChoiceField(label="数据集", required=False, choices=known)
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = kind
            if name.startswith("received"):
                field.widget.input_type = "date"


@requires(*READERS)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """All batches, newest first (批次列表)."""
    form = Filters(scope_of(request), request.GET or None)
    chosen = {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}
    found = batch_queries.batches(scope_of(request), **chosen)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [as_shown(row) for row in page.object_list]
    context = {"page": page, "form": form, "filtered": bool(chosen), "may_bring_in": _may_bring_in(request)}
    return render(request, "desk/batches.html", context)


@requires(*READERS)
@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """One batch: progress, report, refused rows (批次)."""
    found = _batch(request, batch_id)
    context = _state(request, found)
    if found.counts.get("quarantined"):
        page = Paginator(range(found.counts["quarantined"]), PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "rows": page,
            "problems": problems_of(found, start=page.start_index() - 1, limit=PER_PAGE),
        }
    return render(request, "desk/batch.html", context)


@requires(*READERS)
@require_safe
def state(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The part of the page that asks again every second; once the batch is over, the whole page (进度)."""
    found = _batch(request, batch_id)
    if found.over:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "desk/parts/batch_state.html", _state(request, found))


@requires(Role.DATA_OFFICER)
@require_safe
def failing_rows(request: HttpRequest, batch_id: UUID) -> FileResponse:
    """The refused rows in the source's own columns, with the reasons; audited (下载失败行)."""
    found = _batch(request, batch_id)
    # The file has no name and is gone when the answer is sent. With the mark, Excel reads it as UTF-8.
    file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed by the answer
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    write_quarantine(found, text, by=acting_user(request))
    text.flush()
    text.detach()
    file.seek(0)
    name = f"{found.file_name.rsplit('.', 1)[0]}-失败行.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@requires(Role.DATA_OFFICER)
@require_POST
def cancel(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give a batch up before it is loaded (取消)."""
    try:
        services.cancel(_batch(request, batch_id), by=acting_user(request), at=timezone.now())
    except services.BatchStateError as refused:
        messages.error(request, f"{refused}。")
    else:
        messages.success(request, "批次已取消, 没有写入任何数据。")
    return redirect("desk:batch", batch_id)


@requires(Role.DATA_OFFICER)
@require_POST
def resume(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Go on with a batch that was interrupted (继续)."""
    found = _batch(request, batch_id)
    if found.over:
        messages.error(request, "批次已经结束, 不需要继续。")
    else:
        jobs.run_later(found)
        messages.success(request, "已从中断处继续。")
    return redirect("desk:batch", batch_id)


def _batch(request: HttpRequest, batch_id: UUID) -> Batch:
    found = queries.batch_in(scope_of(request), batch_id)
    if found is None:
        raise Http404
    return as_shown(found)


def _state(request: HttpRequest, found: Batch) -> dict[str, Any]:
    return {"batch": found, "figures": figures(found), "may_bring_in": _may_bring_in(request)}


def _may_bring_in(request: HttpRequest) -> bool:
    return acting_user(request).has_role(Role.DATA_OFFICER)
