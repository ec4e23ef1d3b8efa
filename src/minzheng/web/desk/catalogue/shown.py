"""Entries as the pages show them (条目的写法): codes said in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minzheng.sharing.catalogue.content import Difference, said
from minzheng.sharing.catalogue.terms import CONTENT_LABELS, METHODS
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import label

# Fields that hold codes → the code table that names them.
_TABLES = {
    "share_type": "SHARE_TYPE",
    "open_type": "OPEN_TYPE",
    "cycle": "UPDATE_CYCLE",
    "business": "BUSINESS_DOMAIN",
}
_CONFIDENCE = {"confirmed": "已核", "to_check": "待核"}
_TONES = {"1": "ok", "2": "warn", "3": "bad"}
# Fields that are not part of the catalogue's own list: what other portals say beyond it.
_FOREIGN = {
    "modified": "修改日期", "keywords": "关键词", "themes": "主题", "landing_page": "介绍页", "distributions": "取得方式",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A field of an entry and its value in words (一项)."""

    name: str
    label: str
    value: str
    wide: bool


def lines(content: Mapping[str, Any]) -> list[Line]:
    """The core metadata in the order of the catalogue, without the items, which have a table of their own (核心元数据)."""
    labels = CONTENT_LABELS | _FOREIGN
    found = []
    for name, text in labels.items():
        if name == "items" or name not in content:
            continue
        value = in_words(name, content[name])
        found.append(Line(name, text, value, len(value) > 30))
    return found


def in_words(name: str, value: Any) -> str:
    """A field's value as officials read it (写法)."""
    if name in _TABLES and isinstance(value, str) and value:
        return coded(_TABLES[name], value)
    if name == "methods" and isinstance(value, list):
        return "、".join(METHODS.get(str(one), str(one)) for one in value)
    if name == "confidence":
        return _CONFIDENCE.get(str(value), str(value))
    return said(value)


def share(code: str) -> tuple[str, str]:
    """A share type in words and its tone (共享类型)."""
    return (coded("SHARE_TYPE", code) if code else "未说明"), _TONES.get(code, "")


def differing(found: list[Difference]) -> list[Difference]:
    """Differences with codes in words; of the items only their names (差异的写法)."""
    return [
        Difference(one.name, one.label, _words(one.name, one.before), _words(one.name, one.after))
        for one in found
    ]


def _words(name: str, text: str) -> str:
    if name == "methods":
        return in_words(name, text.split("；") if text else [])
    return in_words(name, text)


def coded(table: str, code: str) -> str:
    """A code's name, the code itself where it has none here (代码名称)."""
    try:
        return label(table, code)
    except UnknownStandardError:
        return code
