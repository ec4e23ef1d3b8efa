"""Asking the standards (标准查询命令)."""

from dataclasses import asdict
from datetime import date
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import DAY, JSON, told

_SHOWN = click.Choice(["element", "data_set", "code_table", "division", "parameter", "time_limit"])


@click.command("due")
@click.argument("step")
@click.option("--from", "start", type=DAY, required=True, help="起始事件之日")
@click.option("--division", required=True, help="区划代码")
@JSON
def due(step: str, start: date, division: str, as_json: bool) -> None:
    """计算一个环节的期限届满日, 例: minzheng due 低保.乡镇调查初审 --from 2025-09-25 --division 330106。"""
    boot()
    from minzheng.kernel.division import normalise
    from minzheng.standards.due import due as count

    with told():
        try:
            found = count(step, start=start, division_code=normalise(division))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(found.as_dict())
        return
    click.echo(f"{found.step} · {found.division_name} · 自 {found.start} 起 {found.length}{found.unit_label}")
    click.echo(f"届满日: {found.due or '不按日计'}")
    for line in found.counted:
        click.echo(f"  {line}")
    click.echo(f"依据: {found.basis or '未载'} ({found.confidence_label})")


@click.command("list")
@JSON
def list_layers(as_json: bool) -> None:
    """列出现行标准包。"""
    boot()
    from minzheng.standards import queries

    found = queries.layers()
    if as_json:
        echo_json([asdict(layer) for layer in found])
        return
    for layer in found:
        click.echo(
            f"{layer.level}  {layer.pack}@{layer.version}  {layer.pack_name}  "
            f"{layer.published_at:%Y-%m-%d} 发布"
        )


@click.command("show")
@click.argument("kind", type=_SHOWN)
@click.argument("key")
@JSON
def show(kind: str, key: str, as_json: bool) -> None:
    """查看一个数据元、数据集、代码表、区划、参数或时限。"""
    boot()
    from minzheng.standards.showing import shown

    with told():
        found = shown(kind, key)
    if as_json:
        echo_json(found)
        return
    for name, value in found.items():
        if isinstance(value, list):
            click.echo(f"{name}:")
            for item in value:
                click.echo(
                    "  " + "  ".join(_said(part) for part in item.values() if part not in (None, "", []))
                )
        elif value not in (None, ""):
            click.echo(f"{name}: {_said(value)}")


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@click.command("search")
@click.argument("text")
@click.option("--kind", default=None, help="只查一类")
@click.option("--limit", default=50, show_default=True, help="最多列出几条")
@JSON
def search(text: str, kind: str | None, limit: int, as_json: bool) -> None:
    """按中文、代码、拼音或首字母检索标准。"""
    boot()
    from minzheng.standards import queries

    hits = queries.search(text, kind, limit=limit)
    if as_json:
        echo_json([asdict(hit) for hit in hits])
        return
    for hit in hits:
        click.echo(f"{hit.kind_label}  {hit.key}  {hit.title}  {hit.detail}".rstrip())
    if not hits:
        click.echo("没有找到")


@click.command("map")
@click.argument("code")
@click.option("--from", "from_on", type=DAY, required=True, help="原代码所属日期")
@click.option("--to", "to_on", type=DAY, required=True, help="对照到的日期")
@JSON
def map_division(code: str, from_on: date, to_on: date, as_json: bool) -> None:
    """把一个区划代码对照到另一日期的代码集。"""
    boot()
    from minzheng.standards import queries

    with told():
        found = queries.map_division(code, from_on=from_on, to_on=to_on)
    if as_json:
        echo_json([asdict(part) for part in found])
        return
    for part in found:
        click.echo(f"{part.code}  {part.name}  {part.share}")
    if not found:
        click.echo(f"{to_on} 没有与 {code} 相应的区划")


@click.command("history")
@click.option("--pack", default=None, help="只看一个标准包")
@JSON
def history(pack: str | None, as_json: bool) -> None:
    """列出各版次的提出、起草、审查、批准、发布、维护、废止。"""
    boot()
    from minzheng.standards import queries

    events = queries.history(pack)
    if as_json:
        echo_json([asdict(event) for event in events])
        return
    for event in events:
        click.echo(
            f"{event.at:%Y-%m-%d %H:%M}  {event.pack}@{event.version}  "
            f"{event.stage_label}  {event.by_name}  {event.note}"
        )
