"""What the commands of the standards share (命令公用选项): days, options, refusals in one line."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click

from minzheng.cli.boot import echo_json

JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
BY = click.option("--by", default=None, help="经办人, 默认为当前系统用户")
NOTE = click.option("--note", default="", help="说明")


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD (日期)."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ARG002
        """The day; a click failure in Chinese where it is none (转换)."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            raise click.UsageError(f"“{value}”不是有效日期, 写法为 YYYY-MM-DD", ctx) from None


DAY = Day()


@contextmanager
def told(as_json: bool = False) -> Iterator[None]:
    """What the standards refuse becomes one line and an exit code ≠ 0; every finding is listed before it."""
    from minzheng.standards.errors import LintError, StandardsError

    try:
        yield
    except LintError as error:
        if as_json:
            echo_json({"ok": False, "findings": [finding.as_dict() for finding in error.findings]})
        else:
            for finding in error.findings:
                click.echo(str(finding), err=True)
        raise click.ClickException(f"标准包检查未通过, 共 {len(error.findings)} 处错误") from error
    except (StandardsError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error


def who(name: str | None) -> str:
    """Who acts: the name given, else the system user (经办人)."""
    return name or getpass.getuser()
