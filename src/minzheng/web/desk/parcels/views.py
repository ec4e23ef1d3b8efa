"""Parcels sent and received (电子报文): the list, one of them, its files; opening one that came."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.parcels import jobs, queries, services
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.services.answering import receipt_name
from minzheng.sharing.parcels.terms import Direction, State
from minzheng.web.desk.parcels.shown import figures, refused_rows, shown
from minzheng.web.desk.requests import acting_user, is_fragment, or_404, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
PER_PAGE = 50
OVERDUE = "overdue"


@requires(*READERS)
@require_safe
def parcels(request: HttpRequest) -> HttpResponse:
    """Parcels sent and received, newest first (报文列表)."""
    return _list(request)


@requires(Role.DATA_OFFICER)
@require_POST
def open_file(request: HttpRequest) -> HttpResponse:
    """Take in a parcel or a receipt; what is refused is kept and shown with the reason (接收报文)."""
    file = request.FILES.get("file")
    problem = "" if file and file.size else "请选择报文文件，空文件不能接收。"
    if not problem and file and file.size and file.size > settings.UPLOAD_LIMIT_BYTES:
        problem = (
            f"文件超过上限 {settings.UPLOAD_LIMIT_BYTES // 2**20} MB，请用命令 minzheng parcel open 接收。"
        )
    if problem or file is None:
        if is_fragment(request):
            return render(request, "desk/parts/problem.html", {"problem": problem})
        return _list(request, problem)
    receipt = services.take(
        cast("BinaryIO", file), name=file.name or "", by=acting_user(request), at=timezone.now(), later=True
    )
    if receipt.state == State.TAKING:
        jobs.run_later(receipt.parcel)
    if receipt.again and receipt.state != State.REFUSED:
        messages.success(request, "这份报文已经接收过，没有任何变化。")
    if queries.parcel_in(scope_of(request), receipt.parcel.pk) is None:
        if receipt.state == State.REFUSED:
            messages.error(request, f"{receipt.parcel.problem}。")
        else:
            messages.success(request, "报文已经接收过，归属不在您的数据范围内，请由本节点的数据管理员查看。")
        place = reverse("desk:parcels:list")
    else:
        place = reverse("desk:parcels:parcel", args=[receipt.parcel.pk])
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    return redirect(place)


@requires(*READERS)
@require_safe
def parcel(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """One parcel: what it holds, how far it has come, what the receipt says (报文)."""
    return _one(request, _found(request, parcel_id))


@requires(*READERS)
@require_safe
def state(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """Asked every other second while a worker is at it; afterwards the page comes anew (进度)."""
    busy = _found(request, parcel_id).state in (State.MAKING, State.TAKING)
    return HttpResponse(status=204, headers={} if busy else {"HX-Refresh": "true"})


@requires(Role.DATA_OFFICER)
@require_POST
def download(request: HttpRequest, parcel_id: UUID) -> HttpResponseBase:
    """The sealed file, to be sent or carried; audited (下载报文)."""
    found = _found(request, parcel_id)
    return _file(
        request, found, found.file_name,
        lambda path: services.write_parcel(found, path, by=acting_user(request), at=timezone.now()),
    )  # fmt: skip


@requires(Role.DATA_OFFICER)
@require_POST
def receipt(request: HttpRequest, parcel_id: UUID) -> HttpResponseBase:
    """The receipt of a parcel received, to go back to its sender; audited (下载回执)."""
    found = _found(request, parcel_id)
    return _file(
        request, found, receipt_name(found),
        lambda path: services.write_receipt(found, path, by=acting_user(request), at=timezone.now()),
    )  # fmt: skip


@requires(Role.DATA_OFFICER)
@require_POST
def data(request: HttpRequest, parcel_id: UUID) -> HttpResponseBase:
    """The data of a parcel no feed takes, in clear; with a purpose, audited (下载留存的数据)."""
    found = _found(request, parcel_id)
    purpose = request.POST.get("purpose", "")
    return _file(
        request, found, f"{found.data_set}-{found.id.hex[-12:]}.{found.form}",
        lambda path: services.write_data(found, path, purpose=purpose, by=acting_user(request), at=timezone.now()),
    )  # fmt: skip


def _file(
    request: HttpRequest, found: Parcel, name: str, write: Callable[[Path], object]
) -> HttpResponseBase:
    """What a service writes, as an answer; the file has no name any more when it is sent."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / "out"
        try:
            write(path)
        except services.ParcelRefusedError as refused:
            return _one(request, found, f"{refused}。", status=422)
        file = path.open("rb")
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


def _found(request: HttpRequest, parcel_id: UUID) -> Parcel:
    return or_404(queries.parcel_in(scope_of(request), parcel_id))


def _one(request: HttpRequest, found: Parcel, problem: str = "", *, status: int = 200) -> HttpResponse:
    rows = refused_rows(found)
    context = {
        "parcel": shown(found, at=timezone.now()),
        "figures": figures(found),
        "rows": rows,
        "more": len(found.counts.get("refused_rows", [])) - len(rows),
        "may_act": _may_act(request),
        "problem": problem,
    }
    return render(request, "desk/parcels/parcel.html", context, status=status)


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    scope, now = scope_of(request), timezone.now()
    which = request.GET.get("which", "")
    if which == OVERDUE:
        found = queries.overdue(scope, at=now)
    else:
        found = queries.parcels(scope, direction=which if which in Direction.values else "")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [shown(one, at=now) for one in page.object_list]
    context: dict[str, Any] = {
        "page": page,
        "which": which,
        "kinds": [("", "全部"), *Direction.choices, (OVERDUE, f"逾期未回执 {queries.overdue(scope, at=now).count()}")],
        "limit": settings.UPLOAD_LIMIT_BYTES,
        "may_act": _may_act(request),
        "problem": problem,
    }  # fmt: skip
    return render(request, "desk/parcels/list.html", context, status=422 if problem else 200)


def _may_act(request: HttpRequest) -> bool:
    return acting_user(request).has_role(Role.DATA_OFFICER)
