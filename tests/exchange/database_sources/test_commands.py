"""Sources from the command line."""

from contextlib import contextmanager

from click.testing import CliRunner
from tests.exchange.database_sources.pulling import (
    COLUMNS,
    minutes_ago,
    put,
)

from minzheng.cli import sources as cli


@contextmanager
def _no_boot(monkeypatch):
    monkeypatch.setattr(cli, "boot", lambda: None)
    yield CliRunner()


def test_from_the_command_line(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    with _no_boot(monkeypatch) as runner:
        more = [f"--column={heading}={column}" for heading, column in COLUMNS.items()]
        add = [
            "add",
            "市人口库",
            "--feed=persons",
            "--table=rk",
            "--key=id",
            "--time=gxsj",
            "--overlap=2h",
            "--json",
            *more,
        ]
        added = runner.invoke(cli.source, add, env={"MINZHENG_SOURCE_URL": server.url})
        assert added.exit_code == 0, added.output
        assert '"overlap_s": 7200' in added.output
        again = runner.invoke(cli.source, add, env={"MINZHENG_SOURCE_URL": server.url})
        assert again.exit_code != 0 and "已经登记" in again.output
        assert "待抽取 1 行" in runner.invoke(cli.source, ["test", "市人口库"]).output
        assert "新增 1" in runner.invoke(cli.source, ["pull", "市人口库"]).output
        assert '"unchanged": 1' in runner.invoke(cli.source, ["pull", "--all", "--json"]).output
        assert "市人口库  persons" in runner.invoke(cli.source, ["list"]).output
        shown = runner.invoke(cli.source, ["show", "市人口库"]).output
        assert "水位" in shown and "gxsj" in shown
        server.run("DROP TABLE rk")
        failed = runner.invoke(cli.source, ["pull", "--all"])
        assert failed.exit_code != 0 and "没有这个表" in failed.output
        assert runner.invoke(cli.source, ["remove", "市人口库", "--yes"]).exit_code == 0
        gone = runner.invoke(cli.source, ["pull", "市人口库"])
        assert gone.exit_code != 0 and "没有来源库" in gone.output
