"""Help pages in Chinese (帮助页): click's own words, for every command and plug-in at once.

Click takes its words from gettext, which answers by the terminal's locale; the product speaks Chinese on any terminal.
"""

import re
import unicodedata
from collections.abc import Iterable

import click

HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
SENTENCES = {"Show this message and exit.": "显示本帮助。", "Show the version and exit.": "显示版本号。"}
VALUES = {
    "TEXT": "文本", "INTEGER": "整数", "INTEGER RANGE": "整数", "FLOAT": "小数", "FLOAT RANGE": "小数",
    "FILE": "文件", "DIRECTORY": "目录", "PATH": "路径", "BOOLEAN": "是或否", "UUID": "标识",
}  # fmt: skip
USAGE = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
EXTRAS = {"required": "必填", "default: ": "默认: ", "env var: ": "环境变量: ", "(dynamic)": "(当时决定)"}
GAP = 2
FIRST_COLUMN = 34  # cells; a longer name has its explanation on the next line
_PIECES = re.compile(r"[\u2e80-\uffef]|\s+|[^\s\u2e80-\uffef]+")


class ChineseHelp(click.HelpFormatter):
    """Click's help page with Chinese words, columns aligned by the cells characters take (帮助页)."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for word, said in USAGE.items():
            args = args.replace(word, said)
        super().write_usage(prog, args, prefix or "用法: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(HEADINGS.get(heading, heading))

    def write_dl(
        self,
        rows: Iterable[tuple[str, str]],
        col_max: int = FIRST_COLUMN,
        col_spacing: int = GAP,
    ) -> None:
        said = [(_named(first), _explained(second)) for first, second in rows]
        column = max((cells(first) for first, _ in said if cells(first) <= col_max), default=0) + col_spacing
        margin = " " * self.current_indent
        for first, second in said:
            lines = wrapped(second, max(20, self.width - self.current_indent - column))
            beside = cells(first) <= column - col_spacing and lines
            self.write(
                f"{margin}{first}{' ' * (column - cells(first)) + lines.pop(0) if beside else ''}".rstrip()
                + "\n"
            )
            for line in lines:
                self.write(f"{margin}{' ' * column}{line}\n")


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Chinese character (显示宽度)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` cells, broken between Chinese characters or words (折行)."""
    lines: list[str] = []
    line = ""
    for piece in _PIECES.findall(text):
        if line and cells(line) + cells(piece) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _named(first: str) -> str:
    """``--port INTEGER`` with the kind of value in Chinese."""
    for kind in sorted(VALUES, key=len, reverse=True):
        if first.endswith(f" {kind}"):
            return f"{first.removesuffix(kind)}{VALUES[kind]}"
    return first


def _explained(second: str) -> str:
    if second in SENTENCES:
        return SENTENCES[second]
    found = re.search(r"(?:^|  )\[[^\[\]]*\]$", second)
    if not found:
        return second
    extra = found[0]
    for word, said in EXTRAS.items():
        extra = re.sub(rf"(?<=[\[ ]){re.escape(word)}", said, extra)
    return second[: found.start()] + extra
