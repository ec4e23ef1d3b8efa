"""Pages and background jobs under one parent (运行): it holds the database, its children do the work.

A child lives no longer than its parent: it holds the reading end of a pipe, and when that closes,
however the parent ended, it stops. A child that dies by itself is started anew.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

import click

from minzheng.cli.boot import boot, tell_newer_standards

STOP_WITHIN_S = 6.0
READY_WITHIN_S = 60.0
RESTARTS, RESTARTS_WITHIN_S = 5, 60.0
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - recognised, not chosen


class StoppedError(KeyboardInterrupt):
    """Asked to stop from outside (收到停止信号)."""


@dataclass
class Child:
    """One process of the node (子进程)."""

    name: str
    arguments: list[str]
    files: tuple[int, ...] = ()
    environment: dict[str, str] | None = None  # its parent's where not said
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent alone, which stops its children."""
        now = time.monotonic()
        self.starts = [at for at in self.starts if now - at < RESTARTS_WITHIN_S] + [now]
        command = [sys.executable, "-m", "minzheng.cli.children", *self.arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=self.files, start_new_session=True, env=self.environment
        )

    def died(self) -> bool:
        """Whether it has ended though nobody asked it to (意外退出)."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Close the pipe it lives by (请求停止)."""
        if self.process and self.process.stdin:
            self.process.stdin.close()

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for its end, then make it end, with everything it has started (等待或强制结束)."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Children:
    """The processes of a node, watched together (进程组)."""

    def __init__(self, children: list[Child]) -> None:
        self._children = children

    def __enter__(self) -> "Children":
        for child in self._children:
            child.start()
        return self

    def __exit__(self, *_: object) -> None:
        with _undisturbed():
            deadline = time.monotonic() + STOP_WITHIN_S
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.wait_or_kill(deadline)

    def check(self) -> None:
        """Start what has died anew; raises ``click.ClickException`` where that happens again and again."""
        for child in self._children:
            if child.died():
                if len(child.starts) > RESTARTS:
                    raise click.ClickException(f"{child.name}反复退出, 已停止; 原因见上面的输出")
                click.echo(f"{child.name}意外退出, 重新启动", err=True)
                child.start()


def serve(
    host: str, port: int, threads: int, exchange: tuple[str, int] | None = None, events: tuple[str, int] | None = None
) -> None:  # fmt: skip
    """Set the node up, then pages and background jobs until asked to stop (启动服务).

    ``exchange``: where other nodes call; ``events``: where event streams are answered.
    """
    with stopping(), listening(host, port) as listener, _also(exchange) as door, _also(events) as streams:
        if streams is not None:
            os.environ.setdefault("MINZHENG_EVENTS_ADDRESS", address_of(streams).rstrip("/"))
        boot()
        tell_newer_standards()
        with running(listener, threads, door, streams=streams) as children:
            click.echo(f"网页地址: {address_of(listener)}    按 Ctrl-C 停止")
            watch(children)


def work() -> None:
    """Background jobs alone until asked to stop (只运行后台作业)."""
    with stopping():
        boot()
        tell_newer_standards()
        release_database()
        with Children([Child("后台作业", ["worker"])]) as children:
            click.echo("后台作业已启动    按 Ctrl-C 停止")
            watch(children)


@contextmanager
def running(
    listener: socket.socket, threads: int, door: socket.socket | None = None, also: Sequence[Child] = (),
    streams: socket.socket | None = None,
) -> Iterator[Children]:  # fmt: skip
    """All children, once the pages answer; stopped at the end (网页和后台作业).

    Pages are not served where the database does not hold them to their scope, unless the settings say so.
    """
    _protected()
    release_database()
    web = Child("网页服务", ["web", str(listener.fileno()), str(threads)], (listener.fileno(),))
    between = [Child("上级连接", ["puller"])]  # rests until the members' list names an upper node
    if door is not None:
        between.append(Child("节点间服务", ["exchange", str(door.fileno())], (door.fileno(),)))
    files = () if streams is None else (streams.fileno(),)
    told = Child("订阅服务", ["subscriptions", *map(str, files)], files)
    with Children([web, Child("后台作业", ["worker"]), told, *between, *also]) as children:
        _until_ready(listener, children)
        yield children


def watch(children: Children, each: Callable[[], bool] = lambda: True) -> None:
    """Keep the children alive while ``each``, called about three times a second, says so (守护)."""
    while each():
        children.check()
        time.sleep(0.3)


@contextmanager
def stopping() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block, and with it the command, quietly and with code 0 (停止)."""

    def stop(*_: object) -> None:
        raise StoppedError

    former = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    except StoppedError:
        click.echo("\n已停止", err=True)
    finally:
        for number, handler in former:
            signal.signal(number, handler)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket, taken before anything is started; one line where the port is in use (监听)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=256)
    except socket.gaierror as error:
        raise click.ClickException(f"监听地址 {host} 无法识别") from error
    except (OSError, OverflowError) as error:
        raise click.ClickException(_why_not(host, port, error)) from error
    with listener:
        listener.set_inheritable(True)
        if host not in ("127.0.0.1", "localhost", "::1"):
            here = "" if host in EVERYWHERE else f",{host}"
            os.environ.setdefault("MINZHENG_HOSTS", f"127.0.0.1,localhost,[::1],{socket.gethostname()}{here}")
        yield listener


@contextmanager
def _also(place: tuple[str, int] | None) -> Iterator[socket.socket | None]:
    if place is None:
        yield None
        return
    with listening(*place) as door:
        yield door


def free_port(host: str, first: int) -> int:
    """The first port from ``first`` on that is free; ``first`` itself if twenty are taken (空闲端口)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, first + 20):
        with suppress(OSError), socket.create_server((host, port), family=family):
            return port
    return first


def address_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the pages (网页地址)."""
    host, port = listener.getsockname()[:2]
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _why_not(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被其他程序占用, 请用 --port 另选一个"
    if isinstance(error, PermissionError):
        return f"没有权限监听端口 {port}, 请用 --port 选 1024 以上的端口"
    return f"无法监听 {host}:{port}: {getattr(error, 'strerror', None) or error}"


def _protected() -> None:
    from minzheng.foundation.access.policies import UnprotectedError, require

    try:
        warning = require()
    except UnprotectedError as error:
        raise click.ClickException(str(error)) from error
    if warning:
        click.echo(f"警告: {warning}", err=True)


def _until_ready(listener: socket.socket, children: Children) -> None:
    url, deadline = f"{address_of(listener)}login/", time.monotonic() + READY_WITHIN_S
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        children.check()
        try:
            with direct.open(url, timeout=READY_WITHIN_S) as answer:
                answer.read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise click.ClickException("网页服务没有应答; 原因见上面的输出")


def release_database() -> None:
    """The parent only watches: it keeps the server, not a connection."""
    from django.db import connections

    connections.close_all()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the clearing up."""

    def ignore(_number: int, _frame: FrameType | None) -> None:
        return None

    former = [(number, signal.signal(number, ignore)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in former:
            signal.signal(number, handler)
