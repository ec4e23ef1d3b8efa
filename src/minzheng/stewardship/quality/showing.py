"""Failing rows opened (不合格行内容): in the source's own columns, with all that is wrong with each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pyarrow as pa

from minzheng.foundation.crypto.fields import open_column
from minzheng.standards.queries import data_set
from minzheng.stewardship.quality.models import FailingRow, MeasuredBatch


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row (问题): the columns, the rule's words, the batch that mended it."""

    field: str
    rule_id: str
    message: str
    mended_batch_id: UUID | None


@dataclass(slots=True)
class OpenedRow:
    """A row with everything that is wrong with it (一行).

    ``cells`` by the source's headings. ``columns``: heading of the
    standard → the place among them.
    """

    batch_id: UUID
    feed: str
    row_no: int
    division_code: str
    measured_on: date
    is_refused: bool
    headings: tuple[str, ...]
    cells: tuple[str, ...]
    columns: dict[str, int]
    problems: list[Problem] = field(default_factory=list)

    def cell(self, heading: str) -> str:
        """What the row says under a heading of the standard (取值)."""
        place = self.columns.get(heading)
        return self.cells[place] if place is not None and place < len(self.cells) else ""


def opened(rows: Sequence[FailingRow]) -> list[OpenedRow]:
    """The rows with their cells, problems of one row together, in the order given (打开)."""
    shapes = MeasuredBatch.objects.in_bulk({row.batch_id for row in rows})
    cells = _cells(rows)
    words = {feed: messages_of(feed) for feed in {row.feed for row in rows}}
    found: dict[tuple[UUID, int], OpenedRow] = {}
    for row in rows:
        key = (row.batch_id, row.row_no)
        if key not in found:
            shape = shapes.get(row.batch_id)
            headings, columns = (tuple(shape.headings), shape.columns) if shape else ((), {})
            found[key] = OpenedRow(
                row.batch_id, row.feed, row.row_no, row.division_code, row.measured_on, row.is_refused, headings,
                tuple(cells.get(row.pk, ())), columns,
            )  # fmt: skip
        said = words[row.feed].get(row.rule_id, row.rule_id)
        found[key].problems.append(Problem(row.field, row.rule_id, said, row.mended_batch_id))
    return list(found.values())


def messages_of(feed: str) -> dict[str, str]:
    """Rule → what is wrong when it does not hold (提示语)."""
    return {rule.rule_id: rule.message for rule in data_set(feed).quality}


def _cells(rows: Sequence[FailingRow]) -> dict[int, list[str]]:
    """Row → its cells, all opened at once."""
    sealed = [row for row in rows if row.row_cipher is not None]
    if not sealed:
        return {}
    texts = open_column("row", pa.array([bytes(row.row_cipher or b"") for row in sealed], pa.binary()))
    return {row.pk: json.loads(text) for row, text in zip(sealed, texts.to_pylist(), strict=True)}
