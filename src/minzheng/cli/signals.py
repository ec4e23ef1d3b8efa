"""The command that looks for signals (线索命令)."""

from datetime import date
from typing import Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import JSON


@click.command("signals")
@click.option("--division", default=None, help="只核查和报告这个区划 (及以下) 的线索")
@click.option("--kind", default=None, help="只核查这一类线索")
@click.option("--full/--no-full", default=True, help="先全量核查再报告 (默认); --no-full 只报告现有线索")
@JSON
def signals(division: str | None, kind: str | None, full: bool, as_json: bool) -> None:
    """核查跨业务线索: 死亡后仍发放低保金、同卡多户、重复火化等, 报告各类数量。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.kernel.division import normalise
    from minzheng.stewardship.signals import queries
    from minzheng.stewardship.signals.declare import UnknownKindError, kind_named

    try:
        place = normalise(division or settings.NODE_DIVISION_CODE)
        if kind:
            kind_named(kind)
    except (UnknownKindError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    run = _run(place if division else None, kind, as_json) if full else None
    today = timezone.localdate()
    lines = queries.counts(Scope.system(place), queries.Wanted(kind=kind), today=today)
    report = _report(place, today, lines, run)
    if as_json:
        echo_json(report)
    else:
        _print(report)


def _run(division: str | None, kind: str | None, quiet: bool) -> Any:
    from getpass import getuser

    from django.utils import timezone

    from minzheng.stewardship.signals.run import run_all

    def tell(number: int, total: int, one: Any) -> None:
        if not quiet:
            click.echo(f"[{number + 1}/{total}] {one.label}", err=True)

    return run_all(by=getuser(), at=timezone.now(), division=division, kind=kind, progress=tell)


def _report(place: str, today: date, lines: list[Any], run: Any) -> dict[str, Any]:
    kinds = [
        {
            "kind": line.kind.key, "label": line.kind.label, "new": line.new, "confirmed": line.confirmed,
            "discarded": line.discarded, "closed": line.closed, "overdue": line.overdue,
            "amount_fen": line.amount_fen,
        }
        for line in lines
    ]  # fmt: skip
    report: dict[str, Any] = {"division": place, "on": today.isoformat(), "kinds": kinds}
    if run is not None:
        report["run"] = {
            "seconds": run.seconds,
            "kinds": {
                key: {
                    "found": c.found,
                    "raised": sum(c.raised.values()),
                    "changed": c.changed,
                    "closed": c.closed,
                }
                for key, c in run.counts.items()
            },
        }
    return report


def _print(report: dict[str, Any]) -> None:
    for line in report["kinds"]:
        yuan = f"  涉及 {line['amount_fen'] / 100:,.2f} 元" if line["amount_fen"] else ""
        click.echo(
            f"{line['label']}: 待核查 {line['new']:,} (逾期 {line['overdue']:,})  已确认 {line['confirmed']:,}  "
            f"已排除 {line['discarded']:,}  已办结 {line['closed']:,}{yuan}"
        )
    if not report["kinds"]:
        click.echo("没有线索")
    if "run" in report:
        raised = sum(one["raised"] for one in report["run"]["kinds"].values())
        closed = sum(one["closed"] for one in report["run"]["kinds"].values())
        click.echo(f"本次新发现 {raised:,} 条, 自动办结 {closed:,} 条, 用时 {report['run']['seconds']} 秒")
