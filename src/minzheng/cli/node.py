"""Commands of the node itself (节点命令)."""

import click

from minzheng.cli.boot import boot, echo_json, publish_newer_standards, tell_newer_standards


@click.command("setup")
@click.option("--newer", is_flag=True, help="随产品的标准比现行的新时一并发布")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def setup(newer: bool, as_json: bool) -> None:
    """建库并发布标准; 可重复执行。"""
    boot()
    from django.conf import settings

    from minzheng.standards.errors import StandardsError

    try:
        published = publish_newer_standards() if newer else []
    except StandardsError as error:
        raise click.ClickException(f"新版标准没有发布, 现行标准不变: {error}") from error
    if as_json:
        packs = [{"pack": done.pack, "version": done.version} for done in published]
        echo_json({"home": str(settings.HOME), "division": settings.NODE_DIVISION_CODE, "packs": packs})
    else:
        for done in published:
            click.echo(done.message)
        click.echo(f"节点已就绪: {settings.NODE_DIVISION_CODE}, 数据目录 {settings.HOME}")
    tell_newer_standards()


@click.command("up")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", default=8000, show_default=True, help="监听端口")
@click.option("--threads", default=8, show_default=True, help="并发线程数")
@click.option("--exchange-port", default=None, type=int, help="供其他节点访问的端口; 不给则不提供")
@click.option("--events-port", default=None, type=int, help="供订阅方接收事件流的端口; 不给则只推送回调")
def up(host: str, port: int, threads: int, exchange_port: int | None, events_port: int | None) -> None:
    """启动网页服务和后台作业 (及节点间服务、订阅服务), 按 Ctrl-C 停止。"""
    from minzheng.cli.serving import serve

    places = [None if one is None else (host, one) for one in (exchange_port, events_port)]
    serve(host, port, threads, *places)


@click.command("worker")
def worker() -> None:
    """只启动后台作业 (文件接收等), 按 Ctrl-C 停止。"""
    from minzheng.cli.serving import work

    work()
