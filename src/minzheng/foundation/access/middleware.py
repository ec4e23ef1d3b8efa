"""The gate before every view (访问控制): what carries no rule is refused.

From here on the database holds the request to its user's scope (``row_security``): while nobody is admitted it gives
nothing, and when the answer is made, also when making it fails, the connection is put back as it was.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from minzheng.foundation.access.rules import Rule, rule_of
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node, as_scope, nobody, of, stand, standing
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record

# Where a user who must change the password may still go.
ALWAYS_OPEN = ("desk:password", "desk:logout", "desk:about")


class DenyByDefault:
    """Refuses a view without a rule, sends the anonymous to login, sets ``request.scope`` (默认拒绝)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = None  # type: ignore[attr-defined]
        with as_node():
            known = request.user.is_authenticated  # who it is, no one can ask but the node
        with standing(nobody()):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and request.scope is not None:
            _stream_within(response, request.scope)
        if known or request.user.is_authenticated:
            response.headers.setdefault(
                "Cache-Control", "no-store"
            )  # personal data stays out of shared caches
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let the view run (None), redirect, or raise ``PermissionDenied``."""
        rule = rule_of(view)
        if rule is None:
            raise PermissionDenied("这个页面没有声明访问规则")
        if rule.gate is not None:
            return rule.gate(request, kwargs)
        if not rule.login:
            return None
        if not isinstance(request.user, User):
            return _to_login(request)
        return _admit(request, request.user, rule)


def _admit(request: HttpRequest, user: User, rule: Rule) -> HttpResponse | None:
    request.scope = Scope.of(user)  # type: ignore[attr-defined]
    stand(of(request.scope))  # type: ignore[attr-defined]
    _renew_session(request)
    if not rule.admits(user):
        record(
            by=user,
            action="access.refused",
            object_kind="page",
            object_id=request.path[:128],
            result="refused",
            ip=request.META.get("REMOTE_ADDR"),
        )
        raise PermissionDenied("您的角色不能使用这项功能")
    name = request.resolver_match.view_name if request.resolver_match else ""
    if user.must_change_password and name not in ALWAYS_OPEN:
        return _go(request, settings.PASSWORD_CHANGE_URL)
    return None


def _stream_within(response: StreamingHttpResponse, scope: Scope) -> None:
    """What is sent after the view has returned is asked within the scope too; an open file asks nothing."""
    if getattr(response, "file_to_stream", None) is not None or response.is_async:
        return
    response.streaming_content = _each_within(cast("Iterator[bytes]", response.streaming_content), scope)


def _each_within(pieces: Iterator[bytes], scope: Scope) -> Iterator[bytes]:
    pieces = iter(pieces)
    while True:
        with as_scope(scope):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _renew_session(request: HttpRequest) -> None:
    """Idle time counts from the last act: one write a minute; a page that polls by itself is no act."""
    if request.headers.get("X-Background"):
        return
    now = int(time.time())
    if now - int(request.session.get("seen", 0)) >= 60:
        request.session["seen"] = now


def _to_login(request: HttpRequest) -> HttpResponse:
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return _go(request, f"{settings.LOGIN_URL}{'?' if query else ''}{query}")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect; a fragment request is told to move the whole page instead of swapping the login into it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(
            status=204, headers={"HX-Redirect": settings.LOGIN_URL if "next=" in url else url}
        )
    return HttpResponseRedirect(url)
