"""``minzheng divisions`` (区划变更): what took effect here, and whose the people of divided counties are."""

import csv
from pathlib import Path
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who


@click.group("divisions")
def divisions() -> None:
    """区划变更: 落实情况、待划分人员。"""


@divisions.command("status")
@JSON
def status(as_json: bool) -> None:
    """本节点落实过的区划变更: 从哪里到哪里, 各多少行。"""
    boot()
    from minzheng.registry.models import DivisionMove

    rows = list(DivisionMove.objects.order_by("id").values("at", "table", "from_code", "to_code", "count"))
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['at']:%Y-%m-%d}  {row['from_code']} → {row['to_code']}  {row['count']:,}  {row['table']}"
        )
    if not rows:
        click.echo("还没有区划变更在本节点落实过")


@divisions.command("enact")
@JSON
def enact(as_json: bool) -> None:
    """使已生效的区划变更在本节点落实 (发布标准时和每天自动进行)。"""
    boot()
    from django.utils import timezone

    from minzheng.registry import divisions as land

    done = land.enact(timezone.now())
    if as_json:
        echo_json({table: [[*pair, n] for pair, n in found.items()] for table, found in done.counts.items()})
    else:
        click.echo(f"已落实 {done.rows:,} 行" if done.rows else "没有待落实的区划变更")


@divisions.command("undivided")
@JSON
def undivided(as_json: bool) -> None:
    """待划分: 所在县已划分, 而只报过县级代码的人员。"""
    boot()
    from minzheng.exchange import assigning

    found = assigning.undivided(_own_scope())
    if as_json:
        echo_json(
            [
                {"code": one.code, "name": one.name, "persons": one.persons, "parts": one.parts}
                for one in found
            ]
        )
        return
    for one in found:
        parts = "; ".join(f"{code} {name} ({share})" for code, name, share in one.parts)
        click.echo(
            f"{one.code} {one.name} ({one.divided_on:%Y-%m-%d} 划分): {one.persons:,} 人待划分 → {parts}"
        )
    if not found:
        click.echo("没有待划分的人员")


@divisions.command("assign")
@click.argument("code")
@click.option("--by-address", is_flag=True, help="按户籍地址中的乡镇街道划分")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="CSV, 两列: 公民身份号码, 现属区划代码",
)  # fmt: skip
@BY
def assign(code: str, by_address: bool, file: Path | None, by: str | None) -> None:
    """把 CODE 县的待划分人员划到现属区划; 可随来源以后的报送更正。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange import assigning

    if by_address == (file is not None):
        raise click.UsageError("--by-address 与 --file 二选一")
    try:
        if file is None:
            click.echo(f"按地址划分 {assigning.assign_by_address(code, by=who(by), at=timezone.now()):,} 人")
            return
        done, left = assigning.assign(code, _pairs(file), by=who(by), at=timezone.now())
    except assigning.AssignmentError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已划分 {done:,} 人" + (f", {left:,} 个号码不在待划分清单中" if left else ""))


def _pairs(file: Path) -> list[tuple[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.reader(opened) if len(row) >= 2]
    return [(row[0].strip().upper(), row[1].strip()) for row in rows if row[0].strip()[:1].isdigit()]


def _own_scope() -> Any:
    from django.conf import settings

    from minzheng.foundation.access.scope import Scope

    return Scope.system(settings.NODE_DIVISION_CODE)
