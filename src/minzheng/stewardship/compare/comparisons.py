"""How two values of a kind are compared (比较方法): levels from the same to different, in SQL that DuckDB and Spark share.

The portable subset: ``=``, ``substr``, ``length``, ``levenshtein`` (on digits and letters only: DuckDB counts bytes),
``jaro_winkler_similarity`` (letters only), ``&`` and ``bit_count`` of whole numbers. ``for_spark`` renames the one that Spark
calls otherwise.
"""

from typing import Any

from minzheng.stewardship.compare.prepare import Feature
from minzheng.stewardship.compare.terms import Kind

SAME, DIFFERS = "相同", "不同"
TF_FLOOR = 1e-6
SPARK_NAMES = (("jaro_winkler_similarity(", "jaro_winkler("),)
Level = tuple[str, str]  # condition over the pair, label


def comparison(feature: Feature) -> dict[str, Any]:
    """The comparison of one column as Splink's settings say it (比较)."""
    name = feature.name
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{name}_l IS NULL OR {name}_r IS NULL",
            "label_for_charts": "未填",
            "is_null_level": True,
        }
    ]
    same: dict[str, Any] = {"sql_condition": f"{name}_l = {name}_r", "label_for_charts": SAME}
    if feature.kind not in (Kind.DATE, Kind.ID):
        same |= {"tf_adjustment_column": name, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": TF_FLOOR}
    levels.append(same)
    levels += [{"sql_condition": sql, "label_for_charts": label} for sql, label in _near(feature)]
    levels.append({"sql_condition": "ELSE", "label_for_charts": DIFFERS})
    return {
        "output_column_name": name,
        "comparison_levels": levels,
        "comparison_description": feature.column.label,
    }


def labels(feature: Feature) -> list[str]:
    """What each level says, by Splink's number of it: 0 differs … (各档说明)."""
    return [DIFFERS, *(label for _, label in reversed(_near(feature))), SAME]


def for_spark(sql: str) -> str:
    """The same condition as Spark names its functions."""
    for ours, theirs in SPARK_NAMES:
        sql = sql.replace(ours, theirs)
    return sql


def _near(feature: Feature) -> list[Level]:
    """Levels between the same and different, nearest first."""
    name = feature.name
    if feature.kind == Kind.NAME:
        return _names(feature)
    if feature.kind == Kind.DATE:
        swapped = (
            f"(substr({name}_l, 1, 4) = substr({name}_r, 1, 4) AND substr({name}_l, 6, 2) = substr({name}_r, 9, 2)"
            f" AND substr({name}_l, 9, 2) = substr({name}_r, 6, 2))"
        )
        return [
            (f"levenshtein({name}_l, {name}_r) <= 1 OR {swapped}", "差一位或月日颠倒"),
            (f"levenshtein({name}_l, {name}_r) <= 2", "差两位"),
        ]
    if feature.kind in (Kind.NUMBER, Kind.ID):
        return _digits(feature)
    if feature.kind == Kind.CATEGORY:
        return []
    return _texts(feature)


def _names(feature: Feature) -> list[Level]:
    name, other = feature.name, feature.other
    swapped = [(f"{name}_l = c{other}_r", "姓与名对调")] if other is not None else []
    if not feature.han:
        return [
            (f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.92", "很相似"),
            *swapped,
            (f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.85", "较相似"),
        ]
    return [
        (f"{name}_s_l = {name}_s_r", "读音相同"),
        *swapped,
        (_one_character(name), "差一字"),
        (f"substr({name}_l, 1, 1) = substr({name}_r, 1, 1)", "同姓"),
    ]


def _one_character(name: str) -> str:
    agree = " + ".join(
        f"CAST(substr({name}_l, {i}, 1) = substr({name}_r, {i}, 1) AS INTEGER)" for i in range(1, 6)
    )
    ends = (
        f"substr({name}_l, 1, 1) = substr({name}_r, 1, 1) AND "
        f"substr({name}_l, length({name}_l), 1) = substr({name}_r, length({name}_r), 1)"
    )
    return (
        f"(length({name}_l) = length({name}_r) AND length({name}_l) BETWEEN 3 AND 5 AND ({agree}) = 4) OR "
        f"(abs(length({name}_l) - length({name}_r)) = 1 AND length({name}_l) >= 2 AND length({name}_r) >= 2 AND {ends})"
    )


def _digits(feature: Feature) -> list[Level]:
    name, tolerance = feature.name, feature.column.tolerance
    near = []
    if tolerance:
        near.append((f"abs({name}_v_l - {name}_v_r) <= {tolerance:.15g}", f"相差不超过 {tolerance:.15g}"))
    edit = f"levenshtein({name}_l, {name}_r)"
    near.append(
        (
            f"length({name}_l) >= 2 AND ({edit} <= 1 OR ({name}_o_l = {name}_o_r AND {edit} <= 2))",
            "差一位或两位颠倒",
        )
    )
    return near


def _texts(feature: Feature) -> list[Level]:
    name = feature.name

    def shared(tenths: int) -> str:
        """Dice's share of tokens; in whole numbers, which no engine rounds."""
        both = " + ".join(f"CAST(bit_count({m}_l & {m}_r) AS INTEGER)" for m in feature.maps)
        return f"20 * ({both}) >= {tenths} * ({name}_k_l + {name}_k_r)"

    if feature.han:
        near = [(shared(8), "大部分相同"), (shared(5), "部分相同")]
        if feature.kind == Kind.ADDRESS:
            near.insert(0, (f"{name}_n_l = {name}_n_r AND {shared(6)}", "门牌相同"))
        return near
    jw = f"jaro_winkler_similarity({name}_l, {name}_r)"
    if feature.kind == Kind.ADDRESS:
        return [(f"{jw} >= 0.92 OR {shared(8)}", "很相似"), (f"{jw} >= 0.85 OR {shared(5)}", "部分相同")]
    return [(f"{jw} >= 0.92", "很相似"), (f"{jw} >= 0.85", "较相似")]
