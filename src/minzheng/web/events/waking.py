"""Waking streams (唤醒): one listener a process hears of every commit, and wakes the streams of the data sets that changed.

It also looks whether each stream may still go on: at every word of a withdrawal, and once a second by itself.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import anyio
import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.database.url import libpq_uri
from minzheng.sharing.grants.changes import end_of_changes, place_committed
from minzheng.sharing.grants.services.deciding import CHANNEL as GRANTS
from minzheng.sharing.subscriptions import queries
from minzheng.sharing.subscriptions.pushing import node_scope
from minzheng.sharing.subscriptions.terms import CHANNEL

logger = logging.getLogger(__name__)
CHANNELS = ("minzheng_outbox", CHANNEL, GRANTS)
LOOK_S = 1.0
CHANGED = """
SELECT DISTINCT o.data_set FROM grants_changeplace p JOIN foundation_outboxentry o ON o.id = p.entry_id
WHERE p.position >= %s
"""


class Stream:
    """One stream that is open (连接中的事件流): ``news`` is set when it should look, ``over`` when it must end."""

    def __init__(self, subscription: UUID, data_set: str) -> None:
        self.subscription, self.data_set = subscription, data_set
        self.news = asyncio.Event()
        self.over = False

    def end(self) -> None:
        """It must end now (结束)."""
        self.over = True
        self.news.set()


class Waking:
    """The streams of this process (唤醒器). An async context: it listens while it is open."""

    def __init__(self) -> None:
        self._streams: dict[UUID, Stream] = {}
        self._task: asyncio.Task[None] | None = None
        self._seen = 0

    async def __aenter__(self) -> "Waking":
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for stream in self._streams.values():
            stream.end()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def count(self) -> int:
        """How many are open (连接数)."""
        return len(self._streams)

    @contextmanager
    def streaming(self, subscription: UUID, data_set: str) -> Iterator[Stream]:
        """Within the block the stream is woken; an earlier one of the same subscription ends."""
        stream = Stream(subscription, data_set)
        former = self._streams.get(subscription)
        if former is not None:
            former.end()
        self._streams[subscription] = stream
        try:
            yield stream
        finally:
            if self._streams.get(subscription) is stream:
                del self._streams[subscription]

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OperationalError, InterfaceError, OSError) as error:
                logger.warning("监听变更的数据库连接中断, 重新连接: %s", error)
                await asyncio.sleep(LOOK_S)

    async def _listen_once(self) -> None:
        uri = libpq_uri(connections["default"].settings_dict)
        async with await psycopg.AsyncConnection.connect(uri, autocommit=True) as line:
            for channel in CHANNELS:
                await line.execute(f"LISTEN {channel}")
            while True:
                if self._streams:
                    changed, allowed = await anyio.to_thread.run_sync(self._look, list(self._streams))
                    self._wake(changed, allowed)
                else:
                    self._seen = 0
                async for _ in line.notifies(timeout=LOOK_S, stop_after=1):
                    pass

    def _wake(self, changed: set[str], allowed: set[UUID]) -> None:
        for stream in list(self._streams.values()):
            if stream.subscription not in allowed:
                stream.end()
            elif stream.data_set in changed:
                stream.news.set()

    def _look(self, open_now: list[UUID]) -> tuple[set[str], set[UUID]]:
        close_old_connections()
        place_committed()
        end = end_of_changes().position
        changed: set[str] = set()
        with as_node():
            if not self._seen:  # it has not looked since there was a stream: each looks for itself
                changed = {stream.data_set for stream in list(self._streams.values())}
            elif end > self._seen:
                with connection.cursor() as cursor:
                    cursor.execute(CHANGED, [self._seen])
                    changed = {data_set for (data_set,) in cursor.fetchall()}
            allowed = queries.still_allowed(node_scope(), open_now, at=timezone.now())
        self._seen = end
        # A stream that opened meanwhile was not asked about; it reads by itself first.
        return changed, allowed | (set(self._streams) - set(open_now))
