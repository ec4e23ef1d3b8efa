"""Commands of databases as sources (来源库命令)."""

import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.exchange import batch_progress, tell_batch
from minzheng.cli.intakes import COMMANDS, told
from minzheng.cli.options import JSON

if TYPE_CHECKING:
    from minzheng.exchange.sources import Pulled

UNITS = {
    "": 1,
    "s": 1,
    "秒": 1,
    "m": 60,
    "分": 60,
    "分钟": 60,
    "h": 3600,
    "时": 3600,
    "小时": 3600,
    "d": 86400,
    "天": 86400,
}


class Span(click.ParamType[timedelta]):
    """A length of time: 30s, 10m, 2h, 1d (时长)."""

    name = "时长"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,
    ) -> timedelta:
        """The length; a click failure in Chinese where it is none (转换)."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,9})\s*(\D*)", value.strip())
        if not found or found[2] not in UNITS:
            raise click.UsageError(f"“{value}”不是有效时长, 写法为 30s、10m、2h 或 1d", ctx)
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])


class Pair(click.ParamType[tuple[str, str]]):
    """``heading=column`` (列对应)."""

    name = "标题=列名"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        """The pair; a click failure in Chinese where it is none (转换)."""
        if isinstance(value, tuple):
            return value
        heading, _, column = value.partition("=")
        if not heading.strip() or not column.strip():
            raise click.UsageError(f"“{value}”应写为 标题=列名", ctx)
        return heading.strip(), column.strip()


@click.group("source")
def source() -> None:
    """来源: 从数据库、SFTP 目录、HTTP 接口等自动取数。"""


@source.command("add")
@click.argument("name")
@click.option("--feed", required=True, help="数据集, 见 minzheng feeds")
@click.option(
    "--url",
    envvar="MINZHENG_SOURCE_URL",
    help="地址, 含口令; 不给出则当场输入, 也可用环境变量 MINZHENG_SOURCE_URL",
)
@click.option("--table", help="表, 写法为 表名 或 模式.表名")
@click.option("--query", help="查询, 一条 SELECT 语句")
@click.option(
    "--key", "key_columns", multiple=True, required=True, help="键列, 可多次给出, 合起来唯一确定一行"
)
@click.option("--time", "time_column", help="时间列: 行最后修改的时间; 没有则每次全量抽取")
@click.option(
    "--column", "columns", type=Pair(), multiple=True, help="标准列名与来源列名的对应, 名称相同的不用写"
)
@click.option(
    "--overlap", type=Span(), default="10m", show_default=True, help="回看时长: 每次从上次的时间往前多读一段"
)
@click.option(
    "--key-overlap", type=click.IntRange(0), help="没有时间列且只增不改的表: 按整数键增量, 往前多读几个键"
)
@click.option("--no-test", is_flag=True, help="登记时不试连")
@JSON
def add(
    name: str, feed: str, url: str | None, table: str | None, query: str | None, key_columns: tuple[str, ...],
    time_column: str | None, columns: tuple[tuple[str, str], ...], overlap: timedelta,
    key_overlap: int | None,     no_test: bool, as_json: bool,
) -> None:  # fmt: skip
    """登记一个来源库; 地址加密保存。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange import sources

    url = url or click.prompt("地址 (postgresql://用户:口令@主机:端口/库名)", hide_input=True)
    with told():
        made = sources.add(
            name, feed=feed, url=url, table=table, query=query, key_columns=key_columns,
            time_column=time_column, columns=dict(columns), overlap=overlap, key_overlap=key_overlap,
            by=None, at=timezone.now(),
            try_it=not no_test,
        )  # fmt: skip
    if as_json:
        echo_json(sources.shown(made))
    else:
        click.echo(f"已登记来源库 {made.name}; 抽取: minzheng source pull {made.name}")


@source.command("list")
@JSON
def list_sources(as_json: bool) -> None:
    """列出已登记的来源: 来源库和各种接入来源, 以及哪里不对。"""
    boot()
    from minzheng.exchange import sources
    from minzheng.exchange.intake.reporting import shown
    from minzheng.exchange.models import DatabaseSource, Intake

    found = [sources.shown(one) for one in DatabaseSource.objects.order_by("name")]
    found += [shown(one) for one in Intake.objects.order_by("name")]
    if as_json:
        echo_json(found)
        return
    for one in found:
        at = f"{one['pulled_at']:%Y-%m-%d %H:%M}" if one["pulled_at"] else "-"
        state = dict(DatabaseSource.State.choices)[one["state"]]
        click.echo(
            f"{one['name']}  {one['feed']}  {one['kind']}  {state}  {at}  {one['problem'] or ''}".rstrip()
        )
    if not found:
        click.echo("还没有来源")


@source.command("show")
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """显示一个来源的定义和取数位置, 不显示口令。"""
    boot()
    from minzheng.exchange import sources
    from minzheng.exchange.intake.reporting import shown
    from minzheng.exchange.models import Intake

    intake = Intake.objects.filter(name=name).first()
    with told():
        one = shown(intake) if intake else sources.shown(sources.named(name))
    if as_json or intake:
        echo_json(one)
        return
    for label, value in (
        ("名称", one["name"]), ("数据集", one["feed"]), ("地址", f"{one['kind']}://{one['place']}"),
        ("表", one["table"]), ("查询", one["query"]), ("键列", "、".join(one["key"])),
        ("时间列", one["time"]), ("列对应", "、".join(f"{k}={v}" for k, v in one["columns"].items())),
        ("回看", f"{one['overlap_s']} 秒"),
        ("水位", one["watermark"]["time"] or "、".join(one["watermark"]["key"])), ("最近批次", one["batch"]),
        ("失败原因", one["problem"]),
    ):  # fmt: skip
        if value:
            click.echo(f"{label}: {value}")


@source.command("test")
@click.argument("name")
@JSON
def test(name: str, as_json: bool) -> None:
    """试连: 核对列名, 报告有多少行待抽取; 不读取数据。"""
    boot()
    from minzheng.exchange import sources

    with told():
        found = sources.check(sources.named(name))
    if as_json:
        echo_json(found)
        return
    click.echo(f"连接正常: {found['server']}")
    click.echo(f"可抽取的列: {'、'.join(h if h == c else f'{h}({c})' for h, c in found['columns'].items())}")
    if found["absent"]:
        click.echo(f"来源没有的列: {'、'.join(found['absent'])}")
    if found["left"]:
        click.echo(f"不抽取的列: {'、'.join(found['left'])}")
    click.echo(f"待抽取 {found['waiting']:,} 行 (含回看)")


@source.command("pull")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="抽取全部来源库, 一个失败不影响其他")
@click.option("--full", is_flag=True, help="不看水位, 全部重读")
@JSON
def pull(name: str | None, everything: bool, full: bool, as_json: bool) -> None:
    """抽取上次以来的变化, 清洗、比对、入库, 报告结果。"""
    if bool(name) == everything:
        raise click.UsageError("请给出来源库名称, 或用 --all 抽取全部")
    boot()
    from minzheng.exchange import sources
    from minzheng.exchange.errors import SourceError
    from minzheng.exchange.models import DatabaseSource

    with told():
        wanted = list(DatabaseSource.objects.order_by("name")) if everything else [sources.named(name or "")]
    reports: list[dict[str, Any]] = []
    failed: list[str] = []
    for one in wanted:
        try:
            report = _report(_pull(one, full=full, quiet=as_json), as_json)
            reports.append(report)
            if report.get("problem"):
                failed.append(f"{one.name}: {report['problem']}")
        except (SourceError, click.ClickException) as error:
            said = error.message if isinstance(error, click.ClickException) else str(error)
            failed.append(f"{one.name}: {said}")
            reports.append({"source": one.name, "problem": said})
    if as_json:
        echo_json(reports if everything else reports[0])
    elif not wanted:
        click.echo("还没有来源库")
    if failed:
        raise click.ClickException("; ".join(failed))


def _pull(one: Any, *, full: bool, quiet: bool) -> "Pulled":
    from django.utils import timezone

    from minzheng.exchange import sources

    shown = not quiet and sys.stderr.isatty()

    def tell(written: int, expected: int) -> None:
        if shown:
            click.echo(f"\r{one.name}: 已读取 {written:,} / {expected:,} 行   ", nl=False, err=True)

    def watch(batch: Any) -> Any:
        return batch_progress(batch, quiet=quiet)

    return sources.pull(one, by=None, at=timezone.now(), full=full, tell=tell, watch=watch)


def _report(pulled: "Pulled", as_json: bool) -> dict[str, Any]:
    """What came of one pull; a refused batch is a failure."""
    from minzheng.exchange import services

    if pulled.batch is None:
        if not as_json:
            click.echo(f"{pulled.source.name}: 没有新的变化")
        return {"source": pulled.source.name, "read": 0, "batch": None}
    if not as_json:
        tell_batch(pulled.batch, as_json)
    return services.report(pulled.batch)


@source.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="不再询问")
@JSON
def remove(name: str, yes: bool, as_json: bool) -> None:
    """移除来源及其地址; 已入库的数据保留。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange import sources
    from minzheng.exchange.intake import services
    from minzheng.exchange.models import Intake

    intake = Intake.objects.filter(name=name).first()
    with told():
        found = None if intake else sources.named(name)
    if not yes:
        click.confirm(f"移除来源 {name}?", abort=True)
    if intake:
        services.remove(intake, by=None, at=timezone.now())
    elif found:
        sources.remove(found, by=None, at=timezone.now())
    if as_json:
        echo_json({"removed": name})
    else:
        click.echo(f"已移除来源 {name}")


for command in COMMANDS:
    source.add_command(command)
