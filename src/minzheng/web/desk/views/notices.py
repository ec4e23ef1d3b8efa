"""Notices (通知): the panel of the first page, the whole list, opening one, marking them read."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.foundation.notices import queries, services
from minzheng.web.desk.requests import acting_user, scope_of

ON_HOME = 6
PER_PAGE = 50


def panel(request: HttpRequest) -> dict[str, Any]:
    """What the first page's panel shows (待办与通知)."""
    scope, user = scope_of(request), acting_user(request)
    return {
        "notices": queries.notices(scope, user, limit=ON_HOME),
        "unread_notices": queries.unread_count(scope, user),
    }


@authenticated
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All of the user's notices, newest first (通知列表)."""
    before = request.GET.get("before", "")
    found = queries.notices(
        scope_of(request),
        acting_user(request),
        limit=PER_PAGE + 1,
        before=int(before) if before.isdecimal() else None,
    )
    shown = found[:PER_PAGE]
    context = {
        "notices": shown,
        "older": shown[-1].id if len(found) > PER_PAGE else None,
        "unread_notices": queries.unread_count(scope_of(request), acting_user(request)),
    }
    return render(request, "desk/notices.html", context)


@authenticated
@require_POST
def opened(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one read and go where it is done (打开通知)."""
    found = queries.notice_for(scope_of(request), acting_user(request), notice_id)
    if found is None:
        raise Http404
    services.mark_read(notices=[found.pk], by=acting_user(request), at=timezone.now())
    return redirect(found.url)


@authenticated
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark all of the user's notices read (全部标为已读)."""
    unread = queries.unread_ids(scope_of(request), acting_user(request))
    services.mark_read(notices=unread, by=acting_user(request), at=timezone.now())
    return redirect("desk:notices")
