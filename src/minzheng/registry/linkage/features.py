"""What is compared (匹配特征): mentions without a number, and the persons they could be.

Nothing is opened for comparison: addresses, phones and households are compared by their blind indexes.
"""

import pyarrow as pa

from minzheng.foundation.database.arrow import Bulk

WHOLE_FROM = 0.02  # share of the register from which reading all of it beats looking candidates up

COLUMNS = """{t}.name_key, {t}.name_pinyin, {t}.birth_date, {t}.sex_code,
    {t}.hukou_division_code AS division_code, {t}.hukou_address_blind AS address, {t}.phone_blind AS phone,
    {t}.relation_to_head_code AS relation"""


def mentions(work: Bulk) -> pa.Table:
    """The chunk's mentions without a number, alike ones once: unique_id, rows (row_no, role) and features.

    Leaves them in the temporary table ``u`` for the look-up of candidates.
    """
    work.run(
        f"""CREATE TEMP TABLE u ON COMMIT DROP AS
        SELECT (row_number() OVER (ORDER BY f.rows[1], f.role))::int AS unique_id, f.* FROM (
            SELECT array_agg(m.row_no ORDER BY m.row_no) AS rows, m.role,
                   {COLUMNS.format(t="m")}, h.id AS household
            FROM m LEFT JOIN registry_household h ON h.kind_code = 'hukou' AND h.key_blind = m.household_key
            WHERE m.id_number_blind IS NULL AND m.creates AND m.row_no NOT IN (SELECT row_no FROM gone)
            GROUP BY m.role, m.name_key, m.name_pinyin, m.birth_date, m.sex_code, m.hukou_division_code,
                     m.hukou_address_blind, m.phone_blind, m.relation_to_head_code, h.id
        ) f"""
    )
    work.run("ANALYZE u")
    return work.table("SELECT * FROM u")


def register_size(work: Bulk) -> int:
    """How many persons there are: counted, not estimated, since the model's prior and so its decisions follow from it."""
    return int(work.scalar("SELECT count(*) AS n FROM registry_person WHERE superseded_by IS NULL"))


def candidates(work: Bulk, mentioned: int, total: int) -> pa.Table:
    """The persons a mention could be: all of them where many are mentioned, else those that share a blocking key."""
    select = f"SELECT p.id, {COLUMNS.format(t='p')}, p.household_id AS household FROM registry_person p"
    if mentioned > total * WHOLE_FROM:
        return work.table(f"{select} WHERE p.superseded_by IS NULL")
    work.run(
        """CREATE TEMP TABLE k ON COMMIT DROP AS
        SELECT p.id FROM u JOIN registry_person p ON p.name_key = u.name_key
        UNION SELECT p.id FROM u JOIN registry_person p ON p.birth_date = u.birth_date
        UNION SELECT p.id FROM u JOIN registry_person p ON p.phone_blind = u.phone
        UNION SELECT p.id FROM u JOIN registry_person p ON p.household_id = u.household"""
    )
    return work.table(f"{select} JOIN k ON k.id = p.id WHERE p.superseded_by IS NULL")


def name_frequencies(work: Bulk, total: int) -> pa.Table:
    """How common each mentioned name is in the whole register: name_key, tf_name_key."""
    return work.table(
        f"""SELECT name_key, (count(*) / {max(total, 1)}::float8) AS tf_name_key FROM registry_person
        WHERE name_key IN (SELECT name_key FROM u) GROUP BY name_key"""
    )
