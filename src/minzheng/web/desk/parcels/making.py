"""A parcel is asked for (制作报文)."""

import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.exchange.declare import Feed
from minzheng.exchange.outgoing import columns_kept
from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.parcels import jobs, queries, services
from minzheng.sharing.parcels.terms import Direction, State
from minzheng.web.desk.requests import acting_user, or_404, scope_of


class Asked(forms.Form):
    """What a parcel is to hold (报文内容)."""

    to = forms.CharField(max_length=32)
    division = forms.CharField(max_length=12, required=False)
    since = forms.DateField(required=False)
    form = forms.ChoiceField(choices=[("csv", "CSV"), ("xml", "XML")], required=False)
    purpose = forms.CharField(max_length=200)


@requires(Role.DATA_OFFICER)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Of which data set (选择数据集)."""
    return render(request, "desk/parcels/choose.html", {"feeds": declared_in(scope_of(request))})


@requires(Role.DATA_OFFICER)
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, key: str) -> HttpResponse:
    """For whom, which rows and columns, what for (制作报文)."""
    feed = _feed(request, key)
    if request.method != "POST":
        return render(request, "desk/parcels/make.html", _context(request, feed))
    asked = Asked(request.POST)
    if not asked.is_valid():
        return _refused(request, feed, "请选择接收方、写明用途；日期应为 年-月-日。")
    said = asked.cleaned_data
    since: datetime.date | None = said["since"]
    try:
        parcel = services.begin(
            feed.key, to=said["to"], scope=scope_of(request), purpose=said["purpose"], by=acting_user(request),
            at=timezone.now(), division=said["division"].strip() or None, since=since,
            fields=request.POST.getlist("fields"), form=said["form"] or "csv",
        )  # fmt: skip
    except services.ParcelRefusedError as refused:
        return _refused(request, feed, f"{refused}。")
    jobs.run_later(parcel)
    return redirect("desk:parcels:parcel", parcel.id)


@requires(Role.DATA_OFFICER)
@require_POST
def again(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """Let a parcel that failed or was interrupted be made or taken once more (重新办理)."""
    found = or_404(queries.parcel_in(scope_of(request), parcel_id))
    if found.state == State.FAILED:
        found.state = State.MAKING
    if found.state in (State.MAKING, State.TAKING):
        jobs.run_later(found)
        messages.success(request, "已重新排队。")
    else:
        messages.error(request, f"报文{found.get_state_display()}，不需要重新办理。")
    return redirect("desk:parcels:parcel", found.id)


def _feed(request: HttpRequest, key: str) -> Feed:
    found = next((feed for feed in declared_in(scope_of(request)) if feed.key == key), None)
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, feed: Feed, problem: str) -> HttpResponse:
    context = _context(request, feed) | {"problem": problem, "said": request.POST}
    return render(request, "desk/parcels/make.html", context, status=422)


def _context(request: HttpRequest, feed: Feed) -> dict[str, Any]:
    chosen = set(request.POST.getlist("fields"))
    columns = [(column, not chosen or column.heading in chosen) for column in columns_kept(feed.key)]
    members = queries.receivers(scope_of(request), at=timezone.now())
    return {"feed": feed, "columns": columns, "members": members, "direction": Direction.SENT}
