"""The calls of subscriptions (订阅接口): a system makes, looks at, stops, moves and ends its own."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import ConfigDict, Field

from minzheng.foundation.access.standing import as_node
from minzheng.sharing.grants.changes import Cursor
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.subscriptions import queries, services, signing
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.pushing import node_scope
from minzheng.sharing.subscriptions.terms import DEAD_AFTER_HOURS, SubscriptionError, Way
from minzheng.web.machine.answering import said, told
from minzheng.web.machine.api import api
from minzheng.web.machine.gate import by_token, caller_of

MOST_LISTED = 200


class Wanted(Schema):
    """What is subscribed to (订阅内容)."""

    model_config = ConfigDict(extra="forbid")
    data_set: str = Field(max_length=40)
    name: str = Field("", max_length=100)
    way: str = Way.STREAM
    filter: dict[str, Any] = Field(default_factory=dict)
    url: str = Field("", max_length=500)
    ca: str = Field("", max_length=20_000)
    begin: str = Field(services.NOW, max_length=40)
    dead_after_hours: int = DEAD_AFTER_HOURS


class Place(Schema):
    """Where to go on (位置): ``start``, ``now``, a moment or a cursor."""

    model_config = ConfigDict(extra="forbid")
    begin: str = Field(max_length=40)


@api.post("/subscriptions")
@by_token
def subscribe(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """Subscribe (订阅)."""
    caller = caller_of(request)
    if wanted.data_set not in caller.known.data_sets:
        raise ProblemError("not-granted", "没有这个数据集的有效授权, 或令牌不含它")
    with as_node():
        made = services.subscribe(
            client=caller.known.client, data_set=wanted.data_set, at=caller.at, name=wanted.name, way=wanted.way,
            wanted=wanted.filter, url=wanted.url, ca=wanted.ca, begin=wanted.begin, dead_after_hours=wanted.dead_after_hours,
        )  # fmt: skip
        shown = _shown(made.subscription)
    if made.secret:
        shown["secret"] = made.secret
    return said(shown, 201 if made.is_new else 200)


@api.get("/subscriptions")
@by_token
def subscriptions(request: HttpRequest) -> HttpResponse:
    """One's own subscriptions (本系统的订阅)."""
    with as_node():
        found = queries.of_client(node_scope(), caller_of(request).known.client)[:MOST_LISTED]
        return said({"subscriptions": [_shown(one) for one in found]})


@api.get("/subscriptions/{subscription_id}")
@by_token
def subscription(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """How one stands: place, backlog, last deliveries, what went wrong (订阅状态)."""
    with as_node():
        found = _own(request, subscription_id)
        tried = queries.attempts(node_scope(), found)[:20]
        behind = queries.backlog(node_scope(), found)
        return said(_shown(found) | {
            "backlog": behind.changes, "end": behind.end,
            "attempts": [
                {"at": one.at.isoformat(), "status": one.status, "events": one.events, "after": one.after, "problem": one.problem}
                for one in tried
            ],
        })  # fmt: skip


@api.delete("/subscriptions/{subscription_id}")
@by_token
def ended(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """End one for good (结束订阅)."""
    return _acted(request, subscription_id, services.end)


@api.post("/subscriptions/{subscription_id}/pause")
@by_token
def pause(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Be told of nothing for a while (暂停)."""
    return _acted(request, subscription_id, services.pause)


@api.post("/subscriptions/{subscription_id}/resume")
@by_token
def resume(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Go on (恢复)."""
    return _acted(request, subscription_id, services.resume)


@api.post("/subscriptions/{subscription_id}/replay")
@by_token
def replay(request: HttpRequest, subscription_id: UUID, place: Place) -> HttpResponse:
    """Be told again from a place on (重放)."""
    return _acted(request, subscription_id, services.replay, begin=place.begin)


@api.post("/subscriptions/{subscription_id}/confirm")
@by_token
def confirm(request: HttpRequest, subscription_id: UUID, place: Place) -> HttpResponse:
    """Say up to where a stream's events are kept (确认位置)."""
    try:
        after = Cursor.of(place.begin)
    except ValueError as error:
        raise ProblemError("invalid-value", str(error), "#/begin") from None
    with as_node():
        services.acknowledge(
            subscription=_own(request, subscription_id), after=after, at=caller_of(request).at
        )
    return said({"confirmed": str(after)})


@api.exception_handler(SubscriptionError)
def not_subscribed(request: HttpRequest, error: SubscriptionError) -> HttpResponse:
    """What is not subscribed to (不予办理)."""
    return told(ProblemError("subscription-refused", str(error)), caller_of(request).id)


def _acted(request: HttpRequest, subscription_id: UUID, act: Any, **more: str) -> HttpResponse:
    caller = caller_of(request)
    with as_node():
        found = act(subscription=_own(request, subscription_id), by=caller.known.client, at=caller.at, **more)
        return said(_shown(found))


def _own(request: HttpRequest, subscription_id: UUID) -> Subscription:
    found = (
        queries.of_client(node_scope(), caller_of(request).known.client).filter(pk=subscription_id).first()
    )
    if found is None:
        raise ProblemError("not-found", "没有这个订阅")
    return found


def _shown(one: Subscription) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": str(one.pk), "data_set": one.data_set, "name": one.name, "way": one.way, "filter": one.filter, "state": one.state,
        "reason": one.reason, "cursor": str(Cursor(one.position, one.within)), "events": one.events,
        "failures": one.failures, "next_at": one.next_at.isoformat() if one.next_at else None,
        "sent_at": one.sent_at.isoformat() if one.sent_at else None, "dead_after_hours": one.dead_after_hours,
    }  # fmt: skip
    if one.way == Way.STREAM:
        return shown | {"stream": f"{settings.EVENTS_ADDRESS}/api/v1/subscriptions/{one.pk}/events"}
    return shown | {"url": one.url, "key": {"id": signing.key_id(), "sm2": signing.public_key()}}
