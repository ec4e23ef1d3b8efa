"""Pushing to webhooks (推送): one process a node, a task a receiver, so that a slow one holds up nobody else.

Each receiver gets one batch at a time, in the order of the changes; the next goes once this one is kept as taken. What is under
way when the process dies is told again: at least once, with the same ids. Whoever holds the lock in the database pushes; another
process waits until it is gone.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import anyio
import psycopg
from anyio import CapacityLimiter, to_thread
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.crypto.fields import open_text
from minzheng.foundation.database.url import libpq_uri
from minzheng.sharing.grants.changes import Cursor, place_committed
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import open_grants, take_quota
from minzheng.sharing.subscriptions import queries, services, signing
from minzheng.sharing.subscriptions.calling import Calling, Receiver
from minzheng.sharing.subscriptions.events import Batch, as_json, read
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.terms import CHANNEL, State

logger = logging.getLogger(__name__)
LOCK, OUTBOX = 7043, "minzheng_outbox"
LOOK_S, IDLE_S = 1.0, 10.0
MOST_AT_ONCE, THREADS = 500, 4
HINDRANCES = (psycopg.Error, OperationalError, InterfaceError, OSError)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done for one receiver now (待办): a handshake where there is no batch."""

    subscription: Subscription
    grant: Grant
    secret: str
    batch: Batch | None
    body: bytes

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a body (签名头)."""
        return signing.headers(self.subscription.pk, self.secret, body, at=timezone.now())


async def run() -> None:
    """Push until cancelled (运行); whatever hinders it, it goes on."""
    while True:
        try:
            await _Pushing().run()
        except HINDRANCES as error:
            logger.warning("订阅推送中断, 稍后继续: %s", error)
        except Exception:
            logger.exception("订阅推送出错, 稍后继续")
        await asyncio.sleep(LOOK_S)


class _Pushing:
    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._threads = CapacityLimiter(THREADS)

    async def run(self) -> None:
        uri = libpq_uri(connections["default"].settings_dict)
        try:
            async with await psycopg.AsyncConnection.connect(uri, autocommit=True) as line:
                while not await _locked(line):
                    await asyncio.sleep(LOOK_S)
                await line.execute(f"LISTEN {OUTBOX}")
                await line.execute(f"LISTEN {CHANNEL}")
                while True:
                    some = await self._do(_any)
                    if some:
                        await self._look()
                    async for _ in line.notifies(timeout=LOOK_S if some else IDLE_S, stop_after=1):
                        pass
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look(self) -> None:
        for one in [one for one, task in self._tasks.items() if task.done()]:
            del self._tasks[one]
        for one in await self._do(_due):
            if len(self._tasks) >= MOST_AT_ONCE:
                break
            if one not in self._tasks:
                self._tasks[one] = asyncio.create_task(self._serve(one))

    async def _serve(self, one: UUID) -> None:
        """All that waits for one receiver, batch after batch, until there is none or it fails."""
        try:
            work = await self._do(_work, one)
            if work is None:
                return
            async with Calling(Receiver(work.subscription.url, work.subscription.ca)) as calling:
                while work is not None and await self._step(calling, work):
                    work = await self._do(_work, one)
        except HINDRANCES as error:
            logger.warning("订阅 %s 推送中断, 稍后继续: %s", one, error)
        except Exception:
            logger.exception("订阅 %s 推送出错, 稍后继续", one)
            with suppress(Exception):
                await self._do(_put_off, one)

    async def _step(self, calling: Calling, work: Work) -> bool:
        if work.batch is None:
            outcome = await calling.agree(work.signed)
            return await self._do(
                partial(services.settle_handshake, at=timezone.now()), work.subscription, outcome
            )
        if not work.batch.events:
            outcome = services.Outcome(None, 0)
        else:
            headers = await self._do(work.signed, work.body)
            outcome = await calling.deliver(work.body, headers)
        settled = partial(services.settle, body=work.body, at=timezone.now())
        return await self._do(settled, work.subscription, work.grant, work.batch, outcome)

    async def _do(self, what: Callable[..., Found], *given: Any) -> Found:
        return await to_thread.run_sync(partial(_with_connection, what, given), limiter=self._threads)


def node_scope() -> Scope:
    """The node's own (本节点)."""
    return Scope.system(settings.NODE_DIVISION_CODE)


def _any() -> bool:
    with as_node():
        return queries.hooks(node_scope()).exists()


def _due() -> list[UUID]:
    place_committed()
    with as_node():
        return queries.due(node_scope(), at=timezone.now())


def _work(one: UUID) -> Work | None:
    """What to do next, asked of the database as it is now; None where nothing is to be done."""
    now = timezone.now()
    with as_node():
        found = (
            Subscription.objects.select_related("client")
            .filter(pk=one, state__in=[State.OPEN, State.UNCONFIRMED])
            .first()
        )
        if found is None or (found.next_at is not None and found.next_at > now):
            return None
        grant = open_grants([found.grant_id], Method.PUSH, at=now).get(found.grant_id)
        if grant is None:
            services.end_ungranted([one], at=now)
            return None
        secret = open_text("extra", found.secret_cipher) or ""
        if found.state == State.UNCONFIRMED:
            return Work(found, grant, secret, None, b"")
        batch = read(found, grant, Cursor(found.position, found.within))
        if not batch.events and not batch.more and batch.after == Cursor(found.position, found.within):
            return None
        over = take_quota(grant, at=now) if batch.events else None
        if over is not None:
            Subscription.objects.filter(pk=one, epoch=found.epoch).update(
                next_at=now + timedelta(seconds=over.again_in_s)
            )
            return None
        return Work(found, grant, secret, batch, as_json(batch.events))


def _put_off(one: UUID) -> None:
    with as_node():
        Subscription.objects.filter(pk=one).update(next_at=timezone.now() + timedelta(minutes=1))


async def _locked(line: psycopg.AsyncConnection[Any]) -> bool:
    found = await (await line.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])).fetchone()
    return bool(found and found[0])


def _with_connection(what: Callable[..., Found], given: tuple[Any, ...]) -> Found:
    close_old_connections()
    return what(*given)


def main() -> None:
    """As a process of its own (推送进程)."""
    anyio.run(run)
