"""From scores to decisions (判定): how many pairs are probably matches, where the line lies, who is taken by whom.

Splink scores with a prior that is a guess. The scores themselves say better: the share of matches is the one under which
the pairs' probabilities add up to it (a fixed point of EM's own step). All weights move by the same number of bits. The
line for a link is where the expected F1 is highest, but never under ``SUREST_LINK`` bits: a wrong link costs more than a look.

One-to-one is decided over all pairs worth a look, surest first; whoever moves the line later therefore moves no assignment.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.columns import macros
from minzheng.stewardship.compare.comparisons import labels
from minzheng.stewardship.compare.prepare import Feature
from minzheng.stewardship.compare.terms import RULE_ID, RULE_MODEL, Kind
from minzheng.stewardship.compare.workbench import scalar

LOWEST_BITS = -6.0  # pairs scored lower are not kept
REVIEW_BELOW = 6.0  # bits under the line down to which a pair is worth a look
SUREST_LINK, SHARPEST_LINK = 3.0, 10.0
BINS_A_BIT = 10
ROUNDS = 100
STRONG_ID = 0.9  # share of different numbers from which a number tells who is meant
SAME_ID_PEERS = 5


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the lines lie, in bits (判定线), and how many matches the scores promise."""

    link_from: float
    review_from: float
    matches: float


def settle_prior(db: duckdb.DuckDBPyConnection, *, prior: float, all_pairs: float, most: float) -> Lines:
    """Shift the weights in ``scored`` so that prior and scores agree; returns the lines (校准)."""
    bins = db.execute(
        f"SELECT round(bits * {BINS_A_BIT}) / {BINS_A_BIT} AS b, count(*) AS n FROM scored GROUP BY 1 ORDER BY 1 DESC"
    ).fetchall()
    start = math.log2(prior / (1 - prior))
    share = prior
    for _ in range(ROUNDS):
        shift = math.log2(share / (1 - share)) - start
        expected = sum(n * probability(b + shift) for b, n in bins)
        share = min(max(expected, 0.5), most) / all_pairs
    shift = math.log2(share / (1 - share)) - start
    db.execute(f"UPDATE scored SET bits = bits + {shift!r}")
    return _lines([(b + shift, n) for b, n in bins])


def probability(bits: float) -> float:
    """The probability a weight stands for (权重换算概率)."""
    return 1 / (1 + 2 ** -max(min(bits, 60.0), -60.0))


def _lines(bins: Sequence[tuple[float, int]]) -> Lines:
    total = sum(n * probability(b) for b, n in bins)
    best, line, taken, right = 0.0, SUREST_LINK, 0, 0.0
    for b, n in bins:
        taken, right = taken + n, right + n * probability(b)
        f1 = 2 * right / (taken + total) if taken + total else 0.0
        if f1 > best:
            best, line = f1, b
    line = round(min(max(line, SUREST_LINK), SHARPEST_LINK), 1)
    return Lines(line, round(line - REVIEW_BELOW, 1), total)


def same_numbers(db: duckdb.DuckDBPyConnection, features: tuple[Feature, ...], *, two_lists: bool) -> None:
    """Mark pairs of the same number in ``scored``, and add those the model thought nothing of.

    A number that tells who is meant, with a name that agrees, links by rule; with another name it is looked at.
    """
    for feature in features:
        if feature.kind != Kind.ID or not _strong(db, feature, two_lists=two_lists):
            continue
        names = [f for f in features if f.kind == Kind.NAME]
        agrees = " AND ".join(f"(g{f.at} = -1 OR g{f.at} >= {2 if f.han else 1})" for f in names) or "true"
        top = len(labels(feature)) - 1
        db.execute(
            f"UPDATE scored SET rule = '{RULE_ID}', forced = CASE WHEN {agrees} THEN 'link' ELSE 'review' END "
            f"WHERE g{feature.at} = {top} AND (forced IS NULL OR forced = 'link')"
        )
        right = "right_side" if two_lists else "left_side"
        order = "" if two_lists else " AND a.unique_id < b.unique_id"
        levels = ", ".join(f"{top if f.at == feature.at else 'NULL'} AS g{f.at}" for f in features)
        alone = "link" if len(features) == 1 else "review"
        db.execute(
            f"""INSERT INTO scored BY NAME
            SELECT a.unique_id AS l, b.unique_id AS r, {LOWEST_BITS if alone == "review" else 30.0} AS bits, {levels},
                '{RULE_ID}' AS rule, '{alone}' AS forced
            FROM ({_few("left_side", feature)}) a JOIN ({_few(right, feature)}) b USING (n)
            WHERE true{order} AND NOT EXISTS (SELECT 1 FROM scored s WHERE s.l = a.unique_id AND s.r = b.unique_id)"""
        )


def _few(table: str, feature: Feature) -> str:
    """Rows by number, numbers that many share left out: such a number is a placeholder."""
    return (
        f"SELECT unique_id, {feature.name} AS n FROM {table} WHERE length({feature.name}) >= 6 "
        f"QUALIFY count(*) OVER (PARTITION BY {feature.name}) <= {SAME_ID_PEERS}"
    )


def _strong(db: duckdb.DuckDBPyConnection, feature: Feature, *, two_lists: bool) -> bool:
    """Whether a column of numbers tells who is meant: citizens' numbers, or hardly any number twice."""
    db.execute(macros())
    name = feature.name
    holds = f"avg(regexp_full_match({name}, '[0-9]{{17}}[0-9X]')::INT)"
    sides = ["left_side", "right_side"] if two_lists else ["left_side"]
    if all(scalar(db, f"SELECT {holds} FROM {side} WHERE {name} IS NOT NULL") >= 0.5 for side in sides):
        return True
    differing = f"count(DISTINCT {name}) / greatest(count({name}), 1)"
    return all(scalar(db, f"SELECT {differing} FROM {side}") >= STRONG_ID for side in sides)


def assign(db: duckdb.DuckDBPyConnection, lines: Lines, *, one_to_one: bool) -> None:
    """``decided`` from ``scored``: pairs worth a look, one-to-one if asked, best first (分配)."""
    worth = f"SELECT * FROM scored WHERE bits >= {lines.review_from} OR forced IS NOT NULL"
    if not one_to_one:
        db.execute(f"CREATE OR REPLACE TABLE decided AS {worth}")
        return
    order = "forced = 'link' DESC NULLS LAST, bits DESC, l, r"
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE free AS SELECT l, r, bits, row_number() OVER (ORDER BY {order}) AS nth FROM ({worth})"
    )
    db.execute("CREATE OR REPLACE TEMP TABLE taken (l INTEGER, r INTEGER, tie BOOLEAN)")
    while scalar(db, "SELECT count(*) FROM free"):
        # A pair that is the best of both its sides is taken; an equal second best means that it can't be told.
        db.execute(
            """CREATE OR REPLACE TEMP TABLE best AS SELECT l, r, bits = after_l OR bits = after_r AS tie FROM (
                SELECT l, r, bits, nth, min(nth) OVER of_l AS first_l, min(nth) OVER of_r AS first_r,
                    lead(bits) OVER (PARTITION BY l ORDER BY nth) AS after_l,
                    lead(bits) OVER (PARTITION BY r ORDER BY nth) AS after_r
                FROM free WINDOW of_l AS (PARTITION BY l), of_r AS (PARTITION BY r))
            WHERE nth = first_l AND nth = first_r"""
        )
        db.execute("INSERT INTO taken SELECT l, r, coalesce(tie, false) FROM best")
        db.execute("DELETE FROM free WHERE l IN (SELECT l FROM best) OR r IN (SELECT r FROM best)")
    db.execute(
        """CREATE OR REPLACE TABLE decided AS SELECT s.* REPLACE (CASE WHEN t.tie AND s.forced IS NULL THEN 'review'
        ELSE s.forced END AS forced) FROM scored s JOIN taken t USING (l, r)"""
    )


def decision_sql(link_from: str = "?") -> str:
    """SQL for the decision on a row with ``bits`` and ``forced`` (结论)."""
    return f"coalesce(forced, CASE WHEN bits >= {link_from} THEN 'link' ELSE 'review' END)"


def empty_scored(db: duckdb.DuckDBPyConnection, features: tuple[Feature, ...]) -> None:
    """``scored(l, r, bits, rule, forced, g0 …)`` without rows."""
    levels = "".join(f", g{f.at} TINYINT" for f in features)
    db.execute(
        f"CREATE OR REPLACE TABLE scored (l INTEGER, r INTEGER, bits DOUBLE, rule VARCHAR, forced VARCHAR{levels})"
    )


def take_scores(
    db: duckdb.DuckDBPyConnection, relation: str, features: tuple[Feature, ...], *, two_lists: bool
) -> None:
    """``scored`` from a table of Splink's predictions, left list left."""
    turned = "source_dataset_l <> 'left_side'" if two_lists else "unique_id_l > unique_id_r"
    levels = ", ".join(f"gamma_{f.name}::TINYINT AS g{f.at}" for f in features)
    empty_scored(db, features)
    db.execute(
        f"""INSERT INTO scored BY NAME SELECT
        (CASE WHEN {turned} THEN unique_id_r ELSE unique_id_l END)::INTEGER AS l,
        (CASE WHEN {turned} THEN unique_id_l ELSE unique_id_r END)::INTEGER AS r,
        match_weight AS bits, '{RULE_MODEL}' AS rule, NULL AS forced, {levels} FROM {relation}"""
    )


def groups(db: duckdb.DuckDBPyConnection, link_from: float) -> None:
    """``grouped(unique_id, grp)``: rows of one list that links join, numbered from 1 in the list's order (分组)."""
    pairs = db.execute(f"SELECT l, r FROM decided WHERE {decision_sql(repr(link_from))} = 'link'").fetchall()
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for left, right in pairs:
        one, two = root(left), root(right)
        parent[max(one, two)] = min(one, two)
    roots = {row: root(row) for row in list(parent)}
    numbers = {first: number for number, first in enumerate(sorted(set(roots.values())), 1)}
    rows = pa.table(
        {
            "unique_id": pa.array(list(roots), pa.int32()),
            "grp": pa.array([numbers[r] for r in roots.values()], pa.int32()),
        }
    )
    db.register("groups_arrow", rows)
    db.execute("CREATE OR REPLACE TABLE grouped AS SELECT * FROM groups_arrow")
    db.unregister("groups_arrow")
