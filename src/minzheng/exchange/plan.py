"""What a resumed run must repeat (执行计划): how the file was read, its chunks, the watermark it sets.

Kept as JSON in ``Batch.plan``, written and read here and nowhere else. ``Stored…`` is its form there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, cast

from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.models import Batch


class StoredExtraction(TypedDict):
    """How the file was read, as kept."""

    headings: list[str]
    columns: dict[str, int]
    parts: list[list[str | int]]
    rows: int


StoredMark = list[str | list[str] | None]  # time and key
StoredPull = TypedDict("StoredPull", {"source": int, "from": StoredMark, "to": StoredMark})
StoredIntake = TypedDict("StoredIntake", {"intake": int, "from": dict[str, Any], "to": dict[str, Any] | None})


class StoredPlan(TypedDict, total=False):
    """The plan as kept; each stage adds its part."""

    extracted: StoredExtraction
    chunks: list[str]
    code_versions: dict[str, str]
    pull: StoredPull
    intake: StoredIntake


@dataclass(frozen=True)
class Pull:
    """The pull a batch came by (抽取): the source's id, and its watermark before and after."""

    source: int
    before: Watermark
    after: Watermark


@dataclass(frozen=True)
class Fetched:
    """The intake a batch came by (接入): its id, how far it had read before, and with this batch (None: a file)."""

    intake: int
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Plan:
    """A batch's plan as far as it is made (执行计划)."""

    extracted: Extracted | None = None
    chunks: tuple[str, ...] = ()
    code_versions: Mapping[str, str] = field(default_factory=dict)
    pull: Pull | None = None
    fetched: Fetched | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """The source's headings in its order; none before the file was read (来源列)."""
        return self.extracted.headings if self.extracted else ()

    @property
    def columns(self) -> Mapping[str, int]:
        """Heading of the standard → place in the source's row (标准列的位置)."""
        return self.extracted.columns if self.extracted else {}

    @property
    def extra_columns(self) -> list[str]:
        """Headings of the source that the standard does not know (标准外的列)."""
        used = set(self.columns.values())
        return [heading for place, heading in enumerate(self.headings) if place not in used and heading]


def plan_of(batch: Batch) -> Plan:
    """The plan a batch keeps (读取计划)."""
    stored = cast(StoredPlan, batch.plan)
    return Plan(
        extracted=_extracted(stored["extracted"]) if "extracted" in stored else None,
        chunks=tuple(stored.get("chunks", ())),
        code_versions=stored.get("code_versions", {}),
        pull=_pull(stored["pull"]) if "pull" in stored else None,
        fetched=_fetched(stored["intake"]) if "intake" in stored else None,
    )


def extracted_of(batch: Batch) -> Extracted:
    """How the file of a batch was read, for the stages after that (抽取结果). LookupError where it is not yet."""
    found = plan_of(batch).extracted
    if found is None:
        raise LookupError(f"批次 {batch.id} 尚未读取文件")
    return found


def extraction_kept(extracted: Extracted) -> StoredPlan:
    """The part of the plan that extracting makes (抽取部分)."""
    return {
        "extracted": {
            "headings": list(extracted.headings),
            "columns": extracted.columns,
            "parts": [[name, rows] for name, rows in extracted.parts],
            "rows": extracted.rows,
        }
    }


def cleaning_kept(chunks: Sequence[str], code_versions: Mapping[str, str]) -> StoredPlan:
    """The part of the plan that cleaning makes (清洗部分)."""
    return {"chunks": list(chunks), "code_versions": dict(code_versions)}


def pull_kept(pull: Pull) -> StoredPlan:
    """The part of the plan that a pull makes (来源库部分)."""
    return {"pull": {"source": pull.source, "from": _mark(pull.before), "to": _mark(pull.after)}}


def intake_kept(fetched: Fetched) -> StoredPlan:
    """The part of the plan that an intake makes (接入部分)."""
    after = dict(fetched.after) if fetched.after is not None else None
    return {"intake": {"intake": fetched.intake, "from": dict(fetched.before), "to": after}}


def _fetched(stored: StoredIntake) -> Fetched:
    return Fetched(stored["intake"], stored["from"], stored["to"])


def _extracted(stored: StoredExtraction) -> Extracted:
    parts = tuple((str(name), int(rows)) for name, rows in stored["parts"])
    return Extracted(tuple(stored["headings"]), stored["columns"], parts, stored["rows"])


def _pull(stored: StoredPull) -> Pull:
    return Pull(stored["source"], _reached(stored["from"]), _reached(stored["to"]))


def _mark(reached: Watermark) -> StoredMark:
    return [reached.time, list(reached.key)]


def _reached(stored: StoredMark) -> Watermark:
    time, key = cast(tuple[str | None, list[str]], stored)
    return Watermark(time, tuple(key))
