"""Someone between two nodes who has both nodes' keys, and so can repeat whole requests: what a proxy may do that retries."""

import asyncio
import ssl
from types import TracebackType

import h11
from tests.faults.between.land import Node

PIECE = 64 << 10


class Interposer:
    """All calls of one node to its upper go through it: ``twice`` one after the other, ``at once``, or ``late``.

    Late: the request before is sent again after each one, so that old requests follow new ones.
    """

    def __init__(self, lower: Node, upper: Node, how: str) -> None:
        self.lower, self.upper, self.how, self.repeated = lower, upper, how, 0
        self._before: bytes | None = None
        self._late: list[asyncio.Future[bytes]] = []
        self._server: asyncio.Server | None = None

    def __enter__(self) -> "Interposer":
        self.road = self.upper.road
        self._door = self.road.door
        future = asyncio.run_coroutine_threadsafe(self._serve(), self.road.loop)
        self.road.door = future.result(10)
        self.road.drop()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.road.door = self._door
        self.road.drop()
        if self._server is not None:
            self.road.loop.call_soon_threadsafe(self._server.close)

    async def _serve(self) -> tuple[str, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.upper.home / "keys" / "tls.pem")
        self._server = await asyncio.start_server(self._came, "127.0.2.1", 0, ssl=context)
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _whole(reader)) is not None:
                writer.write(await self._repeat(asked))
                await writer.drain()
        except (OSError, h11.ProtocolError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _repeat(self, asked: bytes) -> bytes:
        """Send it on, and again; the caller hears the last answer."""
        before, self._before = self._before, asked
        if self.how == "late":
            answer = await self._send(asked)
            if before is not None:
                self._late.append(asyncio.ensure_future(self._send(before)))
                self.repeated += 1
            return answer
        self.repeated += 1
        if self.how == "at once":
            return (await asyncio.gather(self._send(asked), self._send(asked)))[1]
        await self._send(asked)
        return await self._send(asked)

    async def _send(self, asked: bytes) -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(self.lower.home / "keys" / "tls.pem")
        reader, writer = await asyncio.open_connection(*self._door, ssl=context)
        try:
            writer.write(asked)
            await writer.drain()
            return await _answer(reader, asked.split(b" ", 1)[0])
        finally:
            writer.transport.abort()


async def _whole(reader: asyncio.StreamReader) -> bytes | None:
    """The bytes of one whole request."""
    return await _message(reader, h11.Connection(h11.SERVER))


async def _answer(reader: asyncio.StreamReader, method: bytes) -> bytes:
    line = h11.Connection(h11.CLIENT)
    line.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    line.send(h11.EndOfMessage())
    return await _message(reader, line) or b""


async def _message(reader: asyncio.StreamReader, line: h11.Connection) -> bytes | None:
    came = b""
    while True:
        event = line.next_event()
        if event is h11.NEED_DATA:
            piece = await reader.read(PIECE)
            if not piece and not came:
                return None
            came += piece
            line.receive_data(piece)
        elif isinstance(event, h11.EndOfMessage):
            return came
        elif isinstance(event, h11.ConnectionClosed):
            return came or None
