"""How a data set is shared and opened: its codes known, its reasons given, no layer wider than the one above (共享开放检查)."""

from collections.abc import Iterator
from typing import Any

from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import Finding, Pack, Row
from minzheng.standards.packs.finding import WARNING
from minzheng.standards.terms import NOT_SHARED, OPEN_ON_CONDITION, SHARE_METHODS, SHARED_ON_CONDITION

_CODED = {
    "business_code": ("BUSINESS_DOMAIN", "业务域"),
    "share_type": ("SHARE_TYPE", "共享类型"),
    "open_type": ("OPEN_TYPE", "开放类型"),
    "update_cycle": ("UPDATE_CYCLE", "更新周期"),
}
# Codes in the order of their tables: from wide to narrow, from often to seldom.
_ORDERED = {"share_type": "共享类型", "open_type": "开放类型"}


def check(pack: Pack, merged: Layers) -> Iterator[Finding]:
    """Faults of what the pack says of sharing, seen with the layers above (共享开放检查)."""
    for row in pack.rows["data_sets"]:
        yield from _codes(row, merged)
        yield from _reasons(row, merged.data_sets[row["key"]])
        for method in row["share_methods"]:
            if method not in SHARE_METHODS:
                usable = "、".join(SHARE_METHODS)
                yield row.finding("share_methods", f"共享方式“{method}”不存在, 可用: {usable}")


def _codes(row: Row, merged: Layers) -> Iterator[Finding]:
    for name, (table_id, label) in _CODED.items():
        known = merged.codes_of(table_id)
        if row[name] and known is not None and row[name] not in known:
            yield row.finding(name, f"{label}“{row[name]}”不在代码表 {table_id} 之内")


def _reasons(row: Row, whole: dict[str, Any]) -> Iterator[Finding]:
    """What is not shared needs a law (国发〔2016〕51号 第五条); what is shared or opened on a condition, the condition."""
    if whole["share_type"] == NOT_SHARED and not whole["share_basis"]:
        yield row.finding("share_basis", "不共享的数据集须写明法律、行政法规或国务院政策依据")
    if whole["share_type"] == SHARED_ON_CONDITION and not whole["share_condition"]:
        yield row.finding("share_condition", "受限共享的数据集应写明共享条件", WARNING)
    if whole["open_type"] == OPEN_ON_CONDITION and not whole["open_condition"]:
        yield row.finding("open_condition", "受限开放的数据集应写明开放条件", WARNING)


def not_loosened(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    """Where a lower layer shares or opens more widely, or promises to deliver more seldom (不得放宽)."""
    for name, label in _ORDERED.items():
        if row[name] and upper[name] and row[name] < upper[name]:
            yield row.finding(name, f"{label}在上级为 {upper[name]}, 下级不能放宽为 {row[name]}")
    cycle, before = row["update_cycle"], upper["update_cycle"]
    if cycle and before and cycle > before:
        yield row.finding("update_cycle", f"更新周期在上级为 {before}, 下级不能放慢为 {cycle}")
