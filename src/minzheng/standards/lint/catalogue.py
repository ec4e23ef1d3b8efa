"""Elements and data sets: every format, domain, rule and reference known (数据元与数据集检查)."""

from collections import defaultdict
from collections.abc import Iterator

from minzheng.standards.formats import parse_format, parse_range
from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import Finding, Pack, Row
from minzheng.standards.terms import CHECK_RULES, DIVISION_DOMAIN, LEVELS, RULES, SEVERITIES


def check(pack: Pack, merged: Layers) -> Iterator[Finding]:
    """Faults of elements, data sets, fields and checks (目录检查)."""
    for row in pack.rows["elements"]:
        yield from _element(pack, row, merged)
    with_fields = {data_set for data_set, _ in merged.fields}
    for row in pack.rows["data_sets"]:
        if row["key"] not in with_fields:
            yield row.finding("key", f"数据集“{row['key']}”没有字段")
    for row in pack.rows["data_set_fields"]:
        if row["data_set"] not in merged.data_sets:
            yield row.finding("data_set", f"数据集“{row['data_set']}”不存在")
        if row["element"] and row["element"] not in merged.elements:
            yield row.finding("element", f"数据元“{row['element']}”不存在")
    yield from _shared_headings(pack)
    for row in pack.rows["data_set_checks"]:
        yield from _data_set_check(row, merged)


def _element(pack: Pack, row: Row, merged: Layers) -> Iterator[Finding]:
    if row["format"]:
        try:
            parse_format(row["format"])
        except ValueError as error:
            yield row.finding("format", str(error))
    domain = row["value_domain"]
    if domain and domain != DIVISION_DOMAIN and domain not in merged.tables and parse_range(domain) is None:
        yield row.finding("value_domain", f"值域“{domain}”不是已有的代码表")
    if row["rule"] and row["rule"] not in RULES:
        yield row.finding("rule", f"校验规则“{row['rule']}”不存在, 可用: {'、'.join(RULES)}")
    owner = row["owner_level"]
    if owner and pack.level in LEVELS and LEVELS.index(owner) < LEVELS.index(pack.level):
        added_here = all(
            row["key"] not in {r["key"] for r in upper.rows["elements"]} for upper in merged.packs[:-1]
        )
        if added_here:
            yield row.finding("owner_level", f"{pack.level}级标准包新增的数据元, 归属层级不能是“{owner}”")
    holder = merged.element_ids.get(row["id"], row["key"])
    if row["id"] and holder != row["key"]:
        yield row.finding("id", f"内部标识符“{row['id']}”已属于数据元“{holder}”")


def _shared_headings(pack: Pack) -> Iterator[Finding]:
    """A heading or alias must point at one column only, or a file's header cannot be read."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    rows = pack.rows["data_set_fields"]
    for row in rows:
        names[row["data_set"]][row["heading"]] = row["heading"]
    for row in rows:
        for alias in row["aliases"]:
            owner = names[row["data_set"]].setdefault(alias, row["heading"])
            if owner != row["heading"]:
                yield row.finding("aliases", f"列名别名“{alias}”已指“{owner}”")


def _data_set_check(row: Row, merged: Layers) -> Iterator[Finding]:
    if row["data_set"] not in merged.data_sets:
        yield row.finding("data_set", f"数据集“{row['data_set']}”不存在")
        return
    for heading in row["fields"]:
        if (row["data_set"], heading) not in merged.fields:
            yield row.finding("fields", f"数据集“{row['data_set']}”没有列“{heading}”")
    if row["rule"] and row["rule"] not in CHECK_RULES:
        yield row.finding("rule", f"校验规则“{row['rule']}”不存在, 可用: {'、'.join(CHECK_RULES)}")
    if row["severity"] and row["severity"] not in SEVERITIES:
        yield row.finding("severity", f"处理“{row['severity']}”应为 {'、'.join(SEVERITIES)} 之一")
