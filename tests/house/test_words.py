"""Words: docstrings for who reads the code, Chinese for who uses the product."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.house.source import place, public_definitions, python_files, said_above, tree

from minzheng.cli.group import cli

CHINESE = re.compile("[㐀-鿿]")


def test_every_module_says_what_belongs_in_it():
    silent = [place(path) for path in python_files() if not ast.get_docstring(tree(path))]
    assert not silent


def test_everything_public_has_a_docstring():
    silent = [
        f"{place(path)}: {name}"
        for path in python_files()
        for name, node in public_definitions(path)
        if not ast.get_docstring(node)
        and name.split(".")[0] not in _protocols(path)
        and not _speaks_for_itself(name, node)
        and not said_above(path, name)
    ]
    assert not silent


def _speaks_for_itself(name: str, node: ast.AST) -> bool:
    """Django's Meta, and choices inside the model whose docstring explains them."""
    return isinstance(node, ast.ClassDef) and "." in name and (node.name == "Meta" or _is_choices(node))


def _protocols(path: Path) -> set[str]:
    """Protocols name the columns they need; what those are stands with the table."""
    return {
        node.name
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
        and ast.get_docstring(node)
        and any(ast.unparse(b) == "Protocol" for b in node.bases)
    }


def _is_choices(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Choices") for base in node.bases)


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from commands(found, f"{name} {child}")


COMMANDS = dict(commands(cli, "minzheng"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_in_chinese(name):
    command = COMMANDS[name]
    assert command.help and CHINESE.search(command.help)
    unexplained = [
        parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        and parameter.name != "version"
        and not parameter.hidden
        and not CHINESE.search(parameter.help or "")
    ]
    assert not unexplained


CLICKS_WORDS = re.compile(r"Usage|Options|Commands|Show |required|default:|env var|\[OPTIONS|COMMAND|ARGS")
CLICKS_KINDS = re.compile(
    r"^  -.* (TEXT|INTEGER|INTEGER RANGE|FLOAT|FILE|DIRECTORY|PATH)(?:  |$)", re.MULTILINE
)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_page_has_no_english_words_of_clicks(name):
    done = CliRunner().invoke(cli, [*name.split()[1:], "--help"])
    assert done.exit_code == 0 and done.output.startswith("用法: ")
    assert not CLICKS_WORDS.findall(done.output) and not CLICKS_KINDS.findall(done.output)
    assert "选项:" in done.output and "显示本帮助。" in done.output


def test_the_commands_are_all_there():
    assert len(COMMANDS) > 25
