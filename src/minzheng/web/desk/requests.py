"""What the views read from a request (请求)."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User


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
