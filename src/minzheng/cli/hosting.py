"""``minzheng exchange host`` and ``move-out`` (代建与迁出)."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who


@click.command("host")
@click.argument("code")
@click.argument("counties", nargs=-1, required=True)
@BY
def host(code: str, counties: tuple[str, ...], by: str | None) -> None:
    """省级节点: 登记 CODE 市级节点代建哪些县, 发布新一版名录。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import hosting

    with _plainly():
        hosting.host(code, list(counties), by=who(by), at=timezone.now())
    click.echo(f"{code} 代建 {'、'.join(counties)}, 名录已发布")


@click.command("move-out")
@click.argument("county")
@click.option("--begin", "step", flag_value="begin", help="开始: 把属于该县的全部内容送往其新节点")
@click.option("--cut", "step", flag_value="cut", help="切换: 关闭该县在本节点的账号, 此后由县节点办理")
@click.option("--abort", "step", flag_value="abort", help="中止 (切换以前)")
@click.option("--with-accounts", is_flag=True, help="与 --begin 同用: 账号随迁, 密码不变")
@BY
@JSON
def move_out(county: str, step: str | None, with_accounts: bool, by: str | None, as_json: bool) -> None:
    """市级节点: 代建的县迁到自己的节点; 不给步骤则显示进度。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.between import hosting

    at, said = timezone.now(), ""
    with _plainly():
        if step == "begin":
            hosting.begin(county, with_accounts=with_accounts, by=who(by), at=at)
        elif step == "cut":
            said = f"已切换, 关闭账号 {hosting.cut_over(county, by=who(by), at=at)} 个"
        elif step == "abort":
            hosting.abort(county, by=who(by), at=at)
        found = hosting.progress(county)
    if as_json:
        echo_json(found)
        return
    if said:
        click.echo(said)
    click.echo(
        f"{county} {found['label']}: 共 {found['subjects']:,} 个对象, 待确认 {found['waiting']:,}"
        + (f"; 随迁 {sum(found['counts'].values()):,} 行" if found["counts"] else "")
    )


@contextmanager
def _plainly() -> Iterator[None]:
    from minzheng.sharing.between.configuration import ConfigurationError
    from minzheng.sharing.between.hosting import MoveError

    try:
        yield
    except (ConfigurationError, MoveError) as error:
        raise click.ClickException(str(error)) from error
