"""Commands of the data flow (数据流命令)."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json

if TYPE_CHECKING:
    from minzheng.exchange.models import Batch

REPORTED = (
    ("read", "读取"), ("accepted", "接收"), ("quarantined", "隔离"), ("created", "新增"), ("updated", "更新"),
    ("unchanged", "未变"), ("review", "待核"),
)  # fmt: skip


@click.command("bring-in")
@click.argument("feed")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default=None, help="来源名称, 默认为数据集名称")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出报告")
def bring_in(feed: str, path: Path, source: str | None, as_json: bool) -> None:
    """接收一个文件 (CSV、XLSX 或 ZIP): 清洗、比对、入库, 报告结果。"""
    boot()
    from django.utils import timezone

    from minzheng.exchange import services
    from minzheng.exchange.declare import UnknownFeedError

    try:
        with path.open("rb") as file:
            batch = services.receive(feed, file, name=path.name, source=source, by=None, at=timezone.now())
    except UnknownFeedError as error:
        raise click.ClickException(str(error)) from error
    with batch_progress(batch, quiet=as_json):
        services.run(batch)
    tell_batch(batch, as_json)


@click.command("resume")
@click.argument("batch_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出报告")
def resume(batch_id: str | None, as_json: bool) -> None:
    """继续被中断的批次; 不指定批次则继续全部未完成的批次。"""
    boot()
    from minzheng.exchange import services

    batches = [_named(batch_id)] if batch_id else services.unfinished()
    reports = []
    for batch in batches:
        with batch_progress(batch, quiet=as_json):
            services.run(batch)
        reports.append(services.report(batch))
        if not as_json:
            tell_batch(batch, as_json)
    if as_json:
        echo_json(reports)
    elif not batches:
        click.echo("没有未完成的批次")


@click.command("batches")
@click.option("--limit", default=20, show_default=True, help="最多列出几个")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def batches(limit: int, as_json: bool) -> None:
    """列出最近的批次。"""
    boot()
    from minzheng.exchange import services
    from minzheng.exchange.models import Batch

    reports = [services.report(b) for b in Batch.objects.order_by("-received_at")[:limit]]
    if as_json:
        echo_json(reports)
        return
    for row in reports:
        click.echo(
            f"{row['batch']}  {row['feed']:<11} {row['stage']:<10} 读取 {row['read']:>9,}  隔离 {row['quarantined']:>7,}"
        )
    if not reports:
        click.echo("还没有批次")


@click.command("batch")
@click.argument("batch_id")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def batch(batch_id: str, as_json: bool) -> None:
    """显示一个批次的报告。"""
    boot()
    tell_batch(_named(batch_id), as_json)


@click.command("feeds")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def feeds(as_json: bool) -> None:
    """列出可接收的数据集、其列, 以及各来源最近到达、是否按期、行数和用时。"""
    boot()
    from django.conf import settings
    from django.utils import timezone

    from minzheng.foundation.access.scope import Scope
    from minzheng.stewardship.resources.reporting import feed_report

    found = feed_report(Scope.system(settings.NODE_DIVISION_CODE), at=timezone.now())
    if as_json:
        echo_json(found)
        return
    for row in found:
        headings = " ".join(c["heading"] + ("*" if c["required"] else "") for c in row["columns"])
        click.echo(f"{row['feed']}  {row['name']}  {row['cycle']}  {row['state_label']}\n    {headings}")
        for source in row["sources"]:
            last = f"{source['last_arrival']:%Y-%m-%d %H:%M}" if source["last_arrival"] else "未到达"
            click.echo(
                f"    · {source['source']}  最近 {last}  {source['state_label']}"
                f"  近三十天 {source['batches']} 批  读取 {source['read']:,}  隔离 {source['quarantined']:,}"
                f"  退回 {source['refused']} 件"
            )


@click.command("quarantine")
@click.argument("batch_id")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写出的 CSV 文件")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def quarantine(batch_id: str, out: Path, as_json: bool) -> None:
    """按来源原有的列导出隔离行及原因, 改正后可直接重新报送。"""
    boot()
    from minzheng.exchange.returning import write_quarantine

    found = _named(batch_id)
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        rows = write_quarantine(found, file, by=None)
    if as_json:
        echo_json({"batch": str(found.id), "rows": rows, "out": str(out)})
    else:
        click.echo(f"已导出 {rows:,} 行到 {out}")


def _named(batch_id: str) -> "Batch":
    from minzheng.exchange.services import BatchStateError, batch_named

    try:
        return batch_named(batch_id)
    except BatchStateError as error:
        raise click.ClickException(str(error)) from error


def tell_batch(batch: "Batch", as_json: bool) -> None:
    """The report; a refused file is a failure."""
    from minzheng.exchange import services
    from minzheng.exchange.models import Batch

    report: dict[str, Any] = services.report(batch)
    if as_json:
        echo_json(report)
    else:
        counts = "  ".join(f"{label} {report[name]:,}" for name, label in REPORTED)
        click.echo(
            f"批次 {report['batch']}\n{counts}\n用时 {report['seconds']} 秒, 每秒 {report['rows_per_s']:,} 行"
        )
        if report["extra_columns"]:
            click.echo(f"标准外的列已保留: {'、'.join(report['extra_columns'])}")
        for heading, version in report["code_versions"].items():
            click.echo(f"“{heading}”按 {version} 版代码识别并转换")
        if report["read"] and report["unchanged"] == report["accepted"]:
            click.echo("内容与已有数据相同, 没有任何变化")
        if report["quarantined"]:
            click.echo(f"隔离行导出: minzheng quarantine {report['batch']} --out 隔离行.csv")
    if batch.stage in (Batch.Stage.REFUSED, Batch.Stage.CANCELLED):
        raise click.ClickException(f"文件被退回, 没有写入任何数据: {batch.problem}")


@contextmanager
def batch_progress(batch: "Batch", *, quiet: bool) -> Iterator[None]:
    """A progress line on standard error while the batch runs, where someone is looking."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(batch, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        click.echo("\r" + " " * 60 + "\r", nl=False, err=True)


def _watch(batch: "Batch", stop: threading.Event) -> None:
    while not stop.wait(0.3):
        filled = int(batch.progress * 30)
        line = f"\r[{'█' * filled}{'·' * (30 - filled)}] {batch.progress:5.0%} {batch.get_stage_display()}   "
        click.echo(line, nl=False, err=True)
