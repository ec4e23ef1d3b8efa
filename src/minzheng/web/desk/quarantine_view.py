"""Refused rows as a page lists them (隔离行的样子): one line a problem, identifiers masked."""

from collections.abc import Callable
from dataclasses import dataclass

from minzheng.exchange.models import Batch
from minzheng.exchange.plan import plan_of
from minzheng.exchange.returning import quarantined
from minzheng.exchange.terms import RULES
from minzheng.kernel import masking
from minzheng.standards import queries as standards

MASKS = {
    "id_number": masking.mask_id_number,
    "phone": masking.mask_phone,
    "bank_account": masking.mask_bank_account,
    "address": masking.mask_address,
}
SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the table (问题). ``first``: the row's first line."""

    row_no: int
    first: bool
    field: str
    value: str
    rule: str
    reason: str


def problems_of(batch: Batch, *, start: int, limit: int) -> list[Problem]:
    """The problems of ``limit`` rows from the ``start``-th, with the values that were refused (问题列表)."""
    masks = _masks(batch.feed)
    columns = plan_of(batch).columns
    found = []
    for row in quarantined(batch, start=start, limit=limit):
        cells = row["cells"]
        for position, problem in enumerate(row["problems"]):
            field = problem["field"]
            said = {name: cells[columns[name]] for name in field.split("、") if name in columns}
            value = "、".join(masks.get(name, str)(cell) for name, cell in said.items())
            found.append(
                Problem(
                    row_no=row["row_no"],
                    first=position == 0,
                    field=field,
                    value=value[:SHOWN_CHARACTERS],
                    rule=RULES.get(problem["rule"], problem["rule"]),
                    reason=problem["reason"],
                )
            )
    return found


def _masks(feed: str) -> dict[str, Callable[[str], str]]:
    """By heading: how a sensitive column is masked (各列的遮蔽)."""
    catalogue = standards.catalogue()
    fields = catalogue.data_set(feed).fields
    rules = {field.heading: catalogue.element(field.element).rule for field in fields}
    return {heading: MASKS[rule] for heading, rule in rules.items() if rule in MASKS}
