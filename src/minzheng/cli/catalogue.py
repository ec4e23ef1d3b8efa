"""The commands of the catalogue of resources (资源目录命令)."""

from pathlib import Path
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, NOTE, who

_FORMAT = click.Choice(["ttl", "rdf", "jsonld"])


@click.command("catalogue")
@click.option("--compile", "compile_", is_flag=True, help="按现行标准编制, 列出与现行目录的差异")
@click.option("--publish", is_flag=True, help="发布已编制的目录")
@click.option("--format", "format_", type=_FORMAT, default=None, help="输出现行目录的 DCAT-AP 3")
@click.option("--address", default="", help="本节点的对外地址, 写进取得方式")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="写到文件")
@BY
@NOTE
@JSON
def catalogue(
    compile_: bool,
    publish: bool,
    format_: str | None,
    address: str,
    out: Path | None,
    by: str | None,
    note: str,
    as_json: bool,
) -> None:
    """本级民政数据资源目录: 列出、编制、发布、按 DCAT-AP 3 输出。"""
    boot()
    from minzheng.sharing.catalogue.terms import CatalogueError

    try:
        if compile_:
            _compile(who(by), as_json=as_json and not publish)
        if publish:
            _publish(who(by), note, as_json=as_json)
        if format_:
            _hand_out(format_, address, out)
        elif not (compile_ or publish):
            _list(as_json=as_json)
    except CatalogueError as error:
        raise click.ClickException(str(error)) from error


def _compile(by: str, *, as_json: bool) -> None:
    from django.utils import timezone

    from minzheng.sharing.catalogue.queries.editions import changes_between, in_force
    from minzheng.sharing.catalogue.services.editions import compile_catalogue
    from minzheng.sharing.catalogue.terms import CHANGE_LABELS

    draft = compile_catalogue(by=by, at=timezone.now())
    changes = changes_between(in_force(_scope()), draft)
    if as_json:
        said = [{"kind": str(c.kind), "code": c.code, "name": c.name, "fields": [d.label for d in c.differences]}
                for c in changes]  # fmt: skip
        echo_json({"number": draft.number, "digest": draft.digest, "changes": said})
        return
    for one in changes:
        fields = f"  {'、'.join(d.label for d in one.differences)}" if one.differences else ""
        click.echo(f"{CHANGE_LABELS[one.kind]}  {one.code}  {one.name}{fields}")
    click.echo(
        f"{draft}已编制: 新增 {draft.added}, 变更 {draft.changed}, 撤下 {draft.withdrawn}; 发布: minzheng catalogue --publish"
    )


def _publish(by: str, note: str, *, as_json: bool) -> None:
    from django.utils import timezone

    from minzheng.sharing.catalogue.queries.editions import draft
    from minzheng.sharing.catalogue.services.editions import publish_catalogue

    waiting = draft(_scope())
    if waiting is None:
        raise click.ClickException("没有待发布的目录; 先编制: minzheng catalogue --compile")
    made = publish_catalogue(edition_id=waiting.pk, by=by, note=note, at=timezone.now())
    if as_json:
        echo_json({"number": made.number, "digest": made.digest, "published_at": made.published_at})
    else:
        click.echo(f"目录{made}已发布")


def _hand_out(format_: str, address: str, out: Path | None) -> None:
    from django.conf import settings

    from minzheng.foundation.members.models import Member
    from minzheng.sharing.catalogue.dcat.serving import document

    own = Member.objects.filter(code=settings.NODE_DIVISION_CODE).first()
    place = address or (own.address if own else "") or "http://127.0.0.1:8000"
    edition, content = document(_scope(), format_, address=place.rstrip("/"), whole=True)
    if out is None:
        click.echo(content.decode(), nl=False)
        return
    out.write_bytes(content)
    click.echo(f"{edition}已写到 {out}", err=True)


def _list(*, as_json: bool) -> None:
    from minzheng.sharing.catalogue.queries.editions import entries, in_force

    edition = in_force(_scope())
    if edition is None:
        raise click.ClickException("本级目录还没有发布; 编制并发布: minzheng catalogue --compile --publish")
    found = entries(_scope(), edition)
    if as_json:
        echo_json(
            {
                "number": edition.number,
                "published_at": edition.published_at,
                "entries": [e.content for e in found],
            }
        )
        return
    click.echo(f"{edition}, {edition.published_at:%Y-%m-%d} 发布, {len(found)} 项资源")
    for one in found:
        click.echo(f"{one.code}  {one.name}  {one.provider}")


@click.command("harvest")
@click.argument("place", metavar="[URL_OR_FILE]", required=False)
@click.option("--format", "format_", type=_FORMAT, default=None, help="目录的格式, 默认按内容类型或扩展名")
@click.option("--name", default="", help="来源名称; 文件以此识别")
@click.option("--again", is_flag=True, help="再次采集所有按地址采集过的门户")
@click.option("--allow", default="", help="许可采集一台主机")
@click.option("--internal", is_flag=True, help="与 --allow 同用: 主机在内网")
@BY
@JSON
def harvest(
    place: str | None,
    format_: str | None,
    name: str,
    again: bool,
    allow: str,
    internal: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """采集另一门户的目录 (DCAT: ttl、rdf、jsonld); 没有变化的不重复记。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.catalogue.harvest.running import harvest as run
    from minzheng.sharing.catalogue.harvest.running import harvest_again
    from minzheng.sharing.catalogue.services.hosts import allow_host
    from minzheng.sharing.catalogue.terms import CatalogueError

    if not (place or allow or again):
        raise click.UsageError("请给出地址或文件, 或用 --allow 许可一台主机, --again 再次采集")
    if allow:
        try:
            click.echo(
                f"已许可采集 {allow_host(host=allow, internal=internal, by=who(by), at=timezone.now()).host}",
                err=True,
            )
        except CatalogueError as error:
            raise click.ClickException(str(error)) from error
    if again:
        for address, found in harvest_again(by=who(by), at=timezone.now()).items():
            click.echo(
                f"{address}  {found.problem or f'待阅 {found.queued}, 未变 {found.unchanged}'}", err=as_json
            )
    if place:
        taken = run(place, name=name, format_=format_ or "", by=who(by), at=timezone.now())
        _tell(taken, as_json=as_json)
        if taken.problem:
            raise click.ClickException(taken.problem)


def _tell(taken: Any, *, as_json: bool) -> None:
    if as_json:
        names = ("new", "changed", "unchanged", "withdrawn", "returned", "queued", "problem")
        refused = [{"identifier": one.identifier, "reason": one.reason} for one in taken.refused]
        echo_json({name: getattr(taken, name) for name in names} | {"refused": refused})
        return
    for one in taken.refused:
        click.echo(f"退回  {one.identifier}: {one.reason}", err=True)
    if not taken.problem:
        click.echo(
            f"新增 {taken.new}, 变更 {taken.changed}, 恢复 {taken.returned}, 撤下 {taken.withdrawn}, "
            f"未变 {taken.unchanged}, 退回 {len(taken.refused)}"
        )


def _scope() -> Any:
    from django.conf import settings

    from minzheng.foundation.access.scope import Scope

    return Scope.system(settings.NODE_DIVISION_CODE)
