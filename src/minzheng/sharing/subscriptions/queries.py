"""What is asked of subscriptions (订阅查询): of rows within the scope, or of departments within it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.sharing.grants.changes import Cursor, end_of_changes, waiting_after
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import open_grants
from minzheng.sharing.subscriptions.filtering import Filter
from minzheng.sharing.subscriptions.models import Attempt, Subscription
from minzheng.sharing.subscriptions.terms import State, Way

MOST_WAITING = 10_000  # entries counted for a page


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far one is behind (积压): changes before the filter looks at them, at most ``MOST_WAITING`` entries counted."""

    place: Cursor
    end: int
    changes: int


def subscriptions(
    scope: Scope, *, state: str = "", data_set: str = "", text: str = ""
) -> QuerySet[Subscription]:
    """Subscriptions of rows or of departments within the scope, newest first (订阅列表)."""
    found = Subscription.objects.filter(
        Q(division_code__startswith=scope.prefix) | Q(subscriber_code__startswith=scope.prefix)
    ).select_related("client")
    if state in State.values:
        found = found.filter(state=state)
    if data_set:
        found = found.filter(data_set=data_set)
    if text:
        found = found.filter(Q(client__office__icontains=text) | Q(name__icontains=text) | Q(client_id=text))
    return found.order_by("-created_at")


def subscription_in(scope: Scope, subscription_id: UUID) -> Subscription | None:
    """One of them, or None (订阅)."""
    return subscriptions(scope).filter(pk=subscription_id).first()


def attempts(scope: Scope, subscription: Subscription) -> QuerySet[Attempt]:
    """What was tried, newest first (送达记录)."""
    within = Q(subscription__division_code__startswith=scope.prefix) | Q(
        subscription__subscriber_code__startswith=scope.prefix
    )
    return Attempt.objects.filter(within, subscription=subscription).order_by("-at", "-id")


def backlog(scope: Scope, subscription: Subscription) -> Backlog:
    """How far a subscription is behind (积压); what lies outside its own grant is not counted."""
    if subscription_in(scope, subscription.pk) is None:
        return Backlog(Cursor(), 0, 0)
    place = Cursor(subscription.position, subscription.within)
    if subscription.way == Way.STREAM:
        place = max(place, Cursor(subscription.sent_position))
    with (
        as_node()
    ):  # the place of everyone's changes is the node's; the subscription was asked for within the scope
        grant = Grant.objects.select_related("client").get(pk=subscription.grant_id)
        wanted = Filter.kept(subscription.filter).scope(grant)
        waits = (
            0
            if grant.client.is_test
            else waiting_after(wanted, subscription.data_set, place, most=MOST_WAITING)
        )
    return Backlog(place, end_of_changes().position - 1, waits)


def of_client(scope: Scope, client: str) -> QuerySet[Subscription]:
    """A system's own, newest first (本系统的订阅); the scope is the node's."""
    found = Subscription.objects.filter(division_code__startswith=scope.prefix, client_id=client)
    return found.select_related("client").order_by("-created_at")


def hooks(scope: Scope) -> QuerySet[Subscription]:
    """Webhooks that are told, or wait for a receiver to agree (回调订阅)."""
    going = [State.OPEN, State.UNCONFIRMED]
    return Subscription.objects.filter(
        way=Way.WEBHOOK, state__in=going, division_code__startswith=scope.prefix
    )


def due(scope: Scope, *, at: datetime) -> list[UUID]:
    """Webhooks that something waits for (待送达): not yet confirmed, or changes placed behind them."""
    end = end_of_changes().position
    now = Q(next_at__isnull=True) | Q(next_at__lte=at)
    found = hooks(scope).filter(now, Q(state=State.UNCONFIRMED) | Q(position__lt=end))
    return list(found.order_by(F("next_at").asc(nulls_first=True), "id").values_list("id", flat=True))


def still_allowed(scope: Scope, ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Of these those whose grant stands and that go on (仍有效)."""
    found = dict(
        Subscription.objects.filter(
            pk__in=list(ids), state=State.OPEN, division_code__startswith=scope.prefix
        ).values_list("id", "grant_id")
    )
    stands = open_grants(found.values(), Method.PUSH, at=at)
    return {one for one, grant in found.items() if grant in stands}
