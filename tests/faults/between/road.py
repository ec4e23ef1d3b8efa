"""The road between two nodes (a TCP proxy): whole, cut, slow, stuck; what passes is TLS, so it can be hurt and not read."""

import asyncio
import random
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

PIECE = 16 << 10


@dataclass
class Fault:
    """What happens to connections made from now on, and to those that are open.

    ``cut_after``: closed with a reset once so many bytes have gone ``up`` (to the node that is called) or ``down``;
    ``delay``: every piece waits a random time up to this; ``trickle``: bytes a second; ``stuck_after``: nothing passes any more
    after so many bytes, and nobody is told; ``flip_after``: one bit is turned there; ``echo``: every piece is sent twice.
    """

    cut_up: int | None = None
    cut_down: int | None = None
    delay: float = 0.0
    trickle: int = 0
    stuck_up: int | None = None
    stuck_down: int | None = None
    flip_up: int | None = None
    flip_down: int | None = None
    echo: bool = False
    closed: bool = False


@dataclass
class Road:
    """One node's entrance."""

    host: str
    door: tuple[str, int]
    loop: asyncio.AbstractEventLoop
    port: int = 0
    fault: Fault = field(default_factory=Fault)
    passed: int = 0
    connections: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server = field(init=False)

    def hurt(self, fault: Fault, *, now: bool = True) -> None:
        """From now on; connections that are open are cut first if ``now``."""
        self.fault = fault
        if now:
            self.drop()

    def mend(self) -> None:
        """Everything that is open ends, what comes passes."""
        if self.fault != Fault():
            self.hurt(Fault())

    def drop(self) -> None:
        """Reset every open connection."""
        asyncio.run_coroutine_threadsafe(self._drop(), self.loop).result(10)

    async def _drop(self) -> None:
        for task in list(self._open):
            task.cancel()

    async def serve(self) -> None:
        self._server = await asyncio.start_server(self._came, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        self.connections += 1
        other: asyncio.StreamWriter | None = None
        try:
            if self.fault.closed:
                return
            back, other = await asyncio.open_connection(*self.door)
            fault = self.fault
            up = self._pass(reader, other, fault, fault.cut_up, fault.stuck_up, fault.flip_up)
            down = self._pass(back, writer, fault, fault.cut_down, fault.stuck_down, fault.flip_down)
            both = [asyncio.ensure_future(up), asyncio.ensure_future(down)]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # cut by the other side, or by the test
        finally:
            self._open.discard(task)
            for one in (writer, other):
                if one is not None:
                    one.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault,
        cut: int | None, stuck: int | None, flip: int | None,
    ) -> None:  # fmt: skip
        went = 0
        with suppress(OSError):
            while piece := await reader.read(fault.trickle or PIECE):
                if fault.delay:
                    await asyncio.sleep(random.uniform(0, fault.delay))
                if fault.trickle:
                    await asyncio.sleep(len(piece) / fault.trickle)
                if flip is not None and went <= flip < went + len(piece):
                    at = flip - went
                    piece = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]
                if cut is not None and went + len(piece) > cut:
                    writer.write(piece[: max(0, cut - went)])
                    await writer.drain()
                    return
                if stuck is not None and went + len(piece) > stuck:
                    writer.write(piece[: max(0, stuck - went)])
                    await asyncio.sleep(3600)
                went += len(piece)
                self.passed += len(piece)
                writer.write(piece)
                if fault.echo and went > 4096:
                    writer.write(piece)
                await writer.drain()


class Roads:
    """All of them, on a loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._roads: list[Road] = []

    def __enter__(self) -> "Roads":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for road in self._roads:
            self.run(road.close())
        self.run(_cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def add(self, host: str, door: tuple[str, int]) -> Road:
        road = Road(host, door, self.loop)
        self._roads.append(road)
        self.run(road.serve())
        return road

    def run(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self.loop).result(10)


async def _cancel_all() -> None:
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
