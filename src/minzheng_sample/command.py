"""``minzheng sample``: write a sample of department files with its truth (样例)."""

import json
import os
from datetime import datetime
from pathlib import Path

import click

_PACK = Path("packs") / "zhejiang" / "divisions" / "divisions.csv"


@click.command("sample", help="写出一套仿真的部门数据文件(含真值), 供演示、测试和评测使用。")
@click.option(
    "--persons", type=click.IntRange(200, 20_000_000), default=5000, show_default=True, help="人数。"
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="随机种子, 相同则文件逐字节相同。"
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="输出目录。")
@click.option("--single", is_flag=True, help="每种数据写成一个规整的 UTF-8 CSV。")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True, help="低保发放的月数。")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), default="2026-06-30", show_default=True, help="数据截止日。"
)
@click.option(
    "--divisions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="区划文件, 默认取标准包。",
)
@click.option(
    "--dirt", multiple=True, metavar="名称=比例", help="改一种脏数据的比例, 可多次, 如 reentered=0.1。"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出报告。")
def sample(
    persons: int,
    seed: int,
    out: Path,
    single: bool,
    months: int,
    today: datetime,
    divisions: Path | None,
    dirt: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write the files and say what was written (写样例)."""
    from minzheng_sample.dirt import with_shares
    from minzheng_sample.divisions import read_divisions
    from minzheng_sample.sample import make_sample

    path = divisions or find_pack()
    if out.exists() and any(out.iterdir()):
        raise click.ClickException(f"输出目录不是空的: {out}")
    try:
        report = make_sample(
            read_divisions(path),
            out,
            persons=persons,
            seed=seed,
            today=today.date(),
            months=months,
            single=single,
            share=with_shares(dirt),
            say=lambda line: click.echo(line, err=True),
        )
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"out": str(out), **vars(report)}, ensure_ascii=False, indent=2))
        return
    for feed, rows in report.rows.items():
        click.echo(f"{feed}\t{rows:,} 行")
    click.echo(f"已写入 {out}")


def find_pack() -> Path:
    """The shipped packs' divisions (找区划文件): ``MINZHENG_PACKS``, this checkout, the working folder."""
    named = os.environ.get("MINZHENG_PACKS")
    roots = [Path(named).parent] if named else []
    roots += [Path(__file__).resolve().parents[2], Path.cwd()]
    for root in roots:
        if (root / _PACK).is_file():
            return root / _PACK
    raise click.ClickException("找不到标准包中的区划文件 divisions.csv, 请用 --divisions 指定")
