"""``minzheng exchange watch`` and ``diagnose`` (交换监控, 链路诊断)."""

from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import JSON


@click.command("watch")
@JSON
def watch(as_json: bool) -> None:
    """各交换流此刻的积压、滞后、速率、拒绝、最近成功, 以及未恢复的告警。"""
    boot()
    from django.utils import timezone

    from minzheng.sharing.watching import reporting

    found = reporting.report(at=timezone.now())
    if as_json:
        echo_json(found)
        return
    for one in found["streams"]:
        click.echo(_line(one))
    for alarm in found["alarms"]:
        click.echo(
            f"告警: {alarm['title']}, 现值 {alarm['value']}, 自 {alarm['raised_at']:%Y-%m-%d %H:%M}", err=True
        )


@click.command("diagnose")
@click.argument("peer", required=False)
@JSON
def diagnose(peer: str | None, as_json: bool) -> None:
    """逐步检查到各邻接节点 (或一个节点) 的链路, 用一句话说明哪里不对、怎样处理。"""
    boot()
    from minzheng.sharing.watching.diagnosing import road

    chosen = [(one, above) for one, above in road.neighbours() if peer in (None, one.code)]
    if peer is not None and not chosen:
        raise click.ClickException(f"{peer} 不是与本节点直接交换的成员")
    results = [road.diagnose(one, above=above) for one, above in chosen]
    if as_json:
        echo_json([one.as_dict() for one in results])
    for one in results if not as_json else ():
        click.echo(f"{one.name}: {one.sentence}")
        for step in one.steps:
            click.echo(
                f"  {'✓' if step.tone == 'ok' else '!' if step.tone == 'warn' else '✗'} {step.name}: {step.said}"
            )
    wrong = sum(one.tone == "bad" for one in results)
    if wrong:
        raise click.ClickException(f"{wrong} 条链路不通")


def _line(one: dict[str, Any]) -> str:
    last = f"{one['last_success_at']:%m-%d %H:%M}" if one["last_success_at"] else "从未"
    name = (
        f"{one['peer_name']} ({one['peer_code']})"
        if one["peer_name"] != one["peer_code"]
        else one["peer_code"]
    )
    return (
        f"{one['way_label']} {one['direction_label']} {name} {one['data_set'] or '全部'}: 积压 {one['backlog']:,}, "
        f"滞后 {one['lag_s']:,} 秒, 每分钟 {one['units_per_min']:.1f}, 拒绝 {one['refused']:,}, 最近成功 {last}"
        f"{'; ' + one['problem'] if one['problem'] else ''}"
    )
