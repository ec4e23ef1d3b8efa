"""Files laid in a folder of an SFTP server (SFTP 目录)."""

import asyncio
import stat
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient, SSHClientConnection, SSHKey

from minzheng.exchange.errors import IntakeError, UnconfirmedError
from minzheng.exchange.intake.declare import Adapter, Field, Reached, Received, Settings, Work, adapter
from minzheng.exchange.intake.shelf import (
    FILE_FIELDS,
    MOST_ENTRIES,
    PIECE,
    Entry,
    ReadOnlyError,
    file_settings_refused,
    take,
    told,
)

CONNECT_S, ANSWER_S, ALIVE_S = 15, 60, 20
BROKEN = (
    asyncssh.ConnectionLost,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    ConnectionResetError,
    BrokenPipeError,
)
Answer = TypeVar("Answer")


@adapter
class SftpAdapter(Adapter):
    """A folder of an SFTP server; its host key is confirmed once by an officer (SFTP 目录)."""

    key, label = "sftp", "SFTP 目录"
    about = "从对方的 SFTP 服务器取文件，中断后接着取。"
    fields = (
        Field("host", "主机", required=True, group="地址", address=True, help="主机名或 IP 地址，须在允许访问的地址之内。"),
        Field("port", "端口", "number", default=22, least=1, most=65535, group="地址", address=True),
        Field("folder", "目录", required=True, default=".", group="地址"),
        Field("user", "用户名", required=True, group="登录", address=True),
        Field("password", "口令", "secret", group="登录"),
        Field("private_key", "私钥", "secret_lines", group="登录",
              help="OpenSSH 或 PEM 格式，有口令的须为 PEM（PKCS#8）格式；用口令登录的不填。"),
        Field("passphrase", "私钥口令", "secret", group="登录"),
        Field("host_key", "主机密钥", "confirmed"),
        *FILE_FIELDS,
    )  # fmt: skip

    def check(self, settings: Settings, work: Work) -> str:
        with _Line(settings, work) as line:
            return told(line, settings, work, self.place(settings))

    def fetch(self, settings: Settings, reached: Reached, work: Work) -> Iterator[Received]:  # noqa: ARG002
        with _Line(settings, work) as line:
            yield from take(line, settings, work)

    def place(self, settings: Settings) -> str:
        return f"{settings['host']}:{settings['port']} {settings['folder']}"

    def refuse(self, settings: Settings) -> str | None:
        if not settings["password"] and not settings["private_key"]:
            return "口令和私钥至少填一个"
        return file_settings_refused(settings)


class _Line:
    """A connection, kept alive by a thread of its own while batches run between two files."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self._settings, self._folder = settings, str(settings["folder"]).rstrip("/") or "/"
        self._host, self._port = str(settings["host"]), int(settings["port"])
        self._address = work.places.address(self._host, self._port)
        self._connection: SSHClientConnection | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            with self._told():
                self._sftp = self._do(self._connect(), 3 * CONNECT_S)
            with self._told(f"目录 {self._folder} "):
                about = self._do(self._sftp.stat(self._folder))
                if about.permissions is not None and not stat.S_ISDIR(about.permissions):
                    raise IntakeError(f"{self._folder} 不是目录, 请核对路径")
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    async def _connect(self) -> SFTPClient:
        pinned = self._settings["host_key"]
        if not pinned:
            found = await asyncssh.get_server_host_key(self._address, self._port, config=None)
            raise _unconfirmed(self._host, found)
        self._connection = await asyncssh.connect(
            self._address, self._port, username=str(self._settings["user"]),
            known_hosts=([asyncssh.import_public_key(pinned)], [], []),
            password=self._settings["password"] or None, client_keys=_keys(self._settings), agent_path=None, config=None,
            gss_host=None, x509_trusted_certs=None, connect_timeout=CONNECT_S, login_timeout=CONNECT_S,
            keepalive_interval=ALIVE_S,
        )  # fmt: skip
        return await self._connection.start_sftp_client()

    def entries(self) -> list[Entry]:
        with self._told(f"目录 {self._folder} "):
            return self._do(self._entries())

    async def _entries(self) -> list[Entry]:
        found: list[Entry] = []
        async for one in self._sftp.scandir(self._folder):
            name = one.filename
            if isinstance(name, str) and "/" not in name and (entry := _entry(name, one.attrs)):
                found.append(entry)
                if len(found) > MOST_ENTRIES:
                    break
        return found

    def look(self, name: str) -> Entry | None:
        with self._told(f"文件 {name} "):
            try:
                return _entry(name, self._do(self._sftp.lstat(self._path(name))))
            except asyncssh.SFTPNoSuchFile:
                return None

    def read(self, name: str, start: int, size: int) -> Iterator[bytes]:
        with self._told(f"文件 {name} "):
            file = self._do(self._sftp.open(self._path(name), "rb"))
            try:
                end = start + size
                while start < end:
                    piece = self._do(file.read(min(PIECE, end - start), start))
                    if not piece:
                        return
                    start += len(piece)
                    yield piece if isinstance(piece, bytes) else piece.encode()
            finally:
                if self._connection is not None and not self._connection.is_closed():
                    self._do(file.close())

    def move(self, name: str, folder: str) -> None:
        with self._told(f"文件 {name} "):
            try:
                self._do(self._move(name, folder))
            except asyncssh.SFTPNoSuchFile:
                return  # somebody else has put it away
            except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure, asyncssh.SFTPOpUnsupported) as error:
                raise ReadOnlyError from error

    async def _move(self, name: str, folder: str) -> None:
        await self._sftp.makedirs(self._path(folder), exist_ok=True)
        target = self._path(f"{folder}/{name}")
        if await self._sftp.exists(target):
            target = self._path(f"{folder}/{time.time_ns()}-{name}")
        await self._sftp.rename(self._path(name), target)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    def _do(self, asked: Awaitable[Answer], seconds: float = ANSWER_S) -> Answer:
        """One question, answered within a time."""

        async def answered() -> Answer:
            async with asyncio.timeout(seconds):
                return await asked

        return asyncio.run_coroutine_threadsafe(answered(), self._loop).result()

    @contextmanager
    def _told(self, what: str = "") -> Iterator[None]:
        """What asyncssh raises, as one sentence with what to do."""
        place = f"{self._host}:{self._port}"
        try:
            yield
        except asyncssh.HostKeyNotVerifiable:
            raise IntakeError(
                f"{place} 出示的主机密钥与已确认的不同, 没有登录; 请向对方核实, 确已更换的在来源页面重新确认"
            ) from None
        except asyncssh.PermissionDenied:
            raise IntakeError(f"{place} 不接受用户 {self._settings['user']} 的口令或私钥, 请核对") from None
        except asyncssh.SFTPNoSuchFile:
            raise IntakeError(f"{what}不存在, 请核对路径") from None
        except asyncssh.SFTPPermissionDenied:
            raise IntakeError(f"没有读取{what}的权限, 请对方为用户 {self._settings['user']} 授权") from None
        except BROKEN:
            raise IntakeError(f"与 {place} 的连接中断, 下次从断点接着取") from None
        except TimeoutError:
            raise IntakeError(f"{place} 没有在时限内应答, 请核对地址、端口和防火墙") from None
        except ConnectionRefusedError:
            raise IntakeError(f"连接不上 {place}: 被拒绝, 请核对端口, 确认对方的 SFTP 服务已启动") from None
        except asyncssh.SFTPError as error:
            raise IntakeError(f"{place} 的 SFTP 服务报错 (代码 {error.code}), 请对方查看其日志") from None
        except asyncssh.Error as error:
            raise IntakeError(
                f"{place} 不能按 SSH 协议应答 ({type(error).__name__}), 请核对端口和对方版本"
            ) from None
        except OSError as error:
            raise IntakeError(
                f"连接不上 {place} ({error.strerror or '网络不通'}), 请核对地址和网络"
            ) from None

    def _close(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(CONNECT_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    async def _hang_up(self) -> None:
        """Close the connection and end what still waits on it."""
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _entry(name: str, about: SFTPAttrs) -> Entry | None:
    """A regular file as the server describes it; None for anything else."""
    if about.permissions is not None and not stat.S_ISREG(about.permissions):
        return None
    return Entry(name, about.size or 0, int(about.mtime or 0)) if about.size is not None else None


def _unconfirmed(host: str, key: SSHKey | None) -> IntakeError:
    if key is None:
        return IntakeError(f"{host} 没有出示主机密钥, 不是 SSH 服务, 请核对端口")
    print_ = key.get_fingerprint()
    return UnconfirmedError(
        f"{host} 的主机密钥还没有确认, 请向对方核对指纹 {print_}, 一致的在来源页面确认",
        field="host_key", value=key.export_public_key().decode().strip(), shown=print_,
    )  # fmt: skip


def _keys(settings: Settings) -> list[SSHKey] | None:
    """The private key given; none of this machine's own are ever tried."""
    if not settings["private_key"]:
        return None
    try:
        return [asyncssh.import_private_key(settings["private_key"], settings["passphrase"] or None)]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise IntakeError("私钥无法识别, 或私钥口令不对 (有口令的须为 PEM 格式), 请重新填写") from None
