"""What came of a delivery, kept (送达结果): the place moves, or it is tried again later, or given up and told."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.sm2 import sm3
from minzheng.foundation.notices.services import notify
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import count_use, open_grants
from minzheng.sharing.subscriptions.events import Batch, give
from minzheng.sharing.subscriptions.models import Attempt, Given, Subscription
from minzheng.sharing.subscriptions.terms import (
    CONFIRMED_WITHIN,
    FIRST_PAUSE_S,
    KEPT_FOR,
    LONGEST_PAUSE_S,
    LONGEST_WISH_S,
    State,
    Way,
)

SPREAD = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a receiver answered (送达结果): ``wait_s`` where it said when to come again; ``gone`` where never."""

    status: int | None
    took_ms: int
    problem: str = ""
    wait_s: float | None = None
    gone: bool = False
    rate: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it was taken (已送达)."""
        return not self.problem


def settle(
    subscription: Subscription, grant: Grant, batch: Batch, outcome: Outcome, *, body: bytes, at: datetime
) -> bool:
    """Keep what came of a delivery (记结果); whether the next may go at once. Stopped or moved meanwhile: nothing moves."""
    with as_node(), transaction.atomic():
        current = _current(subscription)
        _tried(subscription, outcome, at, len(batch.events), str(batch.after))
        if batch.events and outcome.status is not None:
            _counted(subscription, grant, batch, outcome, body, at)
        if current is None:
            return False
        if outcome.is_taken:
            taken(current, batch, at=at)
            current.failures, current.failing_since_at = 0, None
            current.next_at = (
                at + timedelta(seconds=60 / current.rate_per_minute) if current.rate_per_minute else None
            )
        else:
            _failed(current, outcome, at, timedelta(hours=current.dead_after_hours))
        current.save()
        return outcome.is_taken and current.next_at is None


def settle_handshake(subscription: Subscription, outcome: Outcome, *, at: datetime) -> bool:
    """Keep whether the receiver agrees to be told (记确认)."""
    with as_node(), transaction.atomic():
        current = _current(subscription)
        _tried(subscription, outcome, at, 0, "")
        if current is None:
            return False
        if outcome.is_taken:
            current.state, current.seen_at, current.rate_per_minute = State.OPEN, at, outcome.rate
            current.failures, current.failing_since_at, current.next_at, current.reason = 0, None, None, ""
        else:
            _failed(current, outcome, at, CONFIRMED_WITHIN)
        current.save()
    return outcome.is_taken


def taken(current: Subscription, batch: Batch, *, at: datetime) -> None:
    """The place moves behind a batch (移动位置); the caller saves."""
    current.position, current.within = batch.after.position, batch.after.within
    current.sent_position = batch.after.position
    if batch.events:
        current.sent_at, current.events = at, current.events + len(batch.events)
        give(current, batch)


def sent(
    subscription: Subscription, grant: Grant, batch: Batch, *, body: bytes, at: datetime, ip: str | None
) -> None:
    """A batch goes out by a stream (经事件流发出): counted and remembered before it leaves; the place moves when confirmed."""
    with as_node(), transaction.atomic():
        if batch.events:
            _counted(subscription, grant, batch, Outcome(200, 0), body, at, ip)
            give(subscription, batch)
        Subscription.objects.filter(pk=subscription.pk).update(
            sent_position=batch.after.position, moved=False, seen_at=at, events=F("events") + len(batch.events),
            **({"sent_at": at} if batch.events else {}),
        )  # fmt: skip


def end_ungranted(ids: Iterable[UUID], *, at: datetime) -> int:
    """End those whose grant has been withdrawn or is over (授权失效即结束); how many."""
    with as_node(), transaction.atomic():
        found = list(
            Subscription.objects.select_for_update()
            .filter(pk__in=list(ids))
            .exclude(state=State.ENDED)
            .order_by("id")
        )
        stands = open_grants({one.grant_id for one in found}, Method.PUSH, at=at)
        over = [one for one in found if one.grant_id not in stands]
        for one in over:
            one.state, one.ended_at, one.epoch, one.reason = (
                State.ENDED,
                at,
                one.epoch + 1,
                "授权已撤回、到期或系统已停用",
            )
            one.save()
            record(
                by=None, action="subscription.end", object_kind="subscription", object_id=one.pk, at=at,
                detail={"client": one.client_id, "data_set": one.data_set, "reason": one.reason},
            )  # fmt: skip
    return len(over)


def sweep(*, at: datetime) -> None:
    """Forget old attempts, and what was given to whoever is told no more; end what no grant carries (清理)."""
    with as_node():
        end_ungranted(Subscription.objects.exclude(state=State.ENDED).values_list("id", flat=True), at=at)
        Attempt.objects.filter(at__lt=at - KEPT_FOR).delete()
        Given.objects.filter(subscription__state=State.ENDED).delete()


def _current(subscription: Subscription) -> Subscription | None:
    """The row, locked, unless it was stopped or moved since it was read."""
    found = (
        Subscription.objects.select_for_update(of=("self",)).select_related("client").get(pk=subscription.pk)
    )
    alive = found.state in (State.OPEN, State.UNCONFIRMED) and found.way == Way.WEBHOOK
    return found if alive and found.epoch == subscription.epoch else None


def _tried(subscription: Subscription, outcome: Outcome, at: datetime, events: int, after: str) -> None:
    if events or outcome.problem or not after:
        Attempt.objects.create(
            subscription=subscription, at=at, took_ms=outcome.took_ms, status=outcome.status, events=events, after=after,
            problem=outcome.problem[:300],
        )  # fmt: skip


def _counted(
    subscription: Subscription, grant: Grant, batch: Batch, outcome: Outcome, body: bytes, at: datetime, ip: str | None = None
) -> None:  # fmt: skip
    """A use of the grant: what was answered is sealed with the other answers; and a line of the audit."""
    count_use(
        grant, Method.PUSH, at=at, hits=len(batch.events), status=outcome.status or 0, took_ms=outcome.took_ms, ip=ip,
        subjects=list(batch.given), request_digest=sm3(f"push {subscription.pk}".encode()), answer_digest=sm3(body),
    )  # fmt: skip
    record(
        by=subscription.client_id, action="subscription.sent", object_kind="subscription", object_id=subscription.pk, at=at,
        result="ok" if outcome.is_taken else "refused", ip=ip,
        detail={"grant": grant.pk, "events": len(batch.events), "after": str(batch.after)},
    )  # fmt: skip


def _failed(current: Subscription, outcome: Outcome, at: datetime, patience: timedelta) -> None:
    current.failures += 1
    current.failing_since_at = current.failing_since_at or at
    if outcome.gone:
        current.state, current.ended_at, current.reason = State.ENDED, at, outcome.problem[:300]
        _tell(current, "结束", at)
        return
    if at - current.failing_since_at >= patience:
        current.state, current.reason, current.next_at = State.DEAD, outcome.problem[:300], None
        _tell(current, "多次失败已停止", at)
        return
    current.next_at = at + timedelta(seconds=pause_s(current.failures, outcome.wait_s))


def pause_s(failures: int, wished_s: float | None) -> float:
    """How long until it is tried again (间隔): as the receiver wished, else twice as long each time, half of it by chance."""
    longest: float = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 30), LONGEST_PAUSE_S)
    by_chance = longest / 2 + SPREAD.random() * longest / 2
    return by_chance if wished_s is None else max(min(wished_s, LONGEST_WISH_S), by_chance)


def _tell(current: Subscription, said: str, at: datetime) -> None:
    notify(
        division_code=current.division_code, roles=[Role.DATA_OFFICER], at=at,
        key=f"subscriptions.{current.state}.{current.pk}.{current.epoch}.{at:%Y%m%d%H%M}",
        title=f"{current.client.office}的订阅“{current.name[:40]}”{said}", url=f"/subscriptions/{current.pk}/",
    )  # fmt: skip
