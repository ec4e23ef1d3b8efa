"""Names and queries an administrator gives (表名与查询), checked before a server sees them."""

import re

from minzheng.exchange.errors import SourceError

NAME = re.compile(r"[\w$#·()（）/ -]{1,64}")
# Inside parentheses and a read-only transaction these would fail or lock anyway; here it is said clearly.
FORBIDDEN = re.compile(
    r"\b(into|insert|delete|drop|alter|truncate|grant|revoke|call|copy|lock)\b|\bfor\s+(no\s+key\s+)?(update|share|key)\b"
)
QUOTES = {"'", '"', "`"}


def check_name(name: str, what: str) -> str:
    """A column or table name as it may stand between quotes; raises ``SourceError``."""
    if not NAME.fullmatch(name) or not name.strip():
        raise SourceError(f"{what}“{name[:64]}”含有不允许的字符")
    return name


def table_parts(table: str) -> tuple[str, ...]:
    """``schema.table`` or ``table`` in parts; raises ``SourceError``."""
    parts = tuple(part.strip() for part in table.split("."))
    if len(parts) > 2:
        raise SourceError(f"表名“{table[:64]}”应写为 表名 或 模式.表名")
    return tuple(check_name(part, "表名") for part in parts)


def check_query(query: str) -> str:
    """A query that is one SELECT and nothing else, its last semicolon gone; raises ``SourceError``."""
    text = query.strip().rstrip(";").strip()
    bare = _without_literals(text)
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        raise SourceError("查询应为一条 SELECT 语句")
    if ";" in bare:
        raise SourceError("查询只能是一条 SELECT 语句, 不能含分号")
    if "--" in bare or "/*" in bare or "#" in bare:
        raise SourceError("查询中不能有注释")
    if "$$" in bare or re.search(r"\$\w+\$", bare):
        raise SourceError("查询中不能有 $$ 字符串")
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth:
        raise SourceError("查询中的括号不配对")
    if found := FORBIDDEN.search(bare.lower()):
        raise SourceError(f"查询只能读取, 不能含 {found[0].upper()}")
    return text


def _without_literals(text: str) -> str:
    """The query with what stands between quotes taken out.

    A backslash before a quote means one thing to MySQL and another to PostgreSQL, so it is not taken.
    """
    kept: list[str] = []
    quote = ""
    for character in text:
        if quote:
            if character == "\\" and quote != "`":
                raise SourceError("查询的字符串中不能有反斜杠")
            if character == quote:  # a doubled quote closes and opens again: nothing is lost
                quote = ""
                kept.append(" ")
        elif character in QUOTES:
            quote = character
        else:
            kept.append(character)
    if quote:
        raise SourceError("查询中的引号不配对")
    return "".join(kept)
