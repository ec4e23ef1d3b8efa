"""What is done to an account at one stroke (停用、启用、解锁、重置密码)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts import managing
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.accounts.views.listing import account_of, shown
from minzheng.web.desk.requests import acting_user, address


@requires(Role.ADMINISTRATOR)
@require_POST
def disable(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close the account; whoever is in is out with the next request (停用账号)."""
    return _done(request, user_id, managing.disable_user, "已停用，正在使用的会话随即失效。")


@requires(Role.ADMINISTRATOR)
@require_POST
def enable(request: HttpRequest, user_id: int) -> HttpResponse:
    """Open it again (启用账号)."""
    return _done(request, user_id, managing.enable_user, "已启用。")


@requires(Role.ADMINISTRATOR)
@require_POST
def unlock(request: HttpRequest, user_id: int) -> HttpResponse:
    """Lift the lock that failed logins brought (解除锁定)."""
    return _done(request, user_id, managing.unlock_user, "已解除锁定。")


@requires(Role.ADMINISTRATOR)
@never_cache
@require_POST
def reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """A drawn password, shown once (重置密码)."""
    found = account_of(request, user_id)
    try:
        drawn = managing.reset_password(
            user=found, by=acting_user(request), at=timezone.now(), ip=address(request)
        )
    except ValidationError as refused:
        messages.error(request, f"{refused.messages[0]}。")
        return redirect("desk:accounts:account", user_id)
    return render(request, "desk/accounts/password.html", {"account": shown(found), "password": drawn})


def _done(request: HttpRequest, user_id: int, act: Callable[..., Any], said: str) -> HttpResponse:
    found = account_of(request, user_id)
    try:
        act(user=found, by=acting_user(request), at=timezone.now(), ip=address(request))
    except ValidationError as refused:
        messages.error(request, f"{refused.messages[0]}。")
    else:
        messages.success(request, f"账号 {found.username} {said}")
    return redirect("desk:accounts:account", user_id)
