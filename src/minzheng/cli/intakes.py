"""Commands of sources that the node fetches by an adapter (接入来源命令); they stand in the group ``source``."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.exchange import batch_progress, tell_batch
from minzheng.cli.options import JSON, who

if TYPE_CHECKING:
    from minzheng.exchange.models import Intake

SECRET = "MINZHENG_SECRET_"  # noqa: S105 - the beginning of a variable's name


@contextmanager
def told() -> Iterator[None]:
    """What a source refuses becomes one line."""
    from minzheng.exchange.declare import UnknownFeedError
    from minzheng.exchange.errors import SourceError

    try:
        yield
    except (SourceError, UnknownFeedError) as error:
        raise click.ClickException(str(error)) from error


@click.command("adapters")
@JSON
def adapters(as_json: bool) -> None:
    """列出接入方式及其设置项。"""
    boot()
    from minzheng.exchange.intake.reporting import adapter_report

    found = adapter_report()
    if as_json:
        echo_json(found)
        return
    for one in found:
        click.echo(f"{one['adapter']}  {one['label']}  {one['about']}")
        for f in one["settings"]:
            choices = f" [{'|'.join(f['choices'])}]" if f["choices"] else ""
            click.echo(f"    {f['name']}{'*' if f['required'] else ''}  {f['label']}{choices}")


@click.command("connect")
@click.argument("name")
@click.option("--adapter", required=True, help="接入方式, 见 minzheng source adapters")
@click.option("--feed", required=True, help="数据集, 见 minzheng feeds")
@click.option("--set", "values", multiple=True, help="设置项=值, 可多次给出; 值写 @文件 则取文件内容")
@click.option(
    "--cycle", default=0, show_default=True, type=click.IntRange(0), help="周期, 分钟; 0 为只手动取数"
)
@JSON
def connect(name: str, adapter: str, feed: str, values: tuple[str, ...], cycle: int, as_json: bool) -> None:
    """登记一个来源; 口令等由环境变量 MINZHENG_SECRET_设置项 给出, 或当场输入。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange.intake import services
    from minzheng.exchange.intake.declare import adapter_named
    from minzheng.exchange.intake.reporting import shown

    with told():
        given = dict(_pair(value) for value in values)
        secret = [f for f in adapter_named(adapter).fields if f.is_secret]
        if named := [f.name for f in secret if f.name in given and not _is_file(values, f.name)]:
            raise click.UsageError(f"{'、'.join(named)} 不能写在命令行中, 请用环境变量 {SECRET}…")
        for f in secret:
            if f.name not in given:
                given[f.name] = os.environ.get(SECRET + f.name.upper()) or _asked(f.label)
        made = services.add(
            name,
            feed=feed,
            adapter=adapter,
            values=given,
            cycle_minutes=cycle,
            by=who(None),
            at=timezone.now(),
        )
    if as_json:
        echo_json(shown(made))
    else:
        click.echo(f"已登记来源 {made.name}; 试连: minzheng source check {made.name}")


def _asked(label: str) -> str:
    """Asked for where someone sits there; Enter for none."""
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt(f"{label} (没有则回车)", hide_input=True, default="", show_default=False))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"“{text[:40]}”应写为 设置项=值")
    return name.strip(), Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value


def _is_file(values: tuple[str, ...], name: str) -> bool:
    return any(value.startswith(f"{name}=@") for value in values)


@click.command("check")
@click.argument("name")
@click.option("--confirm", "shown", default=None, help="确认试连所见的主机密钥指纹")
@JSON
def check(name: str, shown: str | None, as_json: bool) -> None:
    """试连: 用一句话说明第一处不对的地方, 不取数据。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange.intake import services

    with told():
        found = intake_named(name)
        if shown:
            services.confirm(found, shown=shown, by=who(None), at=timezone.now())
        said = services.check(found, by=who(None), at=timezone.now())
    if as_json:
        echo_json({"source": name, "ok": True, "said": said})
    else:
        click.echo(said)


@click.command("run")
@click.argument("name", required=False)
@click.option("--due", is_flag=True, help="取全部到期的来源, 一个失败不影响其他")
@click.option("--full", is_flag=True, help="从头全部重取 (文件仍只取一次)")
@JSON
def run(name: str | None, due: bool, full: bool, as_json: bool) -> None:
    """取数: 清洗、比对、入库, 报告结果。"""
    if bool(name) == due:
        raise click.UsageError("请给出来源名称, 或用 --due 取全部到期的")
    boot()
    from django.utils import timezone

    from minzheng.exchange.models import Intake

    with told():
        ready = Intake.objects.filter(paused=False, next_at__lte=timezone.now()).order_by("next_at")
        wanted = list(ready) if due else [intake_named(name or "")]
    reports = [_run(one, full=full, quiet=as_json) for one in wanted]
    if as_json:
        echo_json(reports if due else reports[0])
    failed = [f"{one['source']}: {one['problem']}" for one in reports if one["problem"]]
    if failed:
        raise click.ClickException("; ".join(failed))


def _run(one: "Intake", *, full: bool, quiet: bool) -> dict[str, Any]:
    from django.utils import timezone

    from minzheng.exchange.errors import SourceError
    from minzheng.exchange.intake import services
    from minzheng.exchange.services import report

    seen: list[Any] = []

    def watch(batch: Any) -> Any:
        seen.append(batch)
        return batch_progress(batch, quiet=quiet)

    problem = None
    try:
        services.run(one, by="命令行", at=timezone.now(), full=full, watch=watch)
    except SourceError as error:
        problem = str(error)
    if not quiet:
        for batch in (batch for batch in seen if batch.stage == batch.Stage.FINISHED):
            tell_batch(batch, False)
        if not seen and not problem:
            click.echo(f"{one.name}: 没有新的内容")
    return {"source": one.name, "problem": problem, "batches": [report(batch) for batch in seen]}


@click.command("allow")
@click.argument("place", required=False)
@click.option("--note", default="", help="说明")
@click.option("--remove", "removed", is_flag=True, help="不再允许")
@JSON
def allow(place: str | None, note: str, removed: bool, as_json: bool) -> None:
    """允许访问一个主机、网段或目录; 不给出则列出全部。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange.intake import services
    from minzheng.exchange.models import AllowedPlace

    with told():
        if place and removed:
            for found in AllowedPlace.objects.filter(place=place):
                services.disallow(found, by=who(None), at=timezone.now())
        elif place:
            services.allow(place, note=note, by=who(None), at=timezone.now())
    listed = [{"place": one.place, "note": one.note} for one in AllowedPlace.objects.order_by("place")]
    if as_json:
        echo_json(listed)
        return
    for line in listed:
        click.echo(f"{line['place']}  {line['note']}".rstrip())
    if not listed:
        click.echo("还没有允许访问的地址")


@click.command("adopt")
@click.argument("name")
@click.option(
    "--cycle", default=0, show_default=True, type=click.IntRange(0), help="周期, 分钟; 0 为只手动取数"
)
@JSON
def adopt(name: str, cycle: int, as_json: bool) -> None:
    """把用 source add 登记的来源库转入接入来源, 从原位置接着取数。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange import sources
    from minzheng.exchange.intake import services
    from minzheng.exchange.intake.reporting import shown

    with told():
        made = services.adopt(sources.named(name), cycle_minutes=cycle, by=who(None), at=timezone.now())
    if as_json:
        echo_json(shown(made))
    else:
        click.echo(f"已转入 {made.name}; 主机须先允许访问: minzheng source allow 主机")


def intake_named(name: str) -> "Intake":
    """The intake of this name; raises ``SourceError``."""
    from minzheng.exchange.errors import IntakeError
    from minzheng.exchange.models import Intake

    found = Intake.objects.filter(name=name).first()
    if found is None:
        raise IntakeError(f"没有接入来源“{name}”, 见 minzheng source list")
    return found


COMMANDS = (adapters, connect, check, run, allow, adopt)
