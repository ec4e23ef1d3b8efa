"""Does a layer keep within those above (逐级扩展检查)? It may add and narrow, never redefine or loosen.

Narrowing is: a value domain that is a subset, a shorter format, a tighter number range, a check made
stricter, a field made required, a datum made sensitive or of a higher level, a time limit made shorter.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from minzheng.standards.divisions import holds_for
from minzheng.standards.formats import parse_format, parse_range, range_is_within
from minzheng.standards.lint import quality, sharing
from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import Finding, Pack, Row
from minzheng.standards.packs.finding import WARNING
from minzheng.standards.terms import DATA_LEVELS, SEVERITIES

_FIXED_IN_ELEMENT = {
    "id": "内部标识符", "name": "中文名称", "name_en": "英文名称", "definition": "定义", "object_class":
    "对象类词", "property": "特性词", "representation": "表示词", "data_type": "数据类型", "unit": "计量单位",
    "owner_level": "归属层级",
}  # fmt: skip
_FIXED_IN_DATA_SET = {
    "name": "名称",
    "business_code": "业务域",
    "subject": "主题对象",
    "authoritative_source": "权威来源",
}
_FIXED_IN_FIELD = {"element": "数据元", "role": "角色", "is_key": "主键"}
_FIXED_IN_CHECK = {"fields": "列", "rule": "规则"}


def check_layering(pack: Pack, above: Layers) -> Iterator[Finding]:
    """Where the pack redefines or loosens what stands above (逐级扩展检查)."""
    if not above.packs:
        return
    merged = above.with_pack(pack)
    yield from _tables(pack, above)
    for row in pack.rows["elements"]:
        if row["key"] in above.elements:
            yield from _element(row, above.elements[row["key"]], merged)
    for row in pack.rows["data_sets"]:
        if row["key"] in above.data_sets:
            upper = above.data_sets[row["key"]]
            yield from _unchanged(row, upper, _FIXED_IN_DATA_SET, "数据集")
            yield from _level_not_lowered(row, upper)
            yield from sharing.not_loosened(row, upper)
    for row in pack.rows["data_set_fields"]:
        if (row["data_set"], row["heading"]) in above.fields:
            yield from _field(row, above.fields[row["data_set"], row["heading"]])
        elif row["required"] and row["data_set"] in above.data_sets:
            yield row.finding("required", "给上级数据集新增的列设为必填, 上级来的文件将缺这一列", WARNING)
    for row in pack.rows["data_set_checks"]:
        if (row["data_set"], row["check_id"]) in above.checks:
            yield from _check(row, above.checks[row["data_set"], row["check_id"]])
    for row in pack.rows["quality_rules"]:
        if (row["data_set"], row["rule_id"]) in above.quality:
            yield from quality.not_loosened(row, above.quality[row["data_set"], row["rule_id"]])
    for row in pack.rows["time_limits"]:
        yield from _time_limit(row, above)
    yield from _divisions(pack, above)


def _tables(pack: Pack, above: Layers) -> Iterator[Finding]:
    for row in pack.rows["code_tables"]:
        versions = above.tables.get(row["table_id"])
        if versions is None:
            continue
        upper = versions.get(row["version"])
        if upper is None:
            yield row.finding(
                "version", f"代码表 {row['table_id']} 由上级制定, 下级不能另立版本 {row['version']}"
            )
        else:
            fixed = {
                "name": "名称",
                "standard_no": "标准号",
                "effective_from": "生效日期",
                "effective_to": "失效日期",
            }
            yield from _unchanged(row, upper.values, fixed, "代码表")
    for row in pack.rows["codes"]:
        upper = above.codes.get((row["table_id"], row["version"]), {}).get(row["code"])
        if upper is not None and (upper["name"] != row["name"] or upper["parent"] != row["parent"]):
            yield row.finding("name", f"代码 {row['code']} 在上级为“{upper['name']}”, 下级不能重新定义")
    for row in pack.rows["code_mappings"]:
        key = (row["table_id"], row["from_version"], row["to_version"])
        upper = above.mappings.get(key, {}).get(row["from_code"])
        if upper is not None and upper["to_code"] != row["to_code"]:
            yield row.finding("to_code", f"原代码 {row['from_code']} 在上级已对照到 {upper['to_code']}")


def _unchanged(row: Row, upper: dict[str, Any], fixed: dict[str, str], what: str) -> Iterator[Finding]:
    for name, label in fixed.items():
        if name in row.said and row[name] != upper[name]:
            yield row.finding(
                name, f"{what}的{label}在上级为“{_say(upper[name])}”, 下级不能改为“{_say(row[name])}”"
            )


def _say(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(value)
    return {True: "1", False: "0", None: ""}.get(value, str(value))


def _element(row: Row, upper: dict[str, Any], merged: Layers) -> Iterator[Finding]:
    yield from _unchanged(row, upper, _FIXED_IN_ELEMENT, "数据元")
    yield from _level_not_lowered(row, upper)
    if upper["sensitive"] and "sensitive" in row.said and not row["sensitive"]:
        yield row.finding("sensitive", "上级定为敏感的数据元, 下级不能取消")
    if upper["rule"] and "rule" in row.said and row["rule"] != upper["rule"]:
        yield row.finding("rule", f"校验规则在上级为“{upper['rule']}”, 下级不能改为“{row['rule']}”")
    if row["format"]:
        try:
            fits = parse_format(row["format"]).is_within(parse_format(upper["format"]))
        except ValueError:
            fits = True  # the format itself is reported by the integrity check
        if not fits:
            yield row.finding("format", f"表示格式“{row['format']}”宽于上级的“{upper['format']}”")
    if row["value_domain"] and row["value_domain"] != upper["value_domain"]:
        yield from _domain(row, upper["value_domain"], merged)


def _domain(row: Row, outer: str, merged: Layers) -> Iterator[Finding]:
    if not outer:
        return  # a free value may be narrowed to any domain
    inner = row["value_domain"]
    inner_range, outer_range = parse_range(inner), parse_range(outer)
    if inner_range and outer_range:
        if not range_is_within(inner_range, outer_range):
            yield row.finding("value_domain", f"数值范围“{inner}”宽于上级的“{outer}”")
        return
    inner_codes, outer_codes = merged.codes_of(inner), merged.codes_of(outer)
    if inner_codes is None or outer_codes is None:
        yield row.finding("value_domain", f"值域在上级为“{outer}”, 下级只能收窄, 不能改为“{inner}”")
        return
    extra = [code for code in inner_codes if code not in outer_codes]
    renamed = [c for c, r in inner_codes.items() if c in outer_codes and outer_codes[c]["name"] != r["name"]]
    if extra:
        yield row.finding("value_domain", f"值域“{inner}”超出上级“{outer}”的代码: {'、'.join(extra[:10])}")
    if renamed:
        yield row.finding("value_domain", f"值域“{inner}”改变了上级代码的含义: {'、'.join(renamed[:10])}")


def _level_not_lowered(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    level, above = row["data_level"], upper["data_level"]
    if level and above and DATA_LEVELS.index(level) < DATA_LEVELS.index(above):
        yield row.finding("data_level", f"数据级别在上级为 {above}, 下级不能降为 {level}")


def _field(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    yield from _unchanged(row, upper, _FIXED_IN_FIELD, "字段")
    if upper["required"] and "required" in row.said and not row["required"]:
        yield row.finding("required", f"列“{row['heading']}”在上级为必填, 下级不能改为选填")


def _check(row: Row, upper: dict[str, Any]) -> Iterator[Finding]:
    yield from _unchanged(row, upper, _FIXED_IN_CHECK, "校验")
    order = list(SEVERITIES)
    now, before = row["severity"], upper["severity"]
    if now in order and before in order and order.index(now) < order.index(before):
        yield row.finding("severity", f"校验在上级为“{before}”, 下级不能放宽为“{now}”")


def _time_limit(row: Row, above: Layers) -> Iterator[Finding]:
    for upper in above.limits:
        if upper["step"] != row["step"] or not _share_a_day(upper, row):
            continue
        if not holds_for(upper["division_code"], row["division_code"]):
            continue
        if upper["direction"] and row["direction"] and upper["direction"] != row["direction"]:
            yield row.finding(
                "direction", f"方向在上级为“{upper['direction']}”, 下级不能改为“{row['direction']}”"
            )
        elif row["direction"] == "before" and _not_longer(row, upper) and not _not_longer(upper, row):
            # Days of notice: fewer of them asks less, though the limit is shorter. Local law does so; both
            # then hold.
            limit = f"{upper['length']}{upper['unit']}"
            said = f"提前期 {row['length']}{row['unit']} 短于上级的 {limit}, 两者并存时从严"
            yield row.finding("length", said, WARNING)
        elif not _not_longer(row, upper):
            yield row.finding(
                "length",
                f"时限在上级为 {upper['length']}{upper['unit']}({upper.file}:{upper.line}), "
                f"下级只能缩短, 不能定为 {row['length']}{row['unit']}",
            )


def _share_a_day(one: Row, other: Row) -> bool:
    start = max(one["effective_from"] or date.min, other["effective_from"] or date.min)
    return start < min(one["effective_to"] or date.max, other["effective_to"] or date.max)


# The fewest and the most calendar days one unit may be. The longest rest in a year is under two weeks, so n
# workdays are surely over within n weeks and a fortnight.
_DAYS = {"hour": (0, 1), "CD": (1, 1), "WD": (1, 7), "M": (28, 31), "Y": (365, 366)}


def _not_longer(row: Row, upper: Row) -> bool:
    unit, outer = row["unit"], upper["unit"]
    if "date" in (unit, outer):
        return unit == outer and bool(row["length"] <= upper["length"])
    if (
        unit not in _DAYS
        or outer not in _DAYS
        or not (row["length"].isdecimal() and upper["length"].isdecimal())
    ):
        return True  # reported by the integrity check
    length, limit = int(row["length"]), int(upper["length"])
    if unit == outer or (unit, outer) == ("CD", "WD"):
        return length <= limit
    if unit == "hour":
        return length <= limit * _DAYS[outer][0] * 24
    if outer == "hour":
        return length * _DAYS[unit][1] * 24 <= limit
    most = length * _DAYS[unit][1] + (14 if unit == "WD" else 0)
    return most <= limit * _DAYS[outer][0]


def _divisions(pack: Pack, above: Layers) -> Iterator[Finding]:
    for row in pack.rows["divisions"]:
        for upper in above.divisions.get(row["code"], ()):
            if _share_a_day(upper, row) and upper["name"] != row["name"]:
                yield row.finding("name", f"区划 {row['code']} 在上级为“{upper['name']}”, 下级不能改名")
