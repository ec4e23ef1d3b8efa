"""``minzheng exchange`` (节点间交换): who the members are, how the roads do, and proof of what was sent."""

import json
from pathlib import Path
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.hosting import host, move_out
from minzheng.cli.options import BY, JSON, who
from minzheng.cli.watching import diagnose, watch


@click.group("exchange")
def exchange() -> None:
    """节点间交换: 成员、道路、验证、监控、诊断。"""


exchange.add_command(watch)
exchange.add_command(diagnose)


exchange.add_command(host)
exchange.add_command(move_out)


@exchange.command("card")
@click.option("--name", required=True, help="本节点名称, 如 西湖区民政局")
@click.option("--address", required=True, help="其他节点访问本节点的地址, 如 https://10.0.0.6:8443")
@click.option("--upper", "upper", default="", help="上级节点的区划代码; 省级节点不填")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="写入文件, 默认输出到屏幕")
def card(name: str, address: str, upper: str, out: Path | None) -> None:
    """写出本节点的名片 (名称、地址、公钥), 交省级节点登记。"""
    boot()
    from minzheng.sharing.between import configuration

    text = json.dumps(
        configuration.card(name=name, address=address, upper_code=upper), ensure_ascii=False, indent=1
    )
    _write(text, out)


@exchange.command("enrol")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@BY
def enrol(file: Path, by: str | None) -> None:
    """省级节点: 按名片登记成员, 发布新一版成员名录。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import configuration

    with _plainly():
        made = configuration.enrol(_read(file), by=who(by), at=timezone.now())
    click.echo(f"已登记, 成员名录第 {made.version} 版已发布")


@exchange.command("revoke")
@click.argument("code")
@click.option("--reason", required=True, help="理由")
@BY
def revoke(code: str, reason: str, by: str | None) -> None:
    """省级节点: 吊销一个成员。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import configuration

    with _plainly():
        made = configuration.revoke(code, by=who(by), at=timezone.now(), reason=reason)
    click.echo(f"已吊销, 成员名录第 {made.version} 版已发布")


@exchange.command("members")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="把签名的名录写入文件, 供新节点首次启用"
)
@JSON
def members(out: Path | None, as_json: bool) -> None:
    """成员名录。"""
    boot()
    from minzheng.foundation.members.models import Member
    from minzheng.sharing.between import configuration

    found = configuration.current()
    if out is not None:
        if found is None:
            raise click.ClickException("还没有成员名录")
        with _plainly():
            document = {
                "document": found.document, "signature": found.signature, "root_key": configuration.root_key(),
            }  # fmt: skip
        _write(json.dumps(document, ensure_ascii=False), out)
        return
    rows = list(
        Member.objects.order_by("code").values(
            "code", "name", "upper_code", "address", "valid_to", "revoked_at", "hosted"
        )
    )
    if as_json:
        echo_json({"version": found.version if found else 0, "members": rows})
        return
    click.echo(f"成员名录第 {found.version if found else 0} 版, {len(rows)} 个成员")
    for row in rows:
        hosted = f"  代建 {'、'.join(row['hosted'])}" if row["hosted"] else ""
        click.echo(
            f"  {row['code']}  {row['name']}  {row['address']}{hosted}{'  已吊销' if row['revoked_at'] else ''}"
        )


@exchange.command("trust")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def trust(file: Path) -> None:
    """下级节点: 信任省级公钥并启用其名录; 以后的名录自动更新。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import configuration

    given = _read(file)
    with _plainly():
        configuration.trust(str(given.get("root_key", "")))
        configuration.take(given.get("document", {}), str(given.get("signature", "")), at=timezone.now())
    key = str(given.get("root_key", ""))
    click.echo(f"已信任省级公钥 {key[:16]}…{key[-8:]}, 请与省级节点当面核对")


@exchange.command("everything")
@click.argument("code")
def everything(code: str) -> None:
    """把属于一个成员的全部数据排入发往它的流 (新节点启用或丢失数据后)。"""
    boot()
    from minzheng.foundation.members.models import Member
    from minzheng.sharing.between import routing

    peer = Member.objects.filter(code=code).first()
    if peer is None:
        raise click.ClickException(f"成员 {code} 不在名录中")
    click.echo(f"已排入 {routing.everything(peer):,} 个对象")


@exchange.command("status")
@JSON
def status(as_json: bool) -> None:
    """各条道路: 最近连通、批号、积压、问题。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import configuration, queries

    rows = queries.roads(at=timezone.now())
    soon = configuration.told_soon()
    if as_json:
        echo_json({"roads": rows, "soon": soon})
        return
    for row in rows:
        click.echo(
            f"{row['code']} {row['name']}: 发出第 {row['sent']} 批, 已确认 {row['acknowledged']}, 待发 {row['waiting']:,}; "
            f"收到第 {row['received']} 批{'; ' + row['problem'] if row['problem'] else ''}"
        )
        if stuck := row["stuck"]:
            click.echo(
                f"  停滞: 第 {stuck['seq']} 批一再拒收: {stuck['problem']}。{stuck['advice']}", err=True
            )
    for line in soon:
        click.echo(f"注意: {line}", err=True)


@exchange.command("completeness")
@click.option("--again", is_flag=True, help="让上级把缺的再发一次; 本节点独有的再上送一次")
@click.option("--stored", is_flag=True, help="不再核对, 只看最近一次的结果")
@BY
@JSON
def completeness(again: bool, stored: bool, by: str | None, as_json: bool) -> None:
    """数据回流完整性: 与上级逐项核对本辖区的数据; 省级节点显示下级最近报来的结果。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.sharing.between import completeness, queries, routing
    from minzheng.sharing.between.calling import Caller, CallError, MemberError

    around, placed = routing.peers(), 0
    try:
        if around.above is not None and not stored:
            with Caller(around.above) as caller:
                completeness.check(caller, by=who(by), at=timezone.now())
                if again:
                    placed = completeness.make_good(caller, by=who(by), at=timezone.now())
    except (CallError, MemberError) as error:
        raise click.ClickException(str(error)) from error
    own = str(settings.NODE_DIVISION_CODE)
    asked = [own, *(one.code for one in around.below)]
    rows = queries.completeness(Scope.system(own), asked)
    if as_json:
        names = (
            "peer_code",
            "data_set",
            "division_code",
            "expected",
            "held",
            "missing",
            "extra",
            "in_flight",
            "checked_at",
        )
        echo_json({"percent": queries.in_all(rows).percent, "placed": placed,
                   "rows": [{name: getattr(one, name) for name in names} for one in rows]})  # fmt: skip
        return
    for one in rows:
        click.echo(
            f"{one.peer_code} {one.division_code} {one.data_set:<16} 应有 {one.expected:>9,}  已有 {one.held:>9,}  "
            f"缺 {one.missing:,}  多 {one.extra:,}  ({timezone.localtime(one.checked_at):%Y-%m-%d %H:%M})"
        )
    click.echo(f"完整率 {queries.in_all(rows).percent}%" if rows else "还没有核对过")
    if again:
        click.echo(f"已再排入 {placed:,} 个对象, 到达后请再核对")


@exchange.command("verify")
@click.option("--record", "record_id", default=None, help="记录、主张或人员的标识; 不给则验证全部留存的批")
@click.option("--peer", default=None, help="只验证与一个成员往来的批")
@JSON
def verify(record_id: str | None, peer: str | None, as_json: bool) -> None:
    """证明发出和收到了什么: 批的签名、根摘要、批间相接; 单条记录给出证明路径。"""
    boot()
    from minzheng.sharing.between import proving

    result = proving.prove(record_id, peer=peer) if record_id else proving.verify_all(peer=peer)
    if as_json:
        echo_json(result)
    else:
        for line in result["said"]:
            click.echo(line)
    if result["faults"]:
        raise click.ClickException(f"{len(result['faults'])} 处不符")


@exchange.command("mend")
def mend() -> None:
    """与上级互相补齐缺失的留存批体, 并从上级取回本节点损坏的 (先用 verify 查出)。"""
    boot()
    from minzheng.sharing.between import pulling, routing
    from minzheng.sharing.between.calling import Caller, CallError, MemberError
    from minzheng.sharing.between.receiving import RefusedError

    upper = routing.peers().above
    if upper is None:
        raise click.ClickException("本节点没有上级节点")
    try:
        with Caller(upper) as caller:
            click.echo(f"已补齐 {pulling.mend(caller)} 批")
    except (CallError, MemberError, RefusedError) as error:
        raise click.ClickException(str(error)) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file.name} 不是 JSON") from error
    if not isinstance(found, dict):
        raise click.ClickException(f"{file.name} 的内容不对")
    return found


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
    else:
        out.write_text(text, encoding="utf-8")


def _plainly() -> Any:
    from contextlib import contextmanager

    from minzheng.sharing.between.configuration import ConfigurationError

    @contextmanager
    def plainly() -> Any:
        try:
            yield
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error

    return plainly()
