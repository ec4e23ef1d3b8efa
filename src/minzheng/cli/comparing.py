"""The command that compares two lists (名单比对命令)."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from minzheng.cli.boot import boot, echo_json
from minzheng.cli.options import BY, JSON, who

if TYPE_CHECKING:
    from minzheng.stewardship.compare.run import Compared

EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
NAMED = 5  # skipped rows named in the report's text


@click.command("compare")
@click.argument("left", type=EXISTING)
@click.argument("right", type=EXISTING, required=False)
@click.option(
    "--columns", "spec_file", type=EXISTING, required=True, help="列对应文件 (YAML): 哪一列按什么比"
)
@click.option("--one-to-one", is_flag=True, help="一行最多对应另一份名单中的一行")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="打分所用引擎",
)
@click.option("--purpose", default="", help="用途, 记入审计; 名单含姓名或号码时必填")
@click.option("--out", required=True, type=OUT, help="写出的 CSV 文件")
@click.option("--model", "model_file", type=OUT, default=None, help="另存估计出的模型 (JSON)")
@BY
@JSON
def compare(
    left: Path, right: Path | None, spec_file: Path, one_to_one: bool, engine: str, purpose: str, out: Path,
    model_file: Path | None, by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """比对两份名单 (CSV 或 XLSX), 有无身份号码均可; 只给一份则查其中的重复。"""
    if one_to_one and right is None:
        raise click.UsageError("--one-to-one 用于两份名单; 只有一份时查的是重复")
    if not out.parent.is_dir():
        raise click.ClickException(f"目录 {out.parent} 不存在")
    for path in (left, right, spec_file):
        if path is not None and out.exists() and path.samefile(out):
            raise click.ClickException(f"--out 不能是输入文件 {path}")
    boot()
    from django.utils import timezone

    from minzheng.exchange.errors import FileRefusedError
    from minzheng.stewardship.compare.run import Source, compared
    from minzheng.stewardship.compare.services import CompareRefusedError, note_comparison
    from minzheng.stewardship.compare.spec import SpecError, read_spec
    from minzheng.stewardship.compare.writing import write_result

    sources = [Source(path, path.name) for path in (left, right) if path is not None]
    try:
        spec = read_spec(spec_file)
        note_comparison(
            spec, [source.name for source in sources], purpose=purpose, by=who(by), at=timezone.now()
        )
        with compared(
            sources[0], sources[1] if right else None, spec,
            one_to_one=one_to_one, engine=engine, progress=_progress(quiet=as_json),
        ) as found:  # fmt: skip
            written = write_result(found, out)
            report = _report(found, written, out, engine)
            if model_file is not None and found.model is not None:
                model_file.write_text(json.dumps(found.model, ensure_ascii=False, indent=1), encoding="utf-8")
    except (SpecError, FileRefusedError, CompareRefusedError) as error:
        raise click.ClickException(str(error)) from error
    _tell(report, as_json)


def _progress(*, quiet: bool) -> Any:
    looking = sys.stderr.isatty() and not quiet

    def tell(step: str, share: float) -> None:
        if looking:
            filled = int(share * 30)
            line = f"\r[{'█' * filled}{'·' * (30 - filled)}] {share:5.0%} {step}   "
            click.echo(line if share < 1 else "\r" + " " * 60 + "\r", nl=False, err=True)

    return tell


def _report(found: "Compared", written: int, out: Path, engine: str) -> dict[str, Any]:
    counts = found.counts()
    return {
        "rows": dict(zip(("left", "right"), found.rows, strict=False)),
        "skipped_rows": {side: rows for side, rows in found.skipped.items() if rows},
        "columns": found.spec.as_dict()["columns"],
        "rules": [rule.sql for rule in found.rules],
        "engine": engine,
        "link_from": found.lines.link_from,
        "review_from": found.lines.review_from,
        "expected_matches": round(found.lines.matches, 1),
        "link": counts["link"],
        "review": counts["review"],
        "written": written,
        "out": str(out),
        "seconds": round(sum(found.timings.values()), 3),
        "timings": found.timings,
    }


def _tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(report)
        return
    rows = " × ".join(f"{count:,}" for count in report["rows"].values())
    click.echo(
        f"{rows} 行  相符 {report['link']:,} 对  待核 {report['review']:,} 对  用时 {report['seconds']} 秒"
    )
    click.echo(
        f"权重不低于 {report['link_from']} 判为相符, 不低于 {report['review_from']} 列为待核; 结果已写出到 {report['out']}"
    )
    for side, numbers in report["skipped_rows"].items():
        named = "、".join(map(str, numbers[:NAMED])) + (" 等" if len(numbers) > NAMED else "")
        click.echo(
            f"{'左' if side == 'left' else '右'}表有 {len(numbers):,} 行的单元格数与表头不符, 没有参加比对: 第 {named} 行",
            err=True,
        )
