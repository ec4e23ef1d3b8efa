"""The result as a file (结果文件): one row a pair, cells that no spreadsheet runs."""

from pathlib import Path

from minzheng.stewardship.compare.comparisons import labels
from minzheng.stewardship.compare.deciding import decision_sql
from minzheng.stewardship.compare.run import Compared

COLUMNS = ("left_key", "right_key", "match_weight", "probability", "rule", "decision", "detail")


def harmless_sql(cell: str) -> str:
    """``exchange.returning.harmless`` of a column."""
    return f"CASE WHEN regexp_matches({cell}, '^[=+@\\t\\r-]') THEN '''' || {cell} ELSE {cell} END"


def detail_sql(found: Compared, table: str = "d") -> str:
    """What each column said, in words: 姓名相同; 出生日期差一位或月日颠倒."""
    parts = []
    for feature in found.features:
        label = feature.column.label.replace("'", "''")
        cases = " ".join(f"WHEN {i} THEN '{said}'" for i, said in enumerate(labels(feature)))
        level = f"{table}.g{feature.at}"
        parts.append(
            f"CASE WHEN {level} IS NOT NULL THEN '{label}' || CASE {level} WHEN -1 THEN '未填' {cases} END END"
        )
    return f"concat_ws('; ', {', '.join(parts)})"


def write_result(found: Compared, out: Path) -> int:
    """Write every decided pair as CSV, surest first; returns how many (写出结果)."""
    db = found.db
    right = "key_right" if found.two_lists else "key_left"
    group = "" if found.two_lists else ', g.grp AS "group"'
    join = "" if found.two_lists else "LEFT JOIN grouped g ON g.unique_id = d.l"
    decision = decision_sql(repr(found.lines.link_from))
    db.execute(
        f"""CREATE OR REPLACE TEMP VIEW result AS SELECT
            {harmless_sql("a.key")} AS left_key, {harmless_sql("b.key")} AS right_key,
            round(d.bits, 3) AS match_weight, round(1 / (1 + pow(2, -least(d.bits, 60.0))), 6) AS probability, d.rule AS rule,
            {decision} AS decision, {harmless_sql(f"({detail_sql(found)})")} AS detail{group}
        FROM decided d JOIN key_left a ON a.unique_id = d.l JOIN {right} b ON b.unique_id = d.r {join}
        ORDER BY decision, d.bits DESC, d.l, d.r"""
    )
    target = str(out).replace("'", "''")
    return int(db.execute(f"COPY (FROM result) TO '{target}' (HEADER, DELIMITER ',')").fetchall()[0][0])
