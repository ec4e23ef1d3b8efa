"""Waking those who wait (唤醒): one listener a process hears of every commit that changes something, gives the changes their
places, and wakes the members they are for and nobody else; of what others have given its place it hears too. Should a notice be
lost, it looks by itself every few seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from minzheng.foundation.database.url import libpq_uri
from minzheng.sharing.between import routing

logger = logging.getLogger(__name__)
CHANNEL = "minzheng_outbox"
LOOK_S = 5.0


class Waking:
    """Holds an event for every member that waits (唤醒器). An async context: it listens while it is open.

    ``meanwhile`` is called whenever it has looked, in a thread.
    """

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._meanwhile = meanwhile
        self._events: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Waking":
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def waiting(self, code: str) -> Iterator[Callable[[float], Awaitable[bool]]]:
        """Within the block nothing that is for the member is missed; what is given waits for it, False where time runs out."""
        event = asyncio.Event()
        self._events.setdefault(code, set()).add(event)

        async def woken(seconds: float) -> bool:
            try:
                await asyncio.wait_for(event.wait(), seconds)
            except TimeoutError:
                return False
            return True

        try:
            yield woken
        finally:
            self._events[code].discard(event)

    def wake(self, codes: set[str]) -> None:
        """Something is there for these members."""
        for code in codes:
            for event in self._events.get(code, ()):
                event.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OperationalError, InterfaceError, OSError) as error:
                logger.warning("监听变更的数据库连接中断, 重新连接: %s", error)
                await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        uri = libpq_uri(connections["default"].settings_dict)
        async with await psycopg.AsyncConnection.connect(uri, autocommit=True) as line:
            await line.execute(f"LISTEN {CHANNEL}; LISTEN {routing.CHANNEL}")
            while True:
                self.wake(await anyio.to_thread.run_sync(self._look))
                while not await self._hear(line):
                    pass

    async def _hear(self, line: psycopg.AsyncConnection[Any]) -> bool:
        """Wake whom others have given something; whether one must look: something has changed, or all was still for a while."""
        notes = [note async for note in line.notifies(timeout=LOOK_S, stop_after=1)]
        self.wake({note.payload for note in notes if note.channel == routing.CHANNEL})
        return not notes or any(note.channel == CHANNEL for note in notes)

    def _look(self) -> set[str]:
        close_old_connections()
        self._meanwhile()
        return routing.route_all()
