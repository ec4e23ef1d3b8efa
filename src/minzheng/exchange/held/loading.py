"""A row that was held back enters the register (待核行入库): a chunk of one, with what was decided by hand."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.held.staging import HeldRow, HeldRowError, held_row, staged
from minzheng.exchange.load.chunk import COUNTS, Job, write_chunk
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.registry.linkage.link import DECISION


@dataclass(frozen=True)
class Whom:
    """Whom a role of the row means by someone's word (核定): the person, who may be one to be made."""

    role: str
    person_id: UUID
    is_new: bool


@dataclass(frozen=True)
class Entered:
    """What a row wrote and what it replaced, so that it can be taken back (入库留痕). All ids are texts.

    ``counts`` by outcome; where ``review`` is 1 nothing was written, for another role must be decided first.
    """

    name: str
    at: str
    counts: dict[str, int]
    persons: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    organisations_made: list[str] = field(default_factory=list)
    closed_claims: list[str] = field(default_factory=list)
    closed_organisation_claims: list[str] = field(default_factory=list)
    closed_records: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Entered":
        """From JSON."""
        return cls(**kept)


Alongside = Callable[[Bulk], None]


def load_held(
    batch_id: UUID, row_no: int, whom: Sequence[Whom], *, at: datetime, alongside: Alongside
) -> Entered:
    """Load the row as decided, in one transaction; a row that is in already stays as it is.

    ``alongside`` writes in the same transaction what must not be lost once it stands. Called again with the same ``at``
    it gives back what it did before. Raises ``HeldRowError`` where the source has said something newer of the same record
    or person since.
    """
    name = f"held-{row_no}-{int(at.timestamp() * 1000) % 10**9}"
    with bulk() as work:
        if done := _done(work, batch_id, name):
            return done
        row = held_row(work, batch_id, row_no)
        meant = [_living(work, one) for one in whom]
        with staged(row) as path:
            job = Job(
                row.feed,
                row.stamp(at),
                row.sealed,
                lambda _: {row_no: json.dumps(row.cells)},
                _decided(row_no, meant),
            )
            counts = write_chunk(work, job, name, path)
        _refuse_old(work, row)
        entered = _entered(work, row, name, at, counts)
        entered.made.extend(
            str(one.person_id) for one in whom if one.is_new and str(one.person_id) in entered.persons
        )
        adjust_counts(work, batch_id, counts, -1 if counts["review"] else 1)
        kept = quote(json.dumps({"entered": entered.as_dict()}))
        work.run(
            f"UPDATE exchange_loadedchunk SET counts = counts || {kept}::jsonb WHERE batch_id = '{batch_id}' AND name = '{name}'"
        )
        alongside(work)
        work.commit()
    return entered


def _done(work: Bulk, batch_id: UUID, name: str) -> Entered | None:
    """What a load under this name has done already."""
    found = work.rows(
        f"SELECT (counts->'entered')::text AS entered FROM exchange_loadedchunk WHERE batch_id = '{batch_id}' AND name = '{name}'"
    )
    return Entered.of(json.loads(found[0]["entered"])) if found and found[0]["entered"] else None


def _living(work: Bulk, whom: Whom) -> Whom:
    """Whom a word means today: who was joined to another is that other; who was made before is there, emptied."""
    found = work.rows(
        f"""WITH RECURSIVE chain AS (
            SELECT id, superseded_by FROM registry_person WHERE id = '{whom.person_id}'
            UNION ALL SELECT p.id, p.superseded_by FROM chain c JOIN registry_person p ON p.id = c.superseded_by
        ) SELECT id::text AS id FROM chain WHERE superseded_by IS NULL"""
    )
    if not found and not whom.is_new:
        raise HeldRowError("所选人员不存在")
    return Whom(whom.role, UUID(found[0]["id"]), False) if found else whom


def _decided(row_no: int, whom: Sequence[Whom]) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {"row_no": row_no, "role": w.role, "person_id": w.person_id.bytes, "rule": "manual", "score": None,
         "model_version": None, "state": "new" if w.is_new else "decided", "candidates": []}
        for w in whom
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DECISION)


def _refuse_old(work: Bulk, row: HeldRow) -> None:
    """A row must not replace what its source has said in a batch that came later."""
    closing, table = ("closing", "registry_personclaim")
    if row.feed.record is not None:
        closing, table = "replaced_record", row.feed.record._meta.db_table
    later = work.scalar(
        f"""SELECT count(*) AS n FROM {closing} x JOIN {table} c ON c.id = x.id JOIN exchange_batch b ON b.id = c.batch_id
        WHERE b.received_at > '{row.batch.received_at.isoformat()}'"""
    )
    if later:
        raise HeldRowError("来源此后已报送更新的内容, 这一行已经过时; 请选择“退回来源”并注明已有新报送")


def _entered(work: Bulk, row: HeldRow, name: str, at: datetime, counts: dict[str, int]) -> Entered:
    if counts["review"] or counts["unchanged"]:
        return Entered(name, at.isoformat(), counts)

    def ids(query: str) -> list[str]:
        return [found["id"] for found in work.rows(f"SELECT DISTINCT id::text AS id FROM ({query}) q")]

    made = ids("SELECT id FROM x_person WHERE first")
    if row.feed.record is None:
        return Entered(
            name, at.isoformat(), counts,
            persons=ids("SELECT id FROM x_person UNION SELECT id FROM replaced"), made=made,
            closed_claims=ids("SELECT id FROM closing"),
        )  # fmt: skip
    organised = bool(row.feed.organisations)
    return Entered(
        name, at.isoformat(), counts,
        persons=ids("SELECT id FROM x_person UNION SELECT id FROM replaced_person UNION SELECT id FROM settled_person"),
        made=made,
        organisations=ids("SELECT id FROM x_organisation UNION SELECT id FROM replaced_organisation") if organised else [],
        organisations_made=ids("SELECT id FROM x_organisation WHERE first") if organised else [],
        closed_claims=ids("SELECT id FROM closing_person"),
        closed_organisation_claims=ids("SELECT id FROM closing_organisation"),
        closed_records=ids("SELECT id FROM replaced_record"),
    )  # fmt: skip


def adjust_counts(work: Bulk, batch_id: UUID, counts: Mapping[str, int], times: int) -> None:
    """The batch's report says what became of its rows: one leaves review (1), or comes back to it (-1)."""
    if counts.get("review"):
        return
    change = {name: times * counts.get(name, 0) for name in COUNTS} | {"review": -times}
    add_counts(work, batch_id, change)


def add_counts(work: Bulk, batch_id: UUID, change: Mapping[str, int]) -> None:
    """Add to the batch's counts by name."""
    sums = ", ".join(
        f"'{name}', coalesce((counts->>'{name}')::int, 0) + ({by})" for name, by in change.items() if by
    )
    if sums:
        work.run(
            f"UPDATE exchange_batch SET counts = counts || jsonb_build_object({sums}) WHERE id = '{batch_id}'"
        )
