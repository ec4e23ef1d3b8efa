"""Rows out of JSON (JSON 取行): where they lie, and which path in a row is which heading."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from minzheng.exchange.errors import IntakeError
from minzheng.standards.queries import data_set


def at_path(value: Any, path: str) -> Any:
    """What a dotted path leads to, a number being a place in a list; None where it leads nowhere (按路径取值)."""
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def rows_of(content: bytes, path: str, place: str) -> tuple[Any, list[Any]]:
    """(the whole answer, its rows); raises ``IntakeError``. Numbers stay as they are written, exact to the last digit."""
    try:
        said = json.loads(content, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise IntakeError(f"{place} 返回的不是有效的 JSON, 请核对接口地址和内容格式") from None
    rows = at_path(said, path)
    if rows is None and path and at_path(said, path.rpartition(".")[0]) is not None:
        rows = []  # many systems say null for no rows
    if not isinstance(rows, list):
        raise IntakeError(f"{place} 返回的 JSON 中, “{path or '根部'}”不是行的数组, 请核对“行的位置”")
    if not all(isinstance(row, Mapping) for row in rows):
        raise IntakeError(f"{place} 返回的行不是对象 (名称: 值), 请核对“行的位置”")
    return said, rows


def parse_columns(text: str) -> dict[str, str]:
    """``heading=path`` by lines; raises ``IntakeError`` (列对应)."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        heading, _, path = (part.strip() for part in line.partition("="))
        if not heading or not path:
            raise IntakeError(f"列对应“{line[:60]}”应写为 标准列名=行内路径")
        found[heading] = path
    return found


def columns_of(text: str, feed: str) -> dict[str, tuple[str, ...]]:
    """Heading → paths to try: as mapped, else the standard's own name and its aliases (取用的列).

    Every heading is there whatever the first rows hold: many systems leave out what is empty.
    """
    mapped = parse_columns(text)
    found: dict[str, tuple[str, ...]] = {heading: (path,) for heading, path in mapped.items()}
    for field in data_set(feed).fields:
        if not {field.heading, *field.aliases} & set(mapped):
            found[field.heading] = (field.heading, *field.aliases)
    return found


def pick(row: Any, paths: Sequence[str]) -> Any:
    """The first of the paths that leads to something (取值)."""
    return next((value for path in paths if (value := at_path(row, path)) is not None), None)


def cell(value: Any) -> str:
    """A value as a CSV cell (单元格)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\0", "")
