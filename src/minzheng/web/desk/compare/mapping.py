"""The form that says which column is compared as what (列对应表)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minzheng.stewardship.compare.guessing import part_of
from minzheng.stewardship.compare.models import CompareRun
from minzheng.stewardship.compare.spec import SpecError
from minzheng.stewardship.compare.terms import Kind

KINDS = [("", "不比对"), *((str(kind.value), str(kind.label)) for kind in Kind)]


@dataclass(frozen=True, slots=True)
class Row:
    """A heading of the left list, what it is compared with and as what, how far numbers may differ (一行)."""

    at: int
    heading: str
    other: str
    kind: str
    tolerance: str = ""


def rows_of(run: CompareRun, said: Mapping[str, str] | None = None) -> list[Row]:
    """The form as guessed, or as it was sent (列对应)."""
    rows = []
    for at, heading in enumerate(run.headings["left"]):
        if not heading:
            continue
        other = run.guessed["pairs"].get(heading, "")
        kind, tolerance = run.guessed["kinds"][at] if other else "", ""
        if said is not None:
            other, kind = said.get(f"other-{at}", heading), said.get(f"kind-{at}", "")
            tolerance = said.get(f"tolerance-{at}", "").strip()
        rows.append(Row(at, heading, other, kind, tolerance))
    return rows


def document_of(run: CompareRun, said: Mapping[str, str]) -> dict[str, Any]:
    """The mapping the form says, as ``Spec.of`` takes it; raises ``SpecError`` (读取表单)."""
    columns = []
    for row in rows_of(run, said):
        other = row.other if run.right_name else row.heading
        if not row.kind or not other:
            continue
        column: dict[str, Any] = {"left": row.heading, "right": other, "kind": row.kind}
        if row.kind == Kind.NAME and (part := part_of(row.heading)):
            column["part"] = part
        if row.kind == Kind.NUMBER and row.tolerance:
            column["tolerance"] = _number(row)
        columns.append(column)
    key = {"left": said.get("key-left", ""), "right": said.get("key-right", "") or said.get("key-left", "")}
    if run.right_name:
        key["right"] = said.get("key-right", "")
    return {"key": key, "columns": columns}


def _number(row: Row) -> float:
    try:
        return float(row.tolerance)
    except ValueError:
        raise SpecError(f"“{row.heading}”允许相差的应是一个数") from None
