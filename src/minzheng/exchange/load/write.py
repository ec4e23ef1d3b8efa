"""What a chunk writes (写入): subjects, claims, records, golden rows, outbox, each in one statement."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.exchange.load.staged import Stamp
from minzheng.foundation.database.arrow import Bulk
from minzheng.registry import golden

VALUES = {
    "person": [c for c in golden.PERSON_COLUMNS if c != "household_id"],
    "organisation": list(golden.ORGANISATION_COLUMNS),
}
CARRIED = {"person": ["household_id"], "organisation": []}  # columns that resolving found


class Resolved:
    """A chunk's mentions beside what resolving found of them, ready to be copied into the register.

    New subjects and claims go in by COPY, straight from the columns they were built in; only the narrow answer came back
    from the database. ``mentions`` are ordered by role and row, as they were built.
    """

    def __init__(
        self, work: Bulk, subject: str, mentions: pa.Table, roles: Sequence[str], *, has_record: bool
    ) -> None:
        record = "r.id" if has_record else "NULL::uuid"
        carried = "".join(f", x.{c}" for c in CARRIED[subject])
        order = " ".join(f"WHEN '{role}' THEN {n}" for n, role in enumerate(roles))
        found = work.table(
            f"""SELECT x.id, x.first, x.rule, x.model_version, x.score, {record} AS record_id{carried},
                (CASE x.role {order} END)::bigint * {ROLE_STEP} + x.row_no AS place
            FROM x_{subject} x {"JOIN r ON r.row_no = x.row_no" if has_record else ""}"""
        )
        role = pc.index_in(mentions["role"], value_set=pa.array(list(roles))).to_numpy().astype(np.int64)
        places = role * ROLE_STEP + mentions["row_no"].to_numpy()
        self._subject, self._found = subject, found
        self._mentions = mentions.take(pa.array(np.searchsorted(places, found["place"].to_numpy())))

    def subjects(self, work: Bulk, stamp: Stamp) -> None:
        """Insert the new persons or organisations; identities are unique by construction."""
        n, new = self._found.num_rows, self._found["first"]
        columns = {"id": _uuid(self._found["id"])} | self._values()
        columns |= {"created_at": _moment(stamp, n), "updated_at": _moment(stamp, n)}
        columns[golden.DIVISION[self._subject]] = _today(work, columns[golden.DIVISION[self._subject]])
        work.copy_in(f"registry_{self._subject}", pa.table(columns).filter(new))

    def claims(self, work: Bulk, stamp: Stamp) -> None:
        """Insert what the rows say, linked to whom they mean."""
        n, given = self._found.num_rows, self._mentions
        columns = {
            "id": given["claim_id"],
            f"{self._subject}_id": _uuid(self._found["id"]),
            "source_id": pa.array(np.full(n, stamp.source_id, np.int32)),
            "role": given["role"],
            "record_id": _uuid(self._found["record_id"]),
            "batch_id": pa.array([stamp.batch_id.bytes] * n, pa.binary(16)),
            "row_no": given["row_no"],
            "digest": given["digest"],
            "rule": self._found["rule"],
            "model_version": self._found["model_version"],
            "score": self._found["score"],
            "valid_from": given["valid_from"],
            "recorded_from": _moment(stamp, n),
        }
        extra = {"extra_cipher": given["extra_cipher"]} if "extra_cipher" in given.column_names else {}
        work.copy_in(f"registry_{self._subject}claim", pa.table(columns | self._values() | extra))

    def _values(self) -> dict[str, pa.ChunkedArray]:
        values = {name: self._mentions[name] for name in VALUES[self._subject]}
        return values | {name: _uuid(self._found[name]) for name in CARRIED[self._subject]}


ROLE_STEP = 1 << 40


def _uuid(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A uuid column as the bytes COPY takes."""
    if isinstance(column.type, pa.UuidType):
        return pa.chunked_array([chunk.storage for chunk in column.chunks], pa.binary(16))
    return column.cast(pa.binary(16))


def _today(work: Bulk, codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Divisions as they are today: of codes that ended, the one that stands for them now."""
    now = {
        row["code"]: row["now_code"] for row in work.rows("SELECT code, now_code FROM registry_divisionnow")
    }
    found = codes.unique().to_pylist()
    if not any(code in now for code in found):
        return codes
    places = pc.index_in(codes, value_set=pa.array(found, codes.type))
    return pc.take(pa.array([now.get(code, code) for code in found], codes.type), places)


def _moment(stamp: Stamp, n: int) -> pa.Array:
    return pa.array([stamp.recorded_at], pa.timestamp("us", tz="UTC")).take(pa.array(np.zeros(n, np.int64)))


def close_replaced_claims(work: Bulk, stamp: Stamp) -> None:
    """人口底册: what this source said before of the persons it now speaks of anew, unless this chunk repeats it.

    A row without a number leaves what was said with one: a link by the model must not take a number away.
    """
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE closing ON COMMIT DROP AS
            SELECT c.id, x.id AS subject_id, c.digest
            FROM (SELECT id, bool_or(numbered) AS numbered FROM x_person WHERE NOT is_new GROUP BY id) x
            CROSS JOIN LATERAL (SELECT * FROM registry_personclaim k WHERE k.person_id = x.id OFFSET 0) c
            WHERE c.source_id = {stamp.source_id} AND c.record_id IS NULL AND c.recorded_to IS NULL
                AND c.batch_id <> '{stamp.batch_id}' AND (x.numbered OR c.id_number_blind IS NULL)"""
        )
    work.run("DELETE FROM closing USING m WHERE closing.digest = m.digest")
    _close(work, "registry_personclaim", "closing", stamp)
    work.run("CREATE TEMP TABLE replaced ON COMMIT DROP AS SELECT DISTINCT subject_id AS id FROM closing")


def close_replaced_records(work: Bulk, table: str, stamp: Stamp) -> None:
    """Earlier versions of records stated anew, and the claims that hung on them; their subjects are recomputed."""
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE replaced_record ON COMMIT DROP AS
            SELECT c.id, r.key_digest FROM r CROSS JOIN LATERAL (SELECT id FROM {table} t
                WHERE t.key_digest = r.key_digest AND t.recorded_to IS NULL OFFSET 0) c
            WHERE r.row_no NOT IN (SELECT row_no FROM gone)"""
        )
    _close(work, table, "replaced_record", stamp)
    for subject in ("person", "organisation"):
        with work.by_index():
            work.run(
                f"""CREATE TEMP TABLE closing_{subject} ON COMMIT DROP AS
                SELECT c.id, c.subject_id FROM replaced_record o CROSS JOIN LATERAL (
                    SELECT id, {subject}_id AS subject_id FROM registry_{subject}claim k
                    WHERE k.record_id = o.id AND k.recorded_to IS NULL OFFSET 0) c"""
            )
        _close(work, f"registry_{subject}claim", f"closing_{subject}", stamp)
        work.run(
            f"CREATE TEMP TABLE replaced_{subject} ON COMMIT DROP AS SELECT DISTINCT subject_id AS id FROM closing_{subject}"
        )


def _close(work: Bulk, table: str, closing: str, stamp: Stamp) -> None:
    """End the recorded time of the rows whose ids a temporary table holds."""
    work.run(f"ANALYZE {closing}")
    with work.by_index():
        work.run(f"UPDATE {table} SET recorded_to = {stamp.at_sql} WHERE id IN (SELECT id FROM {closing})")


def places(work: Bulk, class_code: str, stamp: Stamp) -> None:
    """Enter the places the rows speak of that are not known yet, and say in ``r`` which place each row's is."""
    work.run(
        f"""INSERT INTO registry_place (id, class_code, name, division_code, shape, created_at)
        SELECT DISTINCT ON (name, division_code) new_id, '{class_code}', name, division_code, 'point', {stamp.at_sql}
        FROM l WHERE row_no NOT IN (SELECT row_no FROM gone) ORDER BY name, division_code
        ON CONFLICT (class_code, name, division_code) DO NOTHING"""
    )
    work.run("ALTER TABLE r ADD COLUMN place_id uuid")
    work.run(
        f"""UPDATE r SET place_id = p.id FROM l JOIN registry_place p
            ON p.class_code = '{class_code}' AND p.name = l.name AND p.division_code = l.division_code
        WHERE l.row_no = r.row_no"""
    )


def records(work: Bulk, table: str, columns: list[str], stamp: Stamp) -> None:
    """Insert the rows' records."""
    work.run(
        f"""INSERT INTO {table} (id, source_id, batch_id, row_no, key_digest, digest, division_code,
            stated_division_code, happened_on, recorded_from, extra_cipher, {", ".join(columns)})
        SELECT r.id, {stamp.source_id}, '{stamp.batch_id}', r.row_no, r.key_digest, r.digest,
            coalesce(n.now_code, r.division_code), CASE WHEN n.now_code IS NOT NULL THEN r.division_code END,
            r.happened_on, {stamp.at_sql}, r.extra_cipher, {", ".join(f"r.{c}" for c in columns)}
        FROM r LEFT JOIN registry_divisionnow n ON n.code = r.division_code
        WHERE r.row_no NOT IN (SELECT row_no FROM gone)"""
    )


def recompute(work: Bulk, subject: str, stamp: Stamp, *, also: str = "") -> None:
    """Golden rows of everyone known before, mentioned twice, or whose earlier statement was closed."""
    groups = golden.PERSON_GROUPS if subject == "person" else golden.ORGANISATION_GROUPS
    touched = (
        f"SELECT id FROM x_{subject} WHERE NOT is_new UNION "
        f"SELECT id FROM x_{subject} WHERE is_new GROUP BY id HAVING count(*) > 1 {also}"
    )
    golden.recompute(work, subject=subject, groups=groups, touched=touched, at=stamp.at_sql)


def outbox(work: Bulk, data_set: str, batch_id: object, stamp: Stamp, changes: str) -> None:
    """One entry per division and operation. ``changes`` is a query of (id, division_code, operation)."""
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id)
        SELECT {stamp.at_sql}, '{data_set}', division_code, operation, array_agg(id), '{batch_id}'
        FROM (SELECT id, coalesce(left(division_code, 6), '') AS division_code, operation FROM ({changes}) q) c
        GROUP BY division_code, operation"""
    )
