"""The quality command (质量命令)."""

from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json

if TYPE_CHECKING:
    from minzheng.stewardship.quality.scoring import RuleFigure, Score


@click.command("quality")
@click.argument("batch_id", required=False)
@click.option("--feed", default=None, help="只看一个数据集")
@click.option("--source", default=None, help="只看一个来源 (与 --feed 同用)")
@click.option("--division", default=None, help="只看一个区划")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="接收日期起")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="接收日期止")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def quality(
    batch_id: str | None,
    feed: str | None,
    source: str | None,
    division: str | None,
    since: Any,
    until: Any,
    as_json: bool,
) -> None:
    """数据质量: 全部、按数据集和来源, 或一个批次的评分与各项指标。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.exchange import services
    from minzheng.foundation.access.scope import Scope
    from minzheng.stewardship.quality import queries

    scope = Scope.system(settings.NODE_DIVISION_CODE)
    asked: queries.Asked = {}
    if batch_id:
        try:
            asked["batch_id"] = services.batch_named(batch_id).id
        except services.BatchStateError as error:
            raise click.ClickException(str(error)) from error
    if feed:
        asked["feed"] = _feed(feed)
    if source:
        asked["source_id"] = _source(queries.sources(scope), feed, source)
    if division:
        asked["division"] = _division(division)
    if since:
        asked["since"] = since.date()
    if until:
        asked["until"] = until.date()
    today = timezone.localdate()
    report = _report(scope, asked, today)
    if as_json:
        echo_json(report)
    else:
        _tell(report)


def _feed(key: str) -> str:
    from minzheng.exchange.declare import UnknownFeedError, feed_named

    try:
        return feed_named(key).key
    except UnknownFeedError as error:
        raise click.ClickException(str(error)) from error


def _source(known: list[tuple[int, str, str]], feed: str | None, name: str) -> int:
    found = [number for number, of, called in known if called == name and (feed is None or of == feed)]
    if len(found) != 1:
        raise click.ClickException(
            f"没有来源“{name}”的质量数据" if not found else f"来源“{name}”有多个数据集, 请加 --feed"
        )
    return found[0]


def _division(code: str) -> str:
    from minzheng.kernel.division import normalise

    try:
        return normalise(code)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _report(scope: Any, asked: Any, today: Any) -> dict[str, Any]:
    from minzheng.stewardship.quality import queries
    from minzheng.stewardship.quality.late import late_sources
    from minzheng.stewardship.quality.scoring import by_dimension, scored, worst

    found = queries.figures(scope, **asked)
    return {
        "asked": dict(asked),
        "overall": _score(scored("综合", found)),
        "dimensions": [_score(score) for score in by_dimension(found)],
        "sources": [
            {
                "feed": one.feed, "source": one.source_name, "batches": one.batches, "last_on": one.last_on,
                "score": _number(one.score.value), "missed": one.missed,
            }
            for one in queries.by_source(scope, **asked)
        ],
        "worst": [_figure(figure) for figure in worst(found)],
        "figures": [_figure(figure) for figure in found],
        "late": [
            {"feed": one.feed, "source": one.source_name, "last_on": one.last_on, "days": one.days, "allowed": one.allowed}
            for one in late_sources(scope, on=today)
        ],
        "tickets": queries.ticket_counts(scope, on=today),
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _score(score: "Score") -> dict[str, Any]:
    return {
        "name": score.name,
        "score": _number(score.value),
        "checked": score.checked,
        "failed": score.failed,
    }


def _figure(figure: "RuleFigure") -> dict[str, Any]:
    return {
        "feed": figure.feed, "rule": figure.rule_id, "field": figure.field, "dimension": figure.dimension,
        "checked": figure.checked, "failed": figure.failed, "share": _number(figure.share), "weight": figure.weight,
        "target": _number(figure.target), "missed": figure.missed,
    }  # fmt: skip


def _tell(report: dict[str, Any]) -> None:
    overall = report["overall"]
    if overall["score"] is None:
        click.echo("还没有质量数据")
        return
    click.echo(f"综合评分 {overall['score']:.2f}")
    for one in report["dimensions"]:
        said = "—" if one["score"] is None else f"{one['score']:.2f}"
        click.echo(f"  {one['name']}  {said:>6}  检查 {one['checked']:>12,}  不合格 {one['failed']:>9,}")
    for one in report["sources"]:
        said = "—" if one["score"] is None else f"{one['score']:.2f}"
        click.echo(
            f"{one['feed']:<11} {said:>6}  {one['batches']} 批  未达标 {one['missed']} 项  {one['source']}"
        )
    for one in report["worst"]:
        click.echo(
            f"  {one['feed']} {one['field']} {one['dimension']} {one['share']:.2f}%  不合格 {one['failed']:,}"
        )
    for one in report["late"]:
        said = f"最近 {one['last_on']}, 已 {one['days']} 天 (周期 {one['allowed']} 天)"
        click.echo(f"逾期未报: {one['feed']} {one['source']}, {said}")
    tickets = report["tickets"]
    click.echo(
        f"工单: 待发出 {tickets['open']}, 已发出 {tickets['sent']}, 已反馈 {tickets['answered']}, 逾期 {tickets['overdue']}"
    )
