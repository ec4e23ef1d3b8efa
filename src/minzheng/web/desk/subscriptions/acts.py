"""What an officer does with a subscription (订阅操作)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.models import User
from minzheng.sharing.subscriptions import services
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.services.acts import ACTORS
from minzheng.sharing.subscriptions.terms import SubscriptionError
from minzheng.web.desk.requests import acting_user
from minzheng.web.desk.subscriptions.views import found_in, shown


@requires(*ACTORS)
@require_POST
def pause(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Tell nothing for a while (暂停)."""
    return _act(request, subscription_id, services.pause, "订阅已暂停，变更留待恢复后送达。")


@requires(*ACTORS)
@require_POST
def resume(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Go on where it stopped (恢复)."""
    return _act(request, subscription_id, services.resume, "订阅已恢复，从停下的位置继续。")


@requires(*ACTORS)
@require_POST
def end(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """End it for good (结束)."""
    return _act(request, subscription_id, services.end, "订阅已结束。")


@requires(*ACTORS)
@require_POST
def replay(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Tell again from a moment, a place, or everything (重放)."""

    def again(*, subscription: Subscription, by: User, at: datetime) -> Subscription:
        begin = _begin(request.POST.get("since", ""), request.POST.get("cursor", ""))
        return services.replay(subscription=subscription, begin=begin, by=by, at=at)

    return _act(request, subscription_id, again, "位置已改，随后从那里起重新送达。")


def _begin(since: str, cursor: str) -> str:
    if cursor.strip():
        return cursor.strip()
    if not since:
        return services.START
    try:
        return timezone.make_aware(datetime.fromisoformat(since)).isoformat()
    except ValueError:
        raise SubscriptionError("起始时间不是日期和时间") from None


def _act(request: HttpRequest, subscription_id: UUID, act: Callable[..., object], said: str) -> HttpResponse:
    found = found_in(request, subscription_id)
    try:
        act(subscription=found, by=acting_user(request), at=timezone.now())
    except SubscriptionError as refused:
        return shown(request, found, problem=f"{refused}。", status=422)
    messages.success(request, said)
    return redirect("desk:subscriptions:subscription", subscription_id)
