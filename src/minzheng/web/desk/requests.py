"""What the views read from a request (请求)."""

import datetime
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User

Found = TypeVar("Found")


def acting_user(request: HttpRequest) -> User:
    """The user who is logged in (当前账号). Raises ``PermissionDenied`` without one."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def scope_of(request: HttpRequest) -> Scope:
    """How far the user sees, as the gate has set it (当前数据范围)."""
    scope = getattr(request, "scope", None)
    if not isinstance(scope, Scope):
        raise PermissionDenied
    return scope


def address(request: HttpRequest) -> str | None:
    """Where the request came from (来源地址)."""
    return request.META.get("REMOTE_ADDR") or None


def is_fragment(request: HttpRequest) -> bool:
    """Whether the page itself asks for a part of it (局部请求)."""
    return request.headers.get("HX-Request") == "true"


def known_on(request: HttpRequest) -> tuple[datetime.date | None, str]:
    """The day whose knowledge is asked for, and what is wrong with it (某日所知). Today and later are as not asking."""
    text = request.POST.get("on", "") or request.GET.get("on", "")
    if not text:
        return None, ""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None, f"“{text[:20]}”不是日期, 已显示今天所知。"
    return (day if day < timezone.localdate() else None), ""


def with_day(page: str, on: datetime.date | None) -> str:
    """A page's address as of the day that is spoken of (带日期的地址)."""
    return f"{page}?on={on.isoformat()}" if on else page


def or_404(found: Found | None) -> Found:
    """What was found within the scope (存在且在范围内). Raises ``Http404`` for nothing."""
    if found is None:
        raise Http404
    return found
