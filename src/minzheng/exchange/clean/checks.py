"""Checks across fields (跨字段校验), compiled from the standard: a rule's name and headings to SQL over staged columns."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from minzheng.standards.queries import CheckSpec

Compiled = tuple[CheckSpec, str]


def compile_checks(
    checks: Sequence[CheckSpec], names: Mapping[str, str], types: Mapping[str, str], today: date
) -> list[Compiled]:
    """(check, SQL that is true where it fails) for every check whose headings the file has.

    ``names``: heading → staged column; ``types``: heading → data type of its element. A check over a missing value
    passes. Raises ``ValueError`` for a rule no one knows, so that a standard can't promise a check that is not made.
    """
    compiled = []
    for check in checks:
        if check.rule not in RULES:
            raise ValueError(f"校验规则 {check.rule} 未实现 ({check.check_id})")
        if all(heading in names for heading in check.fields):
            columns = [f'"{names[heading]}"' for heading in check.fields]
            kinds = [types[heading] for heading in check.fields]
            compiled.append((check, f"coalesce({RULES[check.rule](columns, kinds, today)}, false)"))
    return compiled


Rule = Callable[[Sequence[str], Sequence[str], date], str]


def _not_future(columns: Sequence[str], kinds: Sequence[str], today: date) -> str:
    return f"{columns[0]} > '{today:%Y%m}'" if kinds[0] == "P" else f"{columns[0]} > DATE '{today}'"


RULES: dict[str, Rule] = {
    "id_number_matches_birth": lambda c, _k, _t: f"id_birth({c[0]}) <> {c[1]}",
    "id_number_matches_sex": lambda c, _k, _t: f"{c[1]} IN ('1', '2') AND id_sex({c[0]}) <> {c[1]}",
    "id_number_is_male": lambda c, _k, _t: f"id_sex({c[0]}) <> '1'",
    "id_number_is_female": lambda c, _k, _t: f"id_sex({c[0]}) <> '2'",
    "not_before": lambda c, _k, _t: f"{c[0]} < {c[1]}",
    "not_future": _not_future,
    "not_same": lambda c, _k, _t: f"{c[0]} = {c[1]}",
    "not_negative": lambda c, _k, _t: f"{c[0]} < 0",
}
