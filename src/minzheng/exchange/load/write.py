"""What a chunk writes (写入): subjects, claims, records, golden rows, outbox, each in one statement."""

from minzheng.exchange.load.mentions import Stamp
from minzheng.foundation.database.arrow import Bulk
from minzheng.registry import golden

PERSON_VALUES = [c for c in golden.PERSON_COLUMNS if c != "household_id"]
ORGANISATION_VALUES = list(golden.ORGANISATION_COLUMNS)
LIVE = "c.recorded_to IS NULL"


def subjects(work: Bulk, subject: str, stamp: Stamp) -> None:
    """Insert the new persons or organisations; identities are unique by construction."""
    mention, values = ("m", PERSON_VALUES) if subject == "person" else ("o", ORGANISATION_VALUES)
    household = ", household_id" if subject == "person" else ""
    join = f"LEFT JOIN registry_household h ON {_household(mention)}" if subject == "person" else ""
    work.run(
        f"""INSERT INTO registry_{subject} (id, {", ".join(values)}{household}, created_at, updated_at)
        SELECT x.id, {", ".join(f"{mention}.{v}" for v in values)}{", h.id" if household else ""}, {stamp.at_sql}, {stamp.at_sql}
        FROM x_{subject} x JOIN {mention} ON {mention}.row_no = x.row_no AND {mention}.role = x.role {join}
        WHERE x.is_new AND x.first ORDER BY x.id"""
    )


def claims(work: Bulk, subject: str, stamp: Stamp, *, has_record: bool) -> None:
    """Insert what the rows say, linked to whom they mean."""
    mention, values = ("m", PERSON_VALUES) if subject == "person" else ("o", ORGANISATION_VALUES)
    extra = ["household_id", "extra_cipher"] if subject == "person" else []
    extra_values = ["h.id", f"{mention}.extra_cipher"] if extra else []
    household = f"LEFT JOIN registry_household h ON {_household(mention)}" if subject == "person" else ""
    record = "JOIN r ON r.row_no = x.row_no" if has_record else ""
    columns = [*values, *extra]
    given = [*(f"{mention}.{v}" for v in values), *extra_values]
    work.run(
        f"""INSERT INTO registry_{subject}claim (id, {subject}_id, source_id, role, record_id, batch_id, row_no, digest, rule,
            model_version, score, valid_from, recorded_from, {", ".join(columns)})
        SELECT {mention}.claim_id, x.id, {stamp.source_id}, x.role, {"r.id" if has_record else "NULL"},
            '{stamp.batch_id}', x.row_no, {mention}.digest, x.rule, x.model_version, x.score, {mention}.valid_from,
            {stamp.at_sql}, {", ".join(given)}
        FROM x_{subject} x JOIN {mention} ON {mention}.row_no = x.row_no AND {mention}.role = x.role {record} {household}"""
    )


def _household(mention: str) -> str:
    return f"h.kind_code = 'hukou' AND h.key_blind = {mention}.household_key"


def close_replaced_claims(work: Bulk, stamp: Stamp) -> None:
    """人口底册: what this source said before of the persons it now speaks of anew, unless this chunk repeats it."""
    work.run(
        f"""CREATE TEMP TABLE replaced ON COMMIT DROP AS
        WITH closed AS (
            UPDATE registry_personclaim c SET recorded_to = {stamp.at_sql}
            FROM (SELECT DISTINCT id FROM x_person WHERE NOT is_new) x
            WHERE c.person_id = x.id AND c.source_id = {stamp.source_id} AND c.record_id IS NULL AND {LIVE}
              AND c.batch_id <> '{stamp.batch_id}' AND c.digest NOT IN (SELECT digest FROM m)
            RETURNING c.person_id
        ) SELECT DISTINCT person_id AS id FROM closed"""
    )


def close_replaced_records(work: Bulk, table: str, stamp: Stamp) -> None:
    """Earlier versions of records stated anew, and the claims that hung on them; their subjects are recomputed."""
    work.run(
        f"""CREATE TEMP TABLE replaced_record ON COMMIT DROP AS
        WITH closed AS (
            UPDATE {table} t SET recorded_to = {stamp.at_sql}
            FROM r WHERE r.key_digest = t.key_digest AND t.recorded_to IS NULL AND r.row_no NOT IN (SELECT row_no FROM gone)
            RETURNING t.id, t.key_digest
        ) SELECT id, key_digest FROM closed"""
    )
    for subject in ("person", "organisation"):
        work.run(
            f"""CREATE TEMP TABLE replaced_{subject} ON COMMIT DROP AS
            WITH closed AS (
                UPDATE registry_{subject}claim c SET recorded_to = {stamp.at_sql}
                FROM replaced_record o WHERE c.record_id = o.id AND {LIVE} RETURNING c.{subject}_id
            ) SELECT DISTINCT {subject}_id AS id FROM closed"""
        )


def records(work: Bulk, table: str, columns: list[str], stamp: Stamp) -> None:
    """Insert the rows' records."""
    work.run(
        f"""INSERT INTO {table} (id, source_id, batch_id, row_no, key_digest, digest, division_code, happened_on,
            recorded_from, extra_cipher, {", ".join(columns)})
        SELECT r.id, {stamp.source_id}, '{stamp.batch_id}', r.row_no, r.key_digest, r.digest, r.division_code,
            r.happened_on, {stamp.at_sql}, r.extra_cipher, {", ".join(f"r.{c}" for c in columns)}
        FROM r WHERE r.row_no NOT IN (SELECT row_no FROM gone)"""
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
        SELECT {stamp.at_sql}, '{data_set}', division_code, operation, array_agg(id ORDER BY id), '{batch_id}'
        FROM (SELECT id, coalesce(left(division_code, 6), '') AS division_code, operation FROM ({changes}) q) c
        GROUP BY division_code, operation"""
    )
