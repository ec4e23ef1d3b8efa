"""What is done to the register by hand (基础库处置): a wrong link is split, two entries of one person are joined.

Claims are never changed: the old link is closed and a new one written, so that the history says who was taken for whom,
until when, and on whose word. Identities are never reused; a person joined to another stays, naming it.

All of it is one transaction, the caller's where he has one: the links, what follows from them in the register, the audit,
and what is told to others. There is no moment at which a part of it stands.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import Statements
from minzheng.foundation.database.within import within
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry import following
from minzheng.registry.golden import PERSON_COLUMNS, PERSON_GROUPS, recompute
from minzheng.registry.models import BusinessRecord

CARRIED = (
    "source_id",
    "role",
    "record_id",
    "batch_id",
    "row_no",
    "digest",
    "valid_from",
    "extra_cipher",
    *PERSON_COLUMNS,
)


class LinkError(ValueError):
    """The claims or persons named can't be separated or joined as asked (关联处置不允许)."""


def split(
    person_id: UUID, claim_ids: Sequence[UUID], *, by: User | str | None, at: datetime, reason: str
) -> UUID:
    """Take claims away from a person and give them to a new one; returns the new person's id (拆分).

    At least one current claim must stay and one must go; raises ``LinkError``.
    """
    _reasoned(reason)
    new_id = uuid7(at)
    with within() as work:
        _alone(work, person_id)
        chosen = ", ".join(f"'{c}'" for c in claim_ids) or "NULL"
        current = f"person_id = '{person_id}' AND recorded_to IS NULL"
        going = int(
            work.scalar(
                f"SELECT count(*) AS n FROM registry_personclaim WHERE {current} AND id IN ({chosen})"
            )
        )
        staying = int(work.scalar(f"SELECT count(*) AS n FROM registry_personclaim WHERE {current}")) - going
        if going != len(set(claim_ids)) or going == 0:
            raise LinkError("所选来源记录不属于此人或已失效")
        if staying == 0:
            raise LinkError("至少要留下一条来源记录")
        work.run(
            f"INSERT INTO registry_person (id, created_at, updated_at) SELECT '{new_id}', t.at, t.at "
            f"FROM (SELECT '{at.isoformat()}'::timestamptz AS at) t"
        )
        _move(work, f"{current} AND id IN ({chosen})", new_id, at)
        _settle(work, "SELECT record_id FROM moved", [person_id, new_id], at)
        _tell(work, [("updated", person_id), ("created", new_id)], at)
        record(by=by, action="split_person", object_kind="person", object_id=person_id, purpose=reason,
               detail={"new_person": str(new_id), "claims": len(claim_ids)}, at=at)  # fmt: skip
    return new_id


def join(kept_id: UUID, gone_id: UUID, *, by: User | str | None, at: datetime, reason: str) -> None:
    """Two entries are one person: all claims of the second go to the first, which supersedes it (合并)."""
    _reasoned(reason)
    if kept_id == gone_id:
        raise LinkError("不能与自身合并")
    with within() as work:
        _alone(work, kept_id, gone_id)
        alive = work.scalar(
            f"SELECT count(*) AS n FROM registry_person WHERE id IN ('{kept_id}', '{gone_id}') AND superseded_by IS NULL"
        )
        if alive != 2:
            raise LinkError("人员不存在或已被合并")
        _move(work, f"person_id = '{gone_id}' AND recorded_to IS NULL", kept_id, at)
        work.run(
            f"UPDATE registry_person SET superseded_by = '{kept_id}', updated_at = '{at.isoformat()}' WHERE id = '{gone_id}'"
        )
        _settle(work, "SELECT record_id FROM moved", [kept_id, gone_id], at)
        _tell(work, [("updated", kept_id), ("withdrawn", gone_id)], at)
        record(by=by, action="join_persons", object_kind="person", object_id=kept_id, purpose=reason,
               detail={"superseded": str(gone_id)}, at=at)  # fmt: skip


def put_back(
    owner_id: UUID, holder_id: UUID, moved_at: datetime, *, by: User | str | None, at: datetime, reason: str
) -> None:
    """Undo a split or a join: the claims moved from owner to holder at that moment stand with their owner again (撤销).

    They stand as they were, under the rule that had linked them, and say what follows from the records that stand now: a
    revocation may have come since. What the sources have said anew stays where it is; raises ``LinkError`` where nothing
    of the move stands any more. A holder left with nothing leads to the owner.
    """
    _reasoned(reason)
    with within() as work:
        _alone(work, owner_id, holder_id)
        work.run(
            f"""CREATE TEMP TABLE back ON COMMIT DROP AS SELECT o.id AS old_id, o.record_id, c.id AS copy_id
            FROM registry_personclaim o JOIN registry_personclaim c ON c.person_id = '{holder_id}'
                AND c.recorded_from >= '{moved_at.isoformat()}' AND c.recorded_to IS NULL AND c.rule = 'manual'
                AND (c.batch_id, c.row_no, c.role) = (o.batch_id, o.row_no, o.role)
            WHERE o.person_id = '{owner_id}' AND o.recorded_to = '{moved_at.isoformat()}'"""
        )
        moved = int(work.scalar("SELECT count(*) AS n FROM back"))
        if not moved:
            raise LinkError("这次处置移动的来源记录都已被后来的报送或处置取代, 无从撤销")
        moment = f"'{at.isoformat()}'"
        work.run(
            f"UPDATE registry_personclaim SET recorded_to = {moment} WHERE id IN (SELECT copy_id FROM back)"
        )
        work.run("UPDATE registry_personclaim SET recorded_to = NULL WHERE id IN (SELECT old_id FROM back)")
        revived = work.rows(
            f"UPDATE registry_person SET superseded_by = NULL, updated_at = {moment} "
            f"WHERE id = '{owner_id}' AND superseded_by = '{holder_id}' RETURNING id::text AS id"
        )
        _tell_records(work, "SELECT record_id FROM back", at)
        _settle(work, "SELECT record_id FROM back", [owner_id, holder_id], at)
        emptied = work.rows(
            f"""UPDATE registry_person p SET superseded_by = '{owner_id}', updated_at = {moment}
            WHERE p.id = '{holder_id}' AND NOT EXISTS (SELECT 1 FROM registry_personclaim c
                WHERE c.person_id = p.id AND c.recorded_to IS NULL) RETURNING p.id::text AS id"""
        )
        _tell(work, [("created" if revived else "updated", owner_id)], at)
        _tell(work, [("withdrawn" if emptied else "updated", holder_id)], at)
        record(by=by, action="put_back_claims", object_kind="person", object_id=owner_id, purpose=reason,
               detail={"from": str(holder_id), "claims": moved}, at=at)  # fmt: skip


def _alone(work: Statements, *ids: UUID) -> None:
    """Who changes a person's links waits for whoever is at it, and then sees what he has done."""
    # Of an earlier change in the same transaction.
    work.run("DROP TABLE IF EXISTS pg_temp.moved, pg_temp.back, pg_temp.changed_person")
    chosen = ", ".join(f"'{i}'" for i in sorted(ids, key=str))
    work.run(f"SELECT 1 FROM registry_person WHERE id IN ({chosen}) ORDER BY id FOR UPDATE")


def _move(work: Statements, which: str, to: UUID, at: datetime) -> None:
    """Close the chosen claims and write them anew for another person, by hand."""
    columns = ", ".join(CARRIED)
    work.run(
        f"""CREATE TEMP TABLE moved ON COMMIT DROP AS
        SELECT id AS old_id, gen_random_uuid() AS new_id, {columns} FROM registry_personclaim WHERE {which}"""
    )
    work.run(
        f"UPDATE registry_personclaim SET recorded_to = '{at.isoformat()}' WHERE id IN (SELECT old_id FROM moved)"
    )
    work.run(
        f"""INSERT INTO registry_personclaim (id, person_id, rule, recorded_from, {columns})
        SELECT new_id, '{to}', 'manual', '{at.isoformat()}', {columns} FROM moved"""
    )
    _tell_records(work, "SELECT record_id FROM moved", at)


def _tell_records(work: Statements, records: str, at: datetime) -> None:
    """The business records that now speak of someone else, to whoever holds a copy of them."""
    for model in BusinessRecord.__subclasses__():
        work.run(
            f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id)
            SELECT '{at.isoformat()}', s.feed, coalesce(left(r.division_code, 6), ''), 'updated', array_agg(r.id), NULL
            FROM {model._meta.db_table} r JOIN registry_source s ON s.id = r.source_id
            WHERE r.id IN ({records}) AND r.recorded_to IS NULL GROUP BY 2, 3"""
        )


def _settle(work: Statements, records: str, ids: Sequence[UUID], at: datetime) -> None:
    """Put right what follows from links that have moved, of whomever it is said; others look once all of it stands."""
    said = ", ".join(f"('{i}'::uuid)" for i in ids)
    moment = f"'{at.isoformat()}'::timestamptz"
    settled = following.moved(work, records=records, persons=f"VALUES {said}", at=moment)
    others = [one for one in dict.fromkeys(settled) if one not in ids]
    _recompute(work, [*ids, *others], at)
    changed = {row["id"] for row in work.rows("SELECT id::text AS id FROM changed_person")}
    if told := [("updated", one) for one in others if str(one) in changed]:
        _tell(work, told, at)
    following.to_be_looked_at([*ids, *others], at=at)


def _recompute(work: Statements, ids: Sequence[UUID], at: datetime) -> None:
    chosen = ", ".join(f"('{i}'::uuid)" for i in ids)
    recompute(
        work,
        subject="person",
        groups=PERSON_GROUPS,
        touched=f"VALUES {chosen}",
        at=f"'{at.isoformat()}'::timestamptz",
    )


def _tell(work: Statements, changes: Sequence[tuple[str, UUID]], at: datetime) -> None:
    """Operation → person, to whoever holds a copy."""
    said = ", ".join(f"('{operation}', '{person}'::uuid)" for operation, person in changes)
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id)
        SELECT '{at.isoformat()}', 'persons', coalesce(left(p.hukou_division_code, 6), ''), c.operation, ARRAY[p.id], NULL
        FROM (VALUES {said}) c (operation, id) JOIN registry_person p ON p.id = c.id"""
    )


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise LinkError("须写明理由")
