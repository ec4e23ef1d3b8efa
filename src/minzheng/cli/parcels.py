"""Commands of parcels (电子报文命令)."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, DAY, JSON, who

if TYPE_CHECKING:
    from minzheng.sharing.parcels.models import Parcel

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(path_type=Path)


@click.group("parcel")
def parcel() -> None:
    """电子报文: 制作、接收、回执; 可用光盘或优盘携带。"""


@parcel.command("make")
@click.argument("data_set")
@click.option("--to", required=True, help="接收方成员代码")
@click.option("--division", help="只含此区划的数据, 默认为可提供的全部")
@click.option("--since", type=DAY, help="只含此日起登记的数据")
@click.option("--fields", help="只含这些列, 用逗号分开; 默认全部")
@click.option(
    "--form", type=click.Choice(["csv", "xml"]), default="csv", show_default=True, help="数据文件格式"
)
@click.option("--purpose", required=True, help="用途, 记入审计")
@click.option("--out", type=OUT, required=True, help="写出的文件或目录")
@BY
@JSON
def make(
    data_set: str, to: str, division: str | None, since: date | None, fields: str | None, form: str, purpose: str,
    out: Path, by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """制作一份报文: 签名, 并加密给接收方。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.sharing.parcels import services

    headings = (
        [one.strip() for one in fields.replace("，", ",").split(",") if one.strip()] if fields else None
    )
    try:
        path = services.make(
            data_set, to=to, scope=Scope.system(settings.NODE_DIVISION_CODE), purpose=purpose, by=who(by),
            at=timezone.now(), out=out, division=division, since=since, fields=headings, form=form,
        )  # fmt: skip
    except services.ParcelRefusedError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json({"out": str(path), "size": path.stat().st_size})
    else:
        click.echo(f"报文已写到 {path} ({path.stat().st_size:,} 字节)")


@parcel.command("open")
@click.argument("file", type=FILE)
@BY
@JSON
def open_parcel(file: Path, by: str | None, as_json: bool) -> None:
    """接收一份报文或回执: 核验、解密、入库; 重复接收没有任何变化。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.parcels import services

    receipt = services.take(file, by=who(by), at=timezone.now())
    if as_json:
        echo_json(receipt.as_dict())
    else:
        _tell(receipt.parcel, again=receipt.again)
    if receipt.state == "refused":
        raise click.ClickException(f"报文已拒收: {receipt.parcel.problem}")


@parcel.command("receipt")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT, required=True, help="写出的文件或目录")
@BY
@JSON
def receipt(file: Path, out: Path, by: str | None, as_json: bool) -> None:
    """写出一份已接收报文的回执, 交回发送方。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.parcels import services

    taken = services.take(file, by=who(by), at=timezone.now())
    try:
        path = services.write_receipt(taken.parcel, out, by=who(by), at=timezone.now())
    except services.ParcelRefusedError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(taken.as_dict() | {"out": str(path)})
    else:
        click.echo(f"回执已写到 {path}")


@parcel.command("data")
@click.argument("number", type=click.UUID)
@click.option("--purpose", required=True, help="用途, 记入审计")
@click.option("--out", type=OUT, required=True, help="写出的文件")
@BY
def data(number: UUID, purpose: str, out: Path, by: str | None) -> None:
    """写出一份没有入库、按原样留存的报文的数据。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.sharing.parcels import queries, services

    found = queries.parcel_in(Scope.system(settings.NODE_DIVISION_CODE), number)
    if found is None:
        raise click.ClickException(f"没有报文 {number}")
    try:
        services.write_data(found, out, purpose=purpose, by=who(by), at=timezone.now())
    except services.ParcelRefusedError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"数据已写到 {out}")


@parcel.command("list")
@click.option("--sent", "direction", flag_value="sent", help="只列发出的")
@click.option("--received", "direction", flag_value="received", help="只列收到的")
@click.option("--overdue", "late", is_flag=True, help="只列逾期未回执的")
@click.option("--limit", default=50, show_default=True, help="最多列出几份")
@JSON
def list_parcels(direction: str | None, late: bool, limit: int, as_json: bool) -> None:
    """列出报文及其状态。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.sharing.parcels import queries

    scope, now = Scope.system(settings.NODE_DIVISION_CODE), timezone.now()
    found = queries.overdue(scope, at=now) if late else queries.parcels(scope, direction=direction or "")
    if as_json:
        echo_json([_plain(one) | {"overdue": one.is_overdue(now)} for one in found[:limit]])
        return
    shown = list(found[:limit])
    for one in shown:
        tail = "  逾期未回执" if one.is_overdue(now) else ""
        click.echo(
            f"{one.id}  {one.get_direction_display()}  {one.partner_code:<8} {one.data_set or '-':<12}"
            f" {one.rows:>9,} 行  {one.get_state_display()}{tail}"
        )
    if not shown:
        click.echo("没有报文")


def _plain(one: "Parcel") -> dict[str, Any]:
    from minzheng.sharing.parcels.services import Receipt

    made = one.made_at.isoformat() if one.made_at else None
    return {k: v for k, v in Receipt(one).as_dict().items() if k != "again"} | {
        "made_at": made,
        "purpose": one.purpose,
    }


def _tell(one: "Parcel", *, again: bool) -> None:
    counts = one.counts
    if again:
        click.echo("这份报文已经接收过, 没有任何变化")
    if one.direction == "sent":
        click.echo(f"回执已登记: 报文 {one.id}, 对方{_outcome(counts)}")
        return
    click.echo(
        f"{one.partner_name or one.partner_code}  {one.data_set}  {one.rows:,} 行  {one.get_state_display()}"
    )
    if "accepted" in counts:
        click.echo(f"接收 {counts['accepted']:,}  隔离 {counts['quarantined']:,}  待核 {counts['review']:,}")
    if one.problem:
        click.echo(one.problem)


def _outcome(counts: dict[str, Any]) -> str:
    if counts["state"] == "refused":
        return f"拒收: {counts['problem']}"
    if counts["state"] == "kept":
        return "已留存, 没有入库"
    return f"接收 {counts['accepted']:,} 行, 隔离 {counts['quarantined']:,} 行"
