"""Commands for a person's files (附件命令)."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who

if TYPE_CHECKING:
    from minzheng.exchange.person_files.reading import PersonFile
    from minzheng.exchange.person_files.services import Outcome
    from minzheng.foundation.access.scope import Scope

PURPOSE = click.option("--purpose", required=True, help="用途, 记入审计")
CLEARED = "\r\x1b[K"
EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("attach")
@click.argument("number")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=EXISTING)
@click.option("--title", default="", help="标题, 如“死亡证明”; 默认为文件名")
@click.option("--record", "certificate", default=None, help="挂在此人的哪条业务记录上 (证号); 默认挂在本人")
@PURPOSE
@BY
@JSON
def attach(
    number: str, paths: tuple[Path, ...], title: str, certificate: str | None, purpose: str, by: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """把文件挂接到一个人 (按公民身份号码、姓名或证号) 或其业务记录; 同一文件不会重复保存。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange.person_files.services import attach_files

    acting = who(by)
    scope, person_id = _person(number, purpose, acting)
    hook = _hook(scope, person_id, certificate)
    outcomes = []
    looking = sys.stderr.isatty() and not as_json
    with told(), _opened(paths, looking=looking) as sources:
        found = attach_files(
            scope, person_id, sources, hook_key=hook, title=title, purpose=purpose, by=acting, at=timezone.now()
        )  # fmt: skip
        for outcome in found:
            outcomes.append(outcome)
            if looking:
                click.echo(CLEARED, nl=False, err=True)
            if not as_json:
                click.echo(_line(outcome))
    if as_json:
        echo_json({"person": str(person_id), "files": [_as_dict(outcome) for outcome in outcomes]})
    refused = [outcome for outcome in outcomes if outcome.problem and not outcome.already]
    if refused:
        why = "; ".join(f"{outcome.name}: {outcome.problem}" for outcome in refused)
        raise click.ClickException(f"{len(outcomes)} 个文件中有 {len(refused)} 个没有挂接: {why}")


@click.command("files")
@click.argument("number")
@PURPOSE
@JSON
def files(number: str, purpose: str, as_json: bool) -> None:
    """列出一个人 (按公民身份号码、姓名或证号) 及其业务记录的附件, 包括已撤下的。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange.person_files.services import list_files

    scope, person_id = _person(number, purpose, who(None))
    with told():
        found = list_files(scope, person_id, purpose=purpose, by=who(None), at=timezone.now())
    if as_json:
        echo_json(
            {"person": str(person_id), "name": found.name, "files": [_told(file) for file in found.files]}
        )
        return
    for file in found.files:
        gone = f"  [已撤下: {file.removed_reason}]" if file.removed_at else ""
        day = timezone.localtime(file.attached_at).date()
        click.echo(f"{file.id}  {file.title}  {file.name}  {file.type_label}  {file.size:,} 字节{gone}")
        click.echo(f"    {file.hook.label}  {day} {file.attached_by}")
    if not found.files:
        click.echo("没有附件")


@click.command("file")
@click.argument("file_id", metavar="ID", type=int)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写出到哪个文件")
@PURPOSE
@JSON
def file(file_id: int, out: Path, purpose: str, as_json: bool) -> None:
    """取出一份附件 (ID 见 person files), 写成只有本人可读的文件; 不覆盖已有文件。"""
    _writable(out, purpose)
    boot()
    from django.utils import timezone

    from minzheng.exchange.person_files.queries import owner_of
    from minzheng.exchange.person_files.services import take_out
    from minzheng.foundation.files.services import write_out

    scope = _scope()
    person_id = owner_of(scope, file_id)
    if person_id is None:
        raise click.ClickException(f"没有附件 {file_id}")
    with told():
        found, pieces = take_out(scope, person_id, file_id, purpose=purpose, by=who(None), at=timezone.now())
        try:
            write_out(pieces, out)
        except OSError as error:
            raise click.ClickException(f"不能写出到 {out}, 请检查目录权限和磁盘空间") from error
    if as_json:
        echo_json(_told(found) | {"person": str(person_id), "out": str(out)})
    else:
        click.echo(f"已写出 {found.size:,} 字节到 {out}")


@contextmanager
def told() -> Iterator[None]:
    """What cannot be done to a file becomes one line (附件操作失败)."""
    from minzheng.exchange.person_files.services import NoSuchFileError, PersonFileError

    try:
        yield
    except (PersonFileError, NoSuchFileError) as error:
        raise click.ClickException(str(error)) from error


def _writable(out: Path, purpose: str) -> None:
    _purpose(purpose)
    if out.exists():
        raise click.ClickException(f"文件 {out} 已存在, 请另取名")
    if not out.absolute().parent.is_dir():
        raise click.ClickException(f"目录 {out.absolute().parent} 不存在")


def _purpose(purpose: str) -> None:
    if len(purpose.strip()) < 2:
        raise click.ClickException("查询个人信息须写明目的 (--purpose)")


def _scope() -> "Scope":
    from django.conf import settings

    from minzheng.foundation.access.scope import Scope

    return Scope.system(settings.NODE_DIVISION_CODE)


def _person(number: str, purpose: str, by: str) -> "tuple[Scope, UUID]":
    """The person, found and logged as ``person show`` does."""
    from minzheng.exchange.looking_up import PersonLookupError, the_one

    _purpose(purpose)
    scope = _scope()
    try:
        return scope, the_one(scope, number, action="person_files", purpose=purpose, by=by).id
    except PersonLookupError as error:
        raise click.ClickException(str(error)) from error


def _hook(scope: "Scope", person_id: UUID, certificate: str | None) -> str:
    from minzheng.exchange.person_files.queries import person_files
    from minzheng.exchange.person_files.reading import PERSON

    if certificate is None:
        return PERSON
    found = person_files(scope, person_id)
    wanted = certificate.strip().upper()
    for hook in found.hooks if found else ():
        if hook.certificate and hook.certificate.upper() == wanted:
            return hook.key
    raise click.ClickException(f"此人没有证号为 {certificate} 的业务记录")


@contextmanager
def _opened(paths: tuple[Path, ...], *, looking: bool) -> Iterator[Iterator[tuple[str, BinaryIO]]]:
    """Each file opened when its turn comes; a progress line on standard error where someone is looking."""

    def each() -> Iterator[tuple[str, BinaryIO]]:
        for number, path in enumerate(paths, 1):
            if looking:
                click.echo(f"{CLEARED}[{number}/{len(paths)}] {path.name}", nl=False, err=True)
            stack.enter_context(file := path.open("rb"))
            yield path.name, file

    with ExitStack() as stack:
        yield each()


def _line(outcome: "Outcome") -> str:
    if outcome.file_id:
        return f"已挂接 {outcome.name}  附件 {outcome.file_id}"
    return f"{'未重复' if outcome.already else '未挂接'} {outcome.name}: {outcome.problem}"


def _as_dict(outcome: "Outcome") -> dict[str, Any]:
    result = "attached" if outcome.file_id else ("already" if outcome.already else "refused")
    return {"file": outcome.name, "result": result, "id": outcome.file_id, "reason": outcome.problem or None}


def _told(file: "PersonFile") -> dict[str, Any]:
    return {
        "id": file.id, "title": file.title, "name": file.name, "media_type": file.media_type, "size": file.size,
        "sm3": file.sm3, "hangs_on": {"kind": file.hook.kind, "label": file.hook.label},
        "attached_at": file.attached_at, "attached_by": file.attached_by,
        "withdrawn_at": file.removed_at, "withdrawn_by": file.removed_by, "withdrawn_for": file.removed_reason,
    }  # fmt: skip
