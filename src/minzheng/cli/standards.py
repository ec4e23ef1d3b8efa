"""Commands of the standards (标准规范命令): ``minzheng due`` and ``minzheng standards …``."""

from pathlib import Path
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, NOTE, told, who
from minzheng.cli.standards_asking import due, history, list_layers, map_division, search, show

__all__ = ["due", "standards"]

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("standards")
def standards() -> None:
    """标准规范: 检查、比对、发布、查询、导入导出。"""


@standards.command("lint")
@click.argument("folder", type=_FOLDER)
@JSON
def lint(folder: Path, as_json: bool) -> None:
    """检查一个标准包目录: 完整性, 以及是否在上级标准之内。"""
    boot()
    from minzheng.standards.editions import layers_above
    from minzheng.standards.lint import lint as check
    from minzheng.standards.packs import read_pack
    from minzheng.standards.packs.finding import errors_of

    with told():
        pack = read_pack(folder)
        findings = check(pack, layers_above(pack.parent))
    faults = errors_of(findings)
    if as_json:
        echo_json({"ok": not faults, "findings": [finding.as_dict() for finding in findings]})
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(f"{pack.id}@{pack.version}: 错误 {len(faults)} 处, 提示 {len(findings) - len(faults)} 处")
    if faults:
        raise click.ClickException(f"标准包检查未通过, 共 {len(faults)} 处错误")


@standards.command("diff")
@click.argument("folder", type=_FOLDER)
@JSON
def diff(folder: Path, as_json: bool) -> None:
    """比对一个标准包目录与现行版: 发布后会增、删、改什么。"""
    boot()
    from minzheng.standards.diff import LABELS
    from minzheng.standards.diff import diff as compare
    from minzheng.standards.editions import published_pack
    from minzheng.standards.packs import KINDS, read_pack

    with told():
        pack = read_pack(folder)
        changes = compare(published_pack(pack.id), pack)
    if as_json:
        echo_json([change.as_dict() for change in changes])
        return
    for change in changes:
        cells = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in change.cells.items())
        shown = f"  {cells}" if change.action == "changed" else ""
        click.echo(f"{LABELS[change.action]} {KINDS[change.kind].label} {change.key}{shown}")
    click.echo(f"共 {len(changes)} 处变化" if changes else "与现行版相同")


@standards.command("publish")
@click.argument("folder", type=_FOLDER)
@BY
@NOTE
@JSON
def publish(folder: Path, by: str | None, note: str, as_json: bool) -> None:
    """发布一个标准包目录; 有任何错误则不作改动。"""
    boot()
    from django.utils import timezone

    from minzheng.standards import services

    with told(as_json):
        done = services.publish(folder, by=who(by), at=timezone.now(), note=note)
    _tell(done, as_json)


def _tell(done: Any, as_json: bool) -> None:
    if as_json:
        echo_json(done.as_dict())
        return
    for warning in done.warnings:
        click.echo(str(warning))
    counts = done.changes
    tail = (
        f": 新增 {counts['added']}, 删除 {counts['removed']}, 修改 {counts['changed']}"
        if done.changed
        else ""
    )
    click.echo(done.message + tail)


@standards.command("advance")
@click.argument("pack")
@click.argument("version")
@click.argument(
    "stage", type=click.Choice(["proposed", "reviewed", "approved", "published", "maintained", "withdrawn"])
)
@BY
@NOTE
@JSON
def advance(pack: str, version: str, stage: str, by: str | None, note: str, as_json: bool) -> None:
    """办理一个版次的下一环节: 提出、审查、批准、发布、维护、废止 (起草用 import)。"""
    boot()
    from django.utils import timezone

    from minzheng.standards import models, services
    from minzheng.standards.terms import Stage

    step, actor, at = Stage(stage), who(by), timezone.now()
    with told(as_json):
        if step == Stage.PROPOSED:
            services.propose(pack_id=pack, version=version, by=actor, at=at, note=note)
        else:
            edition = models.Edition.objects.filter(pack_id=pack, version=version).first()
            if edition is None:
                raise click.ClickException(f"没有版次 {pack}@{version}")
            if step == Stage.PUBLISHED:
                _tell(services.publish_edition(edition, by=actor, at=at, note=note), as_json)
                return
            if step == Stage.WITHDRAWN:
                services.withdraw(edition, by=actor, at=at, note=note)
            else:
                services.advance(edition, step, by=actor, at=at, note=note)
    if as_json:
        echo_json({"pack": pack, "version": version, "stage": stage, "stage_label": step.label})
    else:
        click.echo(f"{pack}@{version} 已{step.label}")


@standards.command("export")
@click.argument("kind")
@click.option("--pack", required=True, help="标准包标识")
@click.option("--table", default="", help="代码表标识 (代码、代码对照)")
@click.option("--version", default="", help="代码表版本; 代码对照的原版本")
@click.option("--to-version", default="", help="代码对照的新版本")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="写入文件, 默认输出到屏幕"
)
def export(kind: str, pack: str, table: str, version: str, to_version: str, out: Path | None) -> None:
    """把现行标准的一类内容导出为 CSV。"""
    boot()
    from minzheng.standards.exporting import export_csv, file_path

    with told():
        path = file_path(kind, table_id=table, version=version, to_version=to_version)
        content = export_csv(pack, path)
    if out is None:
        click.echo(content.decode(), nl=False)
    else:
        out.write_bytes(content)
        click.echo(f"已导出 {out}")


@standards.command("import")
@click.argument("kind")
@click.argument("file", type=_FILE)
@click.option("--pack", required=True, help="标准包标识")
@click.option("--new-version", required=True, help="新版次的版本号")
@click.option("--table", default="", help="代码表标识 (代码、代码对照)")
@click.option("--version", default="", help="代码表版本; 代码对照的原版本")
@click.option("--to-version", default="", help="代码对照的新版本")
@BY
@NOTE
@JSON
def import_(
    kind: str, file: Path, pack: str, new_version: str, table: str, version: str, to_version: str,
    by: str | None, note: str, as_json: bool,
) -> None:  # fmt: skip
    """把一类内容的 CSV 导入为新版次的草案, 其余内容沿用现行版。"""
    boot()
    from django.utils import timezone

    from minzheng.standards import services
    from minzheng.standards.exporting import file_path

    with told(as_json):
        path = file_path(kind, table_id=table, version=version, to_version=to_version)
        edition = services.replace_file(
            pack_id=pack, path=path, content=file.read_bytes(), version=new_version,
            by=who(by), at=timezone.now(), note=note,
        )  # fmt: skip
        changes = services.preview(edition)
    if as_json:
        echo_json({"pack": pack, "version": new_version, "changes": [change.as_dict() for change in changes]})
    else:
        click.echo(f"已起草 {edition}, 与现行版相比 {len(changes)} 处变化")


for _command in (list_layers, show, search, map_division, history):
    standards.add_command(_command)
