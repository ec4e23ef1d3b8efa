"""The command that checks the register (完整性检查命令)."""

import click

from minzheng.cli.boot import boot, echo_json, tell_newer_standards


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def check(as_json: bool) -> None:
    """检查基础数据库是否完整一致; 有问题时退出码不为 0。"""
    boot()
    tell_newer_standards()
    from minzheng.registry import integrity

    findings = integrity.check()
    if as_json:
        echo_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.what}: {finding.rows:,} 行, 例如 {'、'.join(finding.examples)}")
    if findings:
        raise click.ClickException(f"基础数据库有 {len(findings)} 类问题")
    if not as_json:
        click.echo("基础数据库完整一致")
