"""Is a pack whole in itself (完整性检查): nothing dangling, doubled, overlapping or unknown."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from minzheng.kernel import division
from minzheng.standards.divisions import holds_for
from minzheng.standards.lint import catalogue, quality, sharing, tree
from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import KINDS, Finding, Pack, Row
from minzheng.standards.packs.finding import WARNING
from minzheng.standards.terms import LEVELS, LIMIT_UNITS, NATIONAL

_LEVEL_OF_DIVISION = {"省": "province", "市": "city", "县": "county"}


def check_integrity(pack: Pack, above: Layers) -> Iterator[Finding]:
    """Faults of the pack itself, references resolved with the layers above (完整性检查)."""
    merged = above.with_pack(pack)
    yield from _header(pack, above)
    yield from _doubles(pack)
    yield from _missing_cells(pack, above)
    yield from _validity(pack)
    yield from _code_tables(pack, merged)
    yield from _mappings(pack, merged)
    yield from catalogue.check(pack, merged)
    yield from quality.check(pack, merged)
    yield from sharing.check(pack, merged)
    yield from _limits(pack)
    yield from tree.check(pack, merged)


def _header(pack: Pack, above: Layers) -> Iterator[Finding]:
    for item in ("id", "name", "level", "version"):
        if not pack.header.get(item):
            yield pack.header_finding(item, f"包说明缺少“{item}”")
    if pack.level and pack.level not in LEVELS:
        yield pack.header_finding("level", f"层级“{pack.level}”应为 {'、'.join(LEVELS)} 之一")
        return
    if pack.level == NATIONAL:
        if pack.division_code:
            yield pack.header_finding("division_code", "部级标准包不应指定区划")
    elif pack.level:
        yield from _header_division(pack)
    if bool(pack.parent) == (pack.level == NATIONAL):
        said = "部级标准包没有上级标准包" if pack.parent else f"{pack.level}级标准包须写明上级标准包 parent"
        yield pack.header_finding("parent", said)
    if above.packs:
        upper = above.packs[-1]
        if pack.level in LEVELS and LEVELS.index(pack.level) <= LEVELS.index(upper.level):
            yield pack.header_finding(
                "level", f"层级“{pack.level}”不低于上级标准包“{upper.id}”的“{upper.level}”"
            )
        if pack.division_code and not holds_for(upper.division_code, pack.division_code):
            yield pack.header_finding(
                "division_code", f"区划 {pack.division_code} 不在上级 {upper.division_code} 之内"
            )


def _header_division(pack: Pack) -> Iterator[Finding]:
    try:
        level = division.level(pack.division_code)
    except ValueError as error:
        yield pack.header_finding("division_code", str(error))
        return
    if level != _LEVEL_OF_DIVISION[pack.level]:
        yield pack.header_finding("division_code", f"区划 {pack.division_code} 与层级“{pack.level}”不符")


def _doubles(pack: Pack) -> Iterator[Finding]:
    for kind in KINDS.values():
        seen: dict[tuple[Any, ...], Row] = {}
        for row in pack.rows[kind.name]:
            first = seen.setdefault(row.key, row)
            if first is not row:
                name = " / ".join(str(part) for part in row.key if part not in (None, ""))
                yield row.finding(kind.key[-1], f"{kind.label}“{name}”重复, 首见于 {first.file}:{first.line}")
    by_id: dict[str, Row] = {}
    for row in pack.rows["elements"]:
        first = by_id.setdefault(row["id"], row)
        if row["id"] and first is not row:
            yield row.finding("id", f"内部标识符“{row['id']}”重复, 首见于 {first.file}:{first.line}")


def _missing_cells(pack: Pack, above: Layers) -> Iterator[Finding]:
    """A row that adds must be complete; one that narrows says only what it narrows."""
    narrows: dict[str, Callable[[Row], bool]] = {
        "elements": lambda row: row["key"] in above.elements,
        "data_sets": lambda row: row["key"] in above.data_sets,
        "data_set_fields": lambda row: (row["data_set"], row["heading"]) in above.fields,
        "data_set_checks": lambda row: (row["data_set"], row["check_id"]) in above.checks,
        "quality_rules": lambda row: (row["data_set"], row["rule_id"]) in above.quality,
        "code_tables": lambda row: row["version"] in above.tables.get(row["table_id"], {}),
        "header": lambda _row: True,
    }
    for kind in KINDS.values():
        needed = [column for column in kind.columns if column.required and column.name not in kind.key]
        is_narrowing = narrows.get(kind.name)
        for row in pack.rows[kind.name]:
            empty = [column for column in needed if column.name not in row.said]
            if empty and not (is_narrowing and is_narrowing(row)):
                yield from (row.finding(column.name, f"{column.label}不能为空") for column in empty)


_VALID_BY = {
    "code_tables": ("table_id",),
    "codes": ("table_id", "version", "code"),
    "parameters": ("key", "division_code"),
    "time_limits": ("step", "division_code"),
    "divisions": ("code",),
}


def _validity(pack: Pack) -> Iterator[Finding]:
    for kind, key in _VALID_BY.items():
        groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in pack.rows[kind]:
            start, end = row["effective_from"], row["effective_to"]
            if start and end and end <= start:
                yield row.finding("effective_to", f"失效日期 {end} 不晚于生效日期 {start}")
            else:
                groups[tuple(row[name] for name in key)].append(row)
        for rows in groups.values():
            yield from _overlaps(rows)


def _overlaps(rows: list[Row]) -> Iterator[Finding]:
    ordered = sorted(rows, key=lambda row: row["effective_from"] or date.min)
    for earlier, later in pairwise(ordered):
        ends = earlier["effective_to"]
        if ends is None or ends > (later["effective_from"] or date.min):
            until = f"至 {ends}" if ends else "未写失效日期"
            yield later.finding(
                "effective_from", f"有效期与 {earlier.file}:{earlier.line} 重叠(前一条{until})"
            )


def _code_tables(pack: Pack, merged: Layers) -> Iterator[Finding]:
    reported: set[str] = set()
    for row in pack.rows["codes"]:
        if row["version"] not in merged.tables.get(row["table_id"], {}):
            if row.file not in reported:
                reported.add(row.file)
                yield Finding(
                    row.file,
                    0,
                    "",
                    f"代码表 {row['table_id']} 版本 {row['version']} 没有在 code_tables.csv 登记",
                )
            continue
        siblings = merged.codes[row["table_id"], row["version"]]
        if row["parent"] and row["parent"] not in siblings:
            yield row.finding("parent", f"上级代码“{row['parent']}”不存在")
        elif row["parent"] == row["code"]:
            yield row.finding("parent", "上级代码不能是自己")
    for row in pack.rows["code_tables"]:
        if not merged.codes.get((row["table_id"], row["version"])):
            yield row.finding("table_id", f"代码表 {row['table_id']} 版本 {row['version']} 没有代码", WARNING)
    yield from _ambiguous_aliases(pack, merged)


def _ambiguous_aliases(pack: Pack, merged: Layers) -> Iterator[Finding]:
    owners: dict[tuple[str, str, str], str] = {}
    for (table_id, version), codes in merged.codes.items():
        owners |= {(table_id, version, row["name"]): row["code"] for row in codes.values()}
    for row in pack.rows["codes"]:
        for alias in row["aliases"]:
            owner = owners.setdefault((row["table_id"], row["version"], alias), row["code"])
            if owner != row["code"]:
                yield row.finding(
                    "aliases", f"别名“{alias}”已指代码 {owner}, 不能再指 {row['code']}", WARNING
                )


def _mappings(pack: Pack, merged: Layers) -> Iterator[Finding]:
    for row in pack.rows["code_mappings"]:
        for end, label in (("from", "原"), ("to", "新")):
            version, code = row[f"{end}_version"], row[f"{end}_code"]
            codes = merged.codes.get((row["table_id"], version))
            if codes is None:
                yield row.finding(f"{end}_code", f"代码表 {row['table_id']} 没有版本 {version}")
            elif code not in codes:
                yield row.finding(
                    f"{end}_code", f"{label}代码“{code}”不在代码表 {row['table_id']} 版本 {version} 之内"
                )


def _limits(pack: Pack) -> Iterator[Finding]:
    for row in pack.rows["time_limits"]:
        if row["unit"] not in LIMIT_UNITS:
            yield row.finding("unit", f"单位“{row['unit']}”应为 {'、'.join(LIMIT_UNITS)} 之一")
        elif not _is_length(row["length"], row["unit"]):
            wanted = "MM-DD" if row["unit"] == "date" else "不为负的整数"
            yield row.finding("length", f"时限“{row['length']}”应为{wanted}")
    yield from _places(pack, (*pack.rows["time_limits"], *pack.rows["parameters"]))


def _is_length(length: str, unit: str) -> bool:
    if unit != "date":
        return length.isdecimal()
    try:
        date.fromisoformat(f"2000-{length}")
    except ValueError:
        return False
    return True


def _places(pack: Pack, rows: Iterable[Row]) -> Iterator[Finding]:
    for row in rows:
        code = row["division_code"]
        try:
            inside = not code or holds_for(pack.division_code, division.normalise(code))
        except ValueError as error:
            yield row.finding("division_code", str(error))
            continue
        if not inside or (not code and pack.division_code):
            said = (
                f"区划 {code} 不在本标准包的区划 {pack.division_code} 之内"
                if code
                else "下级标准包须写明适用区划"
            )
            yield row.finding("division_code", said)
