"""Commands that look people up (查询命令)."""

from datetime import datetime
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.person_files import attach, file, files


@click.group("person")
def person() -> None:
    """人员综合信息。"""


for _command in (attach, files, file):
    person.add_command(_command)


@person.command("show")
@click.argument("number")
@click.option("--purpose", required=True, help="查询目的, 记入审计")
@click.option("--on", "known_on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="按某日所知显示")
@click.option("--reveal", is_flag=True, help="显示完整号码和住址")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def show(number: str, purpose: str, known_on: datetime | None, reveal: bool, as_json: bool) -> None:
    """按公民身份号码、姓名或证号显示一个人的全部信息。"""
    boot()
    from minzheng.exchange.looking_up import PersonLookupError, one_person

    if not purpose.strip():
        raise click.ClickException("查询个人信息须写明目的 (--purpose)")
    try:
        found = one_person(
            number, purpose=purpose, known_on=known_on.date() if known_on else None, reveal=reveal
        )
    except PersonLookupError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    click.echo(
        f"{found['name']}  ({found['id']})" + (f"  按 {found['known_on']} 所知" if found["known_on"] else "")
    )
    for attribute in found["attributes"]:
        if attribute["value"]:
            click.echo(
                f"  {attribute['label']}: {attribute['value']}    [{attribute['source']} {attribute['valid_from']}]"
            )
    for member in found["household"]:
        click.echo(f"  户内: {member['name']} {member['relation']} {member['birth_date'] or ''}")
    for dealing in found["dealings"]:
        period = dealing["first_on"] or ""
        if dealing["last_on"] != dealing["first_on"]:
            period = f"{period} – {dealing['last_on']}"
        click.echo(
            f"  {period}  {dealing['label']}({dealing['role']}) {dealing['title']}  {dealing['division']}"
        )
