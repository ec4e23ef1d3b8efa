"""A real SFTP server on the loopback, run in a thread; it can be slow, cut connections, refuse folders, change its key."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "mzt", "Geheim-123"


class Server:
    """``root``: what users see as /. ``cut_after``: bytes served before the connection is cut, once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.own_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.cut_after: int | None = None
        self.pause = 0.0
        self.served = 0
        self.opened: list[Any] = []
        self.reads: list[int] = []
        self.closed: set[str] = set()
        self.read_only = False
        self.logins: list[str] = []
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor: Any = None

    def start(self) -> None:
        self._acceptor = self._do(self._listen())
        self.port = self._acceptor.get_port()

    async def _listen(self) -> Any:
        return await asyncssh.listen(
            "127.0.0.1", self.port, server_factory=lambda: _Logins(self), server_host_keys=[self.key],
            sftp_factory=lambda channel: _Files(self, channel), config=None,
        )  # fmt: skip

    def stop(self) -> None:
        async def close() -> None:
            self._acceptor.close(abort=True) if hasattr(self._acceptor, "abort") else self._acceptor.close()
            await self._acceptor.wait_closed()

        self._do(close())

    def end(self) -> None:
        async def rest() -> None:
            others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.stop()
        self._do(rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        for file in self.opened:
            file.close()

    def _do(self, asked: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result(20)


class _Logins(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self._server = server

    def begin_auth(self, _username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._server.logins.append(password)
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == self._server.own_key.public_data


class _Files(asyncssh.SFTPServer):
    def __init__(self, server: Server, channel: Any) -> None:
        super().__init__(channel, chroot=os.fsencode(server.root))
        self._server = server

    def open(self, *asked: Any) -> Any:
        found = super().open(*asked)
        self._server.opened.append(found)
        return found

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        server = self._server
        if server.pause:
            await asyncio.sleep(server.pause)
        if server.cut_after is not None and server.served >= server.cut_after:
            server.cut_after = None
            self.channel.get_connection().abort()
            return b""
        server.reads.append(offset)
        found = super().read(file_obj, offset, size)
        server.served += len(found)
        return found

    def scandir(self, path: bytes) -> Any:
        if path.decode().strip("/") in self._server.closed:
            raise asyncssh.SFTPPermissionDenied("closed")
        return super().scandir(path)

    def mkdir(self, path: bytes, attrs: Any) -> Any:
        if self._server.read_only:
            raise asyncssh.SFTPPermissionDenied("read-only")
        return super().mkdir(path, attrs)


@contextmanager
def sftp_server(root: Path) -> Iterator[Server]:
    server = Server(root)
    server.start()
    try:
        yield server
    finally:
        server.end()
