"""Commands of review (待核命令)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who


@click.group("review", invoke_without_command=True, subcommand_metavar="[命令 …]")
@click.option("--division", default=None, help="只看这一区划及其下级, 默认为本节点")
@JSON
@click.pass_context
def review(context: click.Context, division: str | None, as_json: bool) -> None:
    """待核处置: 列出各地各数据集待核的行数和最早一条; 子命令 decide 处置一条。"""
    if context.invoked_subcommand is not None:
        return
    boot()
    found = _waiting(division)
    if as_json:
        echo_json(found)
        return
    for row in found["waiting"]:
        click.echo(
            f"{row['division'] or '属地不详':<8} {row['feed']:<12} {row['reason']:<14} {row['rows']:>8,}  最早 {row['oldest']}"
        )
    told = f"待核 {found['open']:,} 条" if found["open"] else "没有待核的行"
    click.echo(
        f"{told}, 待复核 {found['proposed']:,} 项" + (f", 最早 {found['oldest']}" if found["oldest"] else "")
    )


def _waiting(division: str | None) -> dict[str, Any]:
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.kernel.division import normalise
    from minzheng.stewardship.review import queries, services

    try:
        scope = Scope.system(normalise(division) if division else settings.NODE_DIVISION_CODE)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    services.finish_left(scope)
    counted = queries.counts(scope)

    def said(at: datetime) -> str:
        return timezone.localtime(at).isoformat(timespec="seconds")

    rows = [
        {
            "division": c.division_code,
            "feed": c.feed,
            "reason": c.reason,
            "rows": c.rows,
            "oldest": said(c.oldest),
        }
        for c in counted
    ]
    oldest = min((c.oldest for c in counted), default=None)
    return {
        "division": scope.division_code, "open": sum(c.rows for c in counted), "oldest": said(oldest) if oldest else None,
        "proposed": queries.proposals(scope).count(), "waiting": rows,
    }  # fmt: skip


@review.command("decide")
@click.argument("item", type=int)
@click.argument("kind", type=click.Choice(["link", "separate", "none", "aside"]))
@click.option("--person", type=click.UUID, default=None, help="关联到的人员标识 (link 时必填)")
@click.option("--reason", required=True, help="理由, 记入处置记录和审计")
@BY
@JSON
def decide(item: int, kind: str, person: UUID | None, reason: str, by: str | None, as_json: bool) -> None:
    """处置一条待核行: link 关联、separate 另建新人、none 退回来源、aside 搁置。涉及发放记录的须复核后生效。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.stewardship.review import queries, services
    from minzheng.stewardship.review.terms import Kind

    scope = Scope.system(settings.NODE_DIVISION_CODE)
    try:
        decision = services.decide(
            scope,
            item,
            kind=Kind(kind),
            person_id=person,
            reason=reason,
            seen=None,
            by=who(by),
            at=timezone.now(),
        )
    except services.ReviewError as error:
        raise click.ClickException(str(error)) from error
    found = queries.item_in(scope, item)
    state = found.state if found else ""
    if as_json:
        echo_json(
            {"decision": decision.pk, "item": item, "kind": kind, "state": state, "needs_second": decision.needs_second,
             "person": str(decision.person_id) if decision.person_id else None}
        )  # fmt: skip
    elif decision.needs_second:
        click.echo("已提出, 须由复核人在工作台复核后生效")
    else:
        click.echo(f"已办理: {decision.get_kind_display()}")
