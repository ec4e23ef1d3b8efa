"""The form that says which column is compared as what (列对应表)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minzheng.stewardship.compare.guessing import part_of
from minzheng.stewardship.compare.models import CompareRun
from minzheng.stewardship.compare.terms import Kind

KINDS = [("", "不比对"), *((str(kind.value), str(kind.label)) for kind in Kind)]


@dataclass(frozen=True, slots=True)
class Row:
    """A heading of the left list, what it is compared with and as what (一行)."""

    at: int
    heading: str
    other: str
    kind: str


def rows_of(run: CompareRun, said: Mapping[str, str] | None = None) -> list[Row]:
    """The form as guessed, or as it was sent (列对应)."""
    rows = []
    for at, heading in enumerate(run.headings["left"]):
        if not heading:
            continue
        other = run.guessed["pairs"].get(heading, "")
        kind = run.guessed["kinds"][at] if other else ""
        if said is not None:
            other, kind = said.get(f"other-{at}", heading), said.get(f"kind-{at}", "")
        rows.append(Row(at, heading, other, kind))
    return rows


def document_of(run: CompareRun, said: Mapping[str, str]) -> dict[str, Any]:
    """The mapping the form says, as ``Spec.of`` takes it (读取表单)."""
    columns = []
    for row in rows_of(run, said):
        other = row.other if run.right_name else row.heading
        if not row.kind or not other:
            continue
        column = {"left": row.heading, "right": other, "kind": row.kind}
        part = part_of(row.heading) if row.kind == Kind.NAME else ""
        columns.append(column | ({"part": part} if part else {}))
    key = {"left": said.get("key-left", ""), "right": said.get("key-right", "") or said.get("key-left", "")}
    if run.right_name:
        key["right"] = said.get("key-right", "")
    return {"key": key, "columns": columns}
