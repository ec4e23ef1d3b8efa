"""``minzheng demo`` (演示): a province, a city and a county node, the sample brought in at the province as a user would.

Every step can be done again: what is there already is left as it is, what was interrupted is gone on with.
"""

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from minzheng.cli.boot import boot, publish_newer_standards
from minzheng.cli.serving import (
    Children,
    address_of,
    free_port,
    listening,
    release_database,
    running,
    stopping,
    watch,
)

if TYPE_CHECKING:
    from minzheng.cli.demo.levels import Levels

PROVINCE = "330000"
PORT = 8000
STEPS = 6


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", default=None, type=int, help=f"监听端口, 默认 {PORT}, 被占用时另选")
@click.option("--persons", default=20_000, show_default=True, type=click.IntRange(200), help="样例人数")
@click.option("--threads", default=8, show_default=True, help="并发线程数")
@click.option("--one-node", is_flag=True, help="只建省级节点, 不建市、县节点")
@click.option("--stop-when-ready", is_flag=True, help="全部就绪后即停止, 用于检查")
def demo(
    host: str, port: int | None, persons: int, threads: int, one_node: bool, stop_when_ready: bool
) -> None:
    """建省、市、县三级演示节点: 样例数据、演示账号、网页、节点间交换; 可重复执行, 按 Ctrl-C 停止。"""
    os.environ.setdefault("MINZHENG_DIVISION", PROVINCE)
    with (
        stopping(),
        listening(host, free_port(host, PORT) if port is None else port) as listener,
        ExitStack() as stack,
    ):
        _step(1, "建库并发布标准")
        boot()
        publish_newer_standards()
        _step(2, "演示账号")
        from minzheng.cli.demo.accounts import make_logins

        logins = make_logins()
        _step(3, f"样例数据 ({persons:,} 人)")
        folder = _sample(persons)
        release_database()
        _step(4, "启动网页和后台作业")
        levels, door = (None, None) if one_node else _levels(stack, host, listener.getsockname()[1])
        with running(listener, threads, door, levels.children() if levels else ()) as children:
            address = address_of(listener)
            click.echo(f"      {address} 已可打开")
            _step(5, "市、县节点加入" if levels else "只有省级节点")
            if levels:
                levels.join(children)
            _step(6, "接收样例文件")
            _bring_in(folder, children)
            from minzheng.cli.demo.sights import tell

            tell(address, logins)
            if levels:
                levels.tell()
            click.echo("按 Ctrl-C 停止")
            release_database()
            if not stop_when_ready:
                watch(children)


def _levels(stack: ExitStack, host: str, port: int) -> "tuple[Levels, socket.socket]":
    """The other two levels, and the province's own door to them."""
    from minzheng.cli.demo.levels import Levels

    place = free_port(host, port + 441)
    door = stack.enter_context(listening(host, place))
    return Levels(host, port, place), door


def _step(number: int, what: str) -> None:
    click.echo(f"[{number}/{STEPS}] {what}")


def _sample(persons: int) -> Path:
    """The sample's folder, written whole or not at all by the sample tool's own command (样例)."""
    from django.conf import settings

    folder: Path = settings.HOME / f"demo-sample-{persons}"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=settings.HOME, prefix="demo-sample-") as half:
        written = Path(half) / "sample"
        options = ["--persons", str(persons), "--out", str(written)]
        command = [sys.executable, "-c", "from minzheng.cli import main; main()", "sample", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise click.ClickException(f"样例没有生成: {(done.stderr.strip() or '无输出').splitlines()[-1]}")
        written.rename(folder)
    return folder


def _bring_in(folder: Path, children: Children) -> None:
    from minzheng.cli.demo.files import Delivery

    delivery = Delivery(folder)
    delivery.hand_in()
    watch(children, delivery.under_way)
    delivery.close()
