"""Quality rules: everything they name is there, and no layer asks less than the one above (质量规则检查)."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import Finding, Pack, Row
from minzheng.standards.terms import (
    ALL_FIELDS,
    QUALITY_ARGUMENTS,
    QUALITY_JOINT_FIELDS,
    QUALITY_RULES,
    QUALITY_WITHOUT_FIELDS,
)

_FIXED = {"dimension": "维度", "fields": "列", "rule": "规则"}


def check(pack: Pack, merged: Layers) -> Iterator[Finding]:
    """Faults of the pack's quality rules, seen with those above (质量规则检查)."""
    for row in pack.rows["quality_rules"]:
        if row["data_set"] not in merged.data_sets:
            yield row.finding("data_set", f"数据集“{row['data_set']}”不存在")
            continue
        whole = merged.quality[row["data_set"], row["rule_id"]]
        yield from _fields(row, whole, merged)
        yield from _arguments(row, whole)
        if row["weight"] is not None and not 1 <= row["weight"] <= 100:
            yield row.finding("weight", f"权重 {row['weight']} 应为 1 至 100 的整数")
        if row["target"] and not _is_share(row["target"]):
            yield row.finding("target", f"目标“{row['target']}”应为 0 至 100 的百分数")


def _fields(row: Row, whole: dict[str, Any], merged: Layers) -> Iterator[Finding]:
    rule, fields = whole["rule"], whole["fields"]
    if rule not in QUALITY_RULES:
        if "rule" in row.said:
            yield row.finding("rule", f"质量规则“{rule}”不存在, 可用: {'、'.join(QUALITY_RULES)}")
        return
    for heading in row["fields"]:
        if heading != ALL_FIELDS and (row["data_set"], heading) not in merged.fields:
            yield row.finding("fields", f"数据集“{row['data_set']}”没有列“{heading}”")
    needed = QUALITY_JOINT_FIELDS.get(rule)
    if rule in QUALITY_WITHOUT_FIELDS and fields:
        yield row.finding("fields", f"规则“{QUALITY_RULES[rule]}”不针对某一列, 列应为空")
    elif rule not in QUALITY_WITHOUT_FIELDS and not fields:
        yield row.finding("fields", f"规则“{QUALITY_RULES[rule]}”须写明列")
    elif needed and len(fields) != needed:
        yield row.finding("fields", f"规则“{QUALITY_RULES[rule]}”须写 {needed} 列")


def _arguments(row: Row, whole: dict[str, Any]) -> Iterator[Finding]:
    known = QUALITY_ARGUMENTS.get(whole["rule"], {})
    for text in row["arguments"]:
        name, _, value = text.partition("=")
        if name not in known:
            usable = "、".join(known) or "(无)"
            yield row.finding("arguments", f"参数“{text}”不可用, 该规则的参数: {usable}")
        elif _number(value) is None:
            yield row.finding("arguments", f"参数“{text}”应为 名称=数值")
    if known and not whole["arguments"]:
        yield row.finding("arguments", f"规则“{QUALITY_RULES[whole['rule']]}”须写参数: {'、'.join(known)}")


def not_loosened(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    """Where a lower layer asks something else, or less, than the layer above (不得放宽)."""
    for name, label in _FIXED.items():
        if name in row.said and row[name] != upper[name]:
            before = upper[name] if isinstance(upper[name], str) else "、".join(upper[name])
            yield row.finding(name, f"质量规则的{label}在上级为“{before}”, 下级不能改")
    if row["weight"] is not None and upper["weight"] is not None and row["weight"] < upper["weight"]:
        yield row.finding("weight", f"权重在上级为 {upper['weight']}, 下级不能降为 {row['weight']}")
    asked, stood = _number(row["target"]), _number(upper["target"])
    if asked is not None and stood is not None and asked < stood:
        yield row.finding("target", f"目标在上级为 {upper['target']}%, 下级不能降为 {row['target']}%")
    if "arguments" in row.said:
        yield from _arguments_not_loosened(row, upper)


def _arguments_not_loosened(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    better = QUALITY_ARGUMENTS.get(upper["rule"], {})
    now = dict(text.partition("=")[::2] for text in row["arguments"])
    for text in upper["arguments"]:
        name, _, before = text.partition("=")
        asked, stood = _number(now.get(name, "")), _number(before)
        if name not in now:
            yield row.finding("arguments", f"上级有参数“{text}”, 下级不能去掉")
        elif (
            asked is not None
            and stood is not None
            and asked != stood
            and (asked > stood) != (better.get(name) == "higher")
        ):
            yield row.finding("arguments", f"参数在上级为“{text}”, 下级不能放宽为“{name}={now[name]}”")


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _is_share(text: str) -> bool:
    found = _number(text)
    return found is not None and 0 <= found <= 100
