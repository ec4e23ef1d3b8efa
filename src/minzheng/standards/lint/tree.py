"""The division tree: codes sound, parents there, history joined to it (区划检查)."""

from collections.abc import Iterator

from minzheng.kernel import division
from minzheng.standards.divisions import holds_for
from minzheng.standards.lint.above import Layers
from minzheng.standards.packs import Finding, Pack, Row
from minzheng.standards.packs.columns import BOUNDARIES_PATH
from minzheng.standards.packs.finding import WARNING


def check(pack: Pack, merged: Layers) -> Iterator[Finding]:
    """Faults of divisions, their changes and their areas (区划检查)."""
    for row in pack.rows["divisions"]:
        yield from _division(pack, row, merged)
    for row in pack.rows["division_changes"]:
        for end, label in (("from_code", "原"), ("to_code", "新")):
            if row[end] and row[end] not in merged.divisions:
                yield row.finding(end, f"{label}代码“{row[end]}”不在区划表内")
        if not row["from_code"] and not row["to_code"]:
            yield row.finding("from_code", "原代码与新代码不能都为空")
    for row in pack.rows["ministry_townships"]:
        if row["county_code"] not in merged.divisions:
            yield row.finding("county_code", f"所属县代码“{row['county_code']}”不在区划表内")
    for row in pack.rows["name_variants"]:
        if row["variant"] == row["standard"]:
            yield row.finding("variant", "异体与规范字相同")
    for feature in (pack.boundaries or {}).get("features", ()):
        if str(feature["properties"]["code"]) not in merged.divisions:
            code = feature["properties"]["code"]
            yield Finding(BOUNDARIES_PATH, 0, "code", f"区划 {code} 不在区划表内", WARNING)


def _division(pack: Pack, row: Row, merged: Layers) -> Iterator[Finding]:
    code, parent = row["code"], row["parent_code"]
    try:
        level = division.level(code)
    except ValueError as error:
        yield row.finding("code", str(error))
        return
    if level != row["level"]:
        yield row.finding("level", f"代码 {code} 应为 {level}, 写作 {row['level']}")
    if not holds_for(pack.division_code, code):
        yield row.finding("code", f"区划 {code} 不在本标准包的区划 {pack.division_code} 之内")
    if not parent:
        if level != "province":
            yield row.finding("parent_code", "省级以下须写明上级代码")
        return
    if parent not in merged.divisions:
        yield row.finding("parent_code", f"上级代码“{parent}”不在区划表内")
    elif parent == code or not holds_for(parent, code):
        yield row.finding("parent_code", f"“{parent}”不是 {code} 的上级")
