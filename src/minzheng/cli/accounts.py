"""Commands for accounts and for what each role opens (账号命令、权限命令)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who

if TYPE_CHECKING:
    from minzheng.foundation.accounts.models import User

BUSINESS = click.option(
    "--business", "businesses", multiple=True, help="业务域代码, 可多次给出; 不给即全部业务"
)


@click.group("user")
def user() -> None:
    """账号管理。"""


@user.command("add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="姓名")
@click.option("--division", default="330000", show_default=True, help="所属区划")
@click.option("--role", "roles", multiple=True, default=["clerk"], show_default=True, help="角色, 可多次给出")
@click.option("--level", default=3, show_default=True, type=click.IntRange(1, 4), help="可见数据级别 L1–L4")
@BUSINESS
@JSON
def add(
    username: str, display_name: str, division: str, roles: tuple[str, ...], level: int,
    businesses: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """新建账号; 口令由环境变量 MINZHENG_PASSWORD 给出或当场输入。"""
    boot()
    from minzheng.foundation.accounts.services import create_user

    with told():
        _known(division, businesses)
        password = os.environ.get("MINZHENG_PASSWORD") or click.prompt(
            "口令", hide_input=True, confirmation_prompt="再输一次"
        )
        made = create_user(
            username=username, password=password, display_name=display_name, division_code=division,
            roles=list(roles), data_level=level, businesses=businesses,
        )  # fmt: skip
    if as_json:
        echo_json(_as_dict(made) | {"division": made.division_code})
    else:
        click.echo(f"已建账号 {made.username} ({made.display_name})")


@user.command("list")
@click.option("--division", default=None, help="只列这个区划及下级")
@click.option("--role", default="", help="只列有这个角色的")
@click.option(
    "--state", default="", type=click.Choice(["", "open", "locked", "disabled", "first"]), help="状态"
)
@JSON
def list_(division: str | None, role: str, state: str, as_json: bool) -> None:
    """列出账号。"""
    boot()
    from django.conf import settings

    from minzheng.foundation.access.scope import Scope
    from minzheng.foundation.accounts.queries import STATES, accounts, state_of

    scope = Scope.system(division or settings.NODE_DIVISION_CODE)
    with told():
        found = list(accounts(scope, role=role, state=state))
    if as_json:
        echo_json([_as_dict(one) for one in found])
        return
    for one in found:
        click.echo(
            f"{one.username}\t{one.display_name}\t{one.division_code}\t{','.join(one.roles)}\tL{one.data_level}"
            f"\t{','.join(one.businesses) or '全部业务'}\t{STATES[state_of(one)]}"
        )
    click.echo(f"共 {len(found)} 个账号", err=True)


@user.command("change")
@click.argument("username")
@click.option("--name", "display_name", default=None, help="姓名")
@click.option("--division", default=None, help="所属区划")
@click.option("--role", "roles", multiple=True, help="角色, 可多次给出; 给出即取代原有角色")
@click.option("--level", default=None, type=click.IntRange(1, 4), help="可见数据级别 L1–L4")
@BUSINESS
@click.option("--all-businesses", is_flag=True, help="改为全部业务")
@BY
@JSON
def change(
    username: str, display_name: str | None, division: str | None, roles: tuple[str, ...], level: int | None,
    businesses: tuple[str, ...], all_businesses: bool, by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """修改账号的姓名、区划、角色、级别或业务范围; 没有给出的不变。"""
    boot()
    from django.utils import timezone

    from minzheng.foundation.accounts.managing import change_user

    found = _named(username)
    with told():
        _known(division or found.division_code, businesses)
        changed = change_user(
            user=found, display_name=display_name or found.display_name, division_code=division or found.division_code,
            roles=roles or found.roles, data_level=level or found.data_level,
            businesses=() if all_businesses else businesses or found.businesses, by=who(by), at=timezone.now(),
        )  # fmt: skip
    echo_json(_as_dict(changed)) if as_json else click.echo(f"账号 {username} 已修改")


@user.command("disable")
@click.argument("username")
@BY
def disable(username: str, by: str | None) -> None:
    """停用账号; 以前的操作保留, 可重新启用。"""
    _act("disable_user", username, by, "已停用")


@user.command("enable")
@click.argument("username")
@BY
def enable(username: str, by: str | None) -> None:
    """启用已停用的账号。"""
    _act("enable_user", username, by, "已启用")


@user.command("unlock")
@click.argument("username")
@BY
def unlock(username: str, by: str | None) -> None:
    """解除因多次登录失败造成的锁定。"""
    _act("unlock_user", username, by, "已解除锁定")


@user.command("reset")
@click.argument("username")
@BY
def reset(username: str, by: str | None) -> None:
    """重置密码: 显示一个新密码, 只此一次; 登录后须修改。"""
    drawn = _act("reset_password", username, by, "的新密码 (只显示一次):")
    click.echo(drawn)


@click.group("access")
def access() -> None:
    """访问权限。"""


@access.command("matrix")
@JSON
def matrix(as_json: bool) -> None:
    """角色与页面: 每个网址对哪些角色开放, 与系统实际执行的规则一致。"""
    boot(migrate=False)
    from minzheng.foundation.accounts.terms import Role
    from minzheng.web.desk.access_matrix import pages

    if as_json:
        echo_json([page.as_dict() for page in pages()])
        return
    for page in pages():
        open_to = (
            "公开" if not page.login else "、".join(str(Role(r).label) for r in page.roles) or "登录即可"
        )
        click.echo(f"{page.place}\t{page.label}\t{open_to}")


@contextmanager
def told() -> Iterator[None]:
    """What is refused becomes one line (拒绝原因)."""
    from django.core.exceptions import ValidationError

    try:
        yield
    except (ValidationError, ValueError) as error:
        reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
        raise click.ClickException("; ".join(reasons)) from error


def _act(name: str, username: str, by: str | None, said: str) -> Any:
    boot()
    from django.utils import timezone

    from minzheng.foundation.accounts import managing

    with told():
        done = getattr(managing, name)(user=_named(username), by=who(by), at=timezone.now())
    click.echo(f"账号 {username} {said}")
    return done


def _named(username: str) -> "User":
    from django.conf import settings

    from minzheng.foundation.access.scope import Scope
    from minzheng.foundation.accounts.queries import account_named

    found = account_named(Scope.system(settings.NODE_DIVISION_CODE), username)
    if found is None:
        raise click.ClickException(f"没有账号 {username}")
    return found


def _known(division: str, businesses: tuple[str, ...]) -> None:
    """Raises ``ValueError`` for a division or business that the standard does not know."""
    from minzheng.standards import queries

    if not queries.division_tree().spans(division):
        raise ValueError(f"标准中没有区划 {division}")
    known = {one.code for one in queries.codes("BUSINESS_DOMAIN")}
    if unknown := sorted(set(businesses) - known):
        raise ValueError(f"标准中没有业务域 {'、'.join(unknown)}")


def _as_dict(one: "User") -> dict[str, Any]:
    from minzheng.foundation.accounts.queries import state_of

    return {
        "username": one.username,
        "name": one.display_name,
        "division_code": one.division_code,
        "roles": one.roles,
        "level": one.data_level,
        "businesses": one.businesses,
        "state": state_of(one),
        "last_login": one.last_login,
    }
