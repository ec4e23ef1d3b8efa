"""The model of one comparison (比对模型), estimated from the two lists themselves.

How often values agree by chance (u) is counted on random pairs; how often they agree where both mean the same (m) is found by
EM over several blocking rules, each column being judged where another one blocks. What the lists are too small to say is
taken from ``PRIOR``. The result is one Splink settings document, which either engine scores pairs by.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from minzheng.stewardship.compare.blocking import Rule
from minzheng.stewardship.compare.comparisons import comparison, for_spark
from minzheng.stewardship.compare.prepare import Feature

SEED = 20_170_901
U_PAIRS = 2e6
EM_PAIRS = 4e5
EM_ROUNDS = 3
SAME_M, NEAR_M, LEAST_M, LEAST_U = 0.9, 0.08, 2e-3, 1e-7
MATCHES_A_ROW = (
    0.3  # so many matches are expected before the pairs have been seen; the scores are shifted after
)


@contextmanager
def quiet() -> Iterator[None]:
    """Splink says much while it works; nothing of it is for the person who waits."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def first_settings(
    features: tuple[Feature, ...], rules: list[Rule], *, two_lists: bool, prior: float
) -> dict[str, Any]:
    """The settings before anything was estimated (设置)."""
    return {
        "link_type": "link_only" if two_lists else "dedupe_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule.sql} for rule in rules],
        "comparisons": [comparison(feature) for feature in features],
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": True,
        "max_iterations": 15,
        "em_convergence": 0.001,
    }


def linker_over(db: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Any:
    """Splink over the prepared sides."""
    from splink import DuckDBAPI, Linker  # a second to import

    api = DuckDBAPI(connection=db)
    names = ["left_side", "right_side"] if settings["link_type"] == "link_only" else ["left_side"]
    sides = [api.register(name, dataset_display_name=name) for name in names]
    return Linker(sides if len(sides) > 1 else sides[0], settings, log_level=None, validate_settings=False)


def estimate(linker: Any, rules: list[Rule], features: tuple[Feature, ...]) -> None:
    """u by random sampling, m by EM; the linker then holds the model (估计权重)."""
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for sql in em_rules(rules, features):
        linker.training.estimate_parameters_using_expectation_maximisation(
            sql, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS, record_sample_proportion=0.1
        )
    _mend(linker)


def em_rules(rules: list[Rule], features: tuple[Feature, ...]) -> list[str]:
    """Few rules, so chosen that every column is judged at least once while another blocks."""
    chosen: list[Rule] = []
    unjudged = {feature.at for feature in features}
    candidates = sorted(
        rules, key=lambda rule: (not all(key.whole for key in rule.keys), len(rule.keys), rule.pairs)
    )
    for rule in candidates:
        if len(chosen) == EM_ROUNDS:
            break
        blocked = {at for key in rule.keys for at in (key.feature.at, key.feature.other) if at is not None}
        if not chosen or unjudged - blocked:
            chosen.append(rule)
            unjudged &= blocked
    return [rule.sql for rule in chosen]


def _mend(linker: Any) -> None:
    """Where EM saw nothing, or saw it upside down, what is usual stands instead; no level decides alone."""
    for found in linker._settings_obj.comparisons:  # Splink has no public way to set a probability
        levels = [level for level in found.comparison_levels if not level.is_null_level]
        us = [_number(level.u_probability, LEAST_U) for level in levels]
        ms = [_number(level.m_probability, 0.0) for level in levels]
        if not sum(ms) or ms[0] < max(us[0], 0.2):
            near = NEAR_M / max(1, len(levels) - 2)
            ms = [SAME_M, *[near] * (len(levels) - 2), 1 - SAME_M - NEAR_M * (len(levels) > 2)]
        ms = [max(m, LEAST_M) for m in ms]
        us = _in_order(ms, [max(u, LEAST_U) for u in us])
        for level, m, u in zip(levels, ms, us, strict=True):
            level.m_probability = m / sum(ms)
            level.u_probability = u


def _in_order(ms: list[float], us: list[float]) -> list[float]:
    """u raised where a level further off would speak more strongly for a match than a nearer one (单调).

    Few random pairs sound alike yet are written otherwise: what is rare by chance would count for more than being the same.
    """
    raised = [us[0]]
    for i in range(1, len(us)):
        raised.append(max(us[i], ms[i] * raised[i - 1] / ms[i - 1]))
    return [min(u, 1.0) for u in raised]


def _number(said: object, otherwise: float) -> float:
    return float(said) if isinstance(said, int | float) else otherwise


def document_of(linker: Any) -> dict[str, Any]:
    """The estimated model as one document (模型文件)."""
    document: dict[str, Any] = linker.misc.save_model_to_json(out_path=None)
    return document


def spark_document(document: dict[str, Any]) -> dict[str, Any]:
    """The same model in Spark's words (Spark 版模型)."""
    comparisons = [
        one | {"comparison_levels": [_level_for_spark(level) for level in one["comparison_levels"]]}
        for one in document["comparisons"]
    ]
    rules = [
        {"blocking_rule": rule["blocking_rule"], "sql_dialect": "spark"}
        for rule in document["blocking_rules_to_generate_predictions"]
    ]
    return document | {
        "sql_dialect": "spark", "comparisons": comparisons, "blocking_rules_to_generate_predictions": rules,
    }  # fmt: skip


def _level_for_spark(level: dict[str, Any]) -> dict[str, Any]:
    return level | {"sql_condition": for_spark(level["sql_condition"])}
