"""The command group: lazy loading, plug-ins by entry point, one clear line on failure (命令组)."""

import importlib
import os
import sys
from importlib.metadata import entry_points
from typing import Any

import click

from minzheng import __version__
from minzheng.cli.failing import line_of, usage_line
from minzheng.cli.helping import ChineseHelp

click.Context.formatter_class = ChineseHelp  # of every command, a plug-in's too

COMMANDS = {
    "setup": "minzheng.cli.node:setup",
    "up": "minzheng.cli.node:up",
    "worker": "minzheng.cli.node:worker",
    "user": "minzheng.cli.accounts:user",
    "access": "minzheng.cli.accounts:access",
    "demo": "minzheng.cli.demo:demo",
    "bring-in": "minzheng.cli.exchange:bring_in",
    "resume": "minzheng.cli.exchange:resume",
    "batches": "minzheng.cli.exchange:batches",
    "batch": "minzheng.cli.exchange:batch",
    "exchange": "minzheng.cli.between:exchange",
    "feeds": "minzheng.cli.exchange:feeds",
    "quarantine": "minzheng.cli.exchange:quarantine",
    "source": "minzheng.cli.sources:source",
    "parcel": "minzheng.cli.parcels:parcel",
    "person": "minzheng.cli.registry:person",
    "check": "minzheng.cli.checking:check",
    "review": "minzheng.cli.review:review",
    "compare": "minzheng.cli.comparing:compare",
    "quality": "minzheng.cli.quality:quality",
    "signals": "minzheng.cli.signals:signals",
    "catalogue": "minzheng.cli.catalogue:catalogue",
    "harvest": "minzheng.cli.catalogue:harvest",
    "divisions": "minzheng.cli.divisions:divisions",
    "due": "minzheng.cli.standards:due",
    "standards": "minzheng.cli.standards:standards",
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when asked for (按需加载)."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted({*COMMANDS, *_plugins()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        plugin = _plugins().get(cmd_name)
        return plugin.load() if plugin else None


def _plugins() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group="minzheng.commands")}


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="minzheng", message="%(prog)s %(version)s")
def cli() -> None:
    """民政数据共享交换中心 (civil-affairs data sharing and exchange centre)."""


def main() -> None:
    """Run one command; every failure is one line in Chinese and an exit code ≠ 0."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        _fail("已中断", 130)
    except KeyboardInterrupt:
        _fail("已中断", 130)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        _fail(usage_line(error), error.exit_code)
    except click.ClickException as error:
        if os.environ.get("MINZHENG_DEBUG") == "1" and error.__cause__:
            raise
        _fail(error.format_message(), error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        if os.environ.get("MINZHENG_DEBUG") == "1":
            raise
        _fail(line_of(error), 1)


def _fail(line: str, code: int) -> None:
    click.echo(f"错误: {' '.join(line.split())}", err=True)
    sys.exit(code)
