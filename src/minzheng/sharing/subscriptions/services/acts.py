"""A subscription is stopped, moved or ended by its owner or its subscriber (订阅操作)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.sharing.grants.changes import Cursor
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.services.registering import place_of
from minzheng.sharing.subscriptions.terms import CHANNEL, State, SubscriptionError, Way

By = User | str  # an official, or the system itself by its code
ACTORS = (Role.DATA_OFFICER, Role.SECURITY)


def pause(*, subscription: Subscription, by: By, at: datetime) -> Subscription:
    """Tell nothing until it is resumed; what comes meanwhile waits (暂停). Raises ``SubscriptionError``."""
    with _changed(subscription, by) as locked:
        if locked.state not in (State.OPEN, State.UNCONFIRMED):
            raise SubscriptionError(f"订阅{locked.get_state_display()}, 不能暂停")
        locked.state, locked.reason = State.PAUSED, ""
        _told(locked, "subscription.pause", by, at)
    return locked


def resume(*, subscription: Subscription, by: By, at: datetime) -> Subscription:
    """Go on where it stopped; a receiver that never agreed, or was given up, is asked anew (恢复).

    Raises ``SubscriptionError``.
    """
    with _changed(subscription, by) as locked:
        if locked.state not in (State.PAUSED, State.DEAD):
            raise SubscriptionError(f"订阅{locked.get_state_display()}, 不需要恢复")
        again = locked.way == Way.WEBHOOK and (locked.state == State.DEAD or locked.seen_at is None)
        locked.state, locked.reason = State.UNCONFIRMED if again else State.OPEN, ""
        locked.failures, locked.failing_since_at, locked.next_at = 0, None, None
        _told(locked, "subscription.resume", by, at)
    return locked


def replay(*, subscription: Subscription, begin: str, by: By, at: datetime) -> Subscription:
    """Go on from another place: ``start``, ``now``, a moment or a cursor (重放). Raises ``SubscriptionError``."""
    place = place_of(begin)
    with _changed(subscription, by) as locked:
        if locked.state == State.ENDED:
            raise SubscriptionError("订阅已结束, 不能重放")
        locked.position, locked.within, locked.sent_position = place.position, place.within, place.position
        locked.next_at, locked.moved = None, locked.way == Way.STREAM
        _told(locked, "subscription.replay", by, at, after=str(place))
    return locked


def end(*, subscription: Subscription, by: By, at: datetime) -> Subscription:
    """End it for good (结束). Raises ``SubscriptionError``."""
    with _changed(subscription, by) as locked:
        if locked.state == State.ENDED:
            raise SubscriptionError("订阅已经结束")
        locked.state, locked.ended_at = State.ENDED, at
        locked.reason = "由数据提供方结束" if isinstance(by, User) else "由订阅方结束"
        _told(locked, "subscription.end", by, at)
    return locked


def acknowledge(*, subscription: Subscription, after: Cursor, at: datetime) -> None:
    """A stream's reader has all up to a place (确认); never backwards, and never beyond what was sent."""
    with as_node():
        Subscription.objects.filter(
            pk=subscription.pk,
            way=Way.STREAM,
            position__lte=after.position,
            sent_position__gte=after.position,
        ).update(position=after.position, within=after.within, seen_at=at)


@contextmanager
def _changed(subscription: Subscription, by: By) -> Iterator[Subscription]:
    """The row, locked; what was under way moves nothing any more, and whoever sends hears of it at once."""
    may_act(subscription, by)
    with (
        transaction.atomic(),
        as_node(),
    ):  # a department's officer may act on rows of a division that is not his
        locked = (
            Subscription.objects.select_for_update(of=("self",))
            .select_related("client")
            .get(pk=subscription.pk)
        )
        yield locked
        locked.epoch += 1
        locked.save()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def may_act(subscription: Subscription, by: By) -> None:
    """Raises ``SubscriptionError`` for who is neither the rows' nor the department's officer, nor the system (可否办理)."""
    if not isinstance(by, User):
        if by != subscription.client_id:
            raise SubscriptionError("这不是本系统的订阅")
        return
    scope = Scope.of(by)
    reaches = scope.covers(subscription.division_code) or scope.covers(subscription.subscriber_code)
    if not (by.has_role(*ACTORS) and reaches):
        raise SubscriptionError("只有数据提供方或使用单位的数据管理员、安全管理员可以办理")


def _told(locked: Subscription, action: str, by: By, at: datetime, **detail: str) -> None:
    said = {"client": locked.client_id, "data_set": locked.data_set, "name": locked.name} | detail
    record(by=by, action=action, object_kind="subscription", object_id=locked.pk, detail=said, at=at)
