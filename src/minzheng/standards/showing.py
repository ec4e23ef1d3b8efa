"""One standard as plain data, for the command line (单项查看)."""

from dataclasses import asdict
from typing import Any

from minzheng.standards import queries
from minzheng.standards.errors import UnknownStandardError


def shown(kind: str, key: str) -> dict[str, Any]:
    """Everything known of one thing (查看). UnknownStandardError where there is none."""
    makers = {
        "element": lambda: asdict(queries.element(key)),
        "data_set": lambda: asdict(queries.data_set(key)),
        "code_table": lambda: _code_table(key),
        "division": lambda: _division(key),
        "parameter": lambda: _rules("参数", key, queries.rulebook().parameters(), "key"),
        "time_limit": lambda: _rules("环节", key, queries.rulebook().time_limits(), "step"),
    }
    found: dict[str, Any] = makers[kind]()
    return found


def _code_table(key: str) -> dict[str, Any]:
    book = queries.code_book()
    versions = book.versions(key)
    return asdict(book.current(key)) | {
        "versions": [{"version": v.version, "standard_no": v.standard_no} for v in versions],
        "codes": [asdict(code) for code in book.codes(key)],
    }


def _division(key: str) -> dict[str, Any]:
    tree = queries.division_tree()
    spec = tree.get(key)
    return asdict(spec) | {
        "full_name": tree.full_name(key),
        "spans": [asdict(span) for span in tree.spans(key)],
        "changes": [asdict(c) for c in tree.changes if key in (c.from_code, c.to_code)],
        "children": [{"code": child.code, "name": child.name} for child in tree.children(key)],
    }


def _rules(what: str, key: str, rules: list[Any], name: str) -> dict[str, Any]:
    found = [asdict(rule) for rule in rules if getattr(rule, name) == key]
    if not found:
        raise UnknownStandardError(f"没有{what}“{key}”")
    return {name: key, "rules": found}
