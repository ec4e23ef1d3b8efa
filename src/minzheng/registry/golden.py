"""Golden rows (主档): each attribute from the most authoritative source that states it, then the newest statement.

One statement recomputes any number of subjects from their current claims. A division is the one that stands today for the code
a source stated; the claim keeps what was said. What is taken together (a number and its
blind index, an address and its) is one group, so that it never comes from two sources.
"""

import json
from collections.abc import Mapping, Sequence

from minzheng.foundation.database.arrow import Statements

Groups = Mapping[str, Sequence[str]]
UNRANKED = 50

PERSON_GROUPS: Groups = {
    "name": ("name", "name_key", "name_pinyin"),
    "id_number": ("id_number_cipher", "id_number_blind"),
    "sex_code": ("sex_code",),
    "birth_date": ("birth_date",),
    "ethnic_code": ("ethnic_code",),
    "hukou_division_code": ("hukou_division_code",),
    "hukou_address": ("hukou_address_cipher", "hukou_address_blind"),
    "residence_address": ("residence_address_cipher",),
    "phone": ("phone_cipher", "phone_blind"),
    "marital_status_code": ("marital_status_code",),
    "education_code": ("education_code",),
    "relation_to_head_code": ("relation_to_head_code",),
    "household_key": ("household_id",),
    "death_date": ("death_date",),
}
ORGANISATION_GROUPS: Groups = {
    "name": ("name", "name_key"),
    "uscc": ("uscc",),
    "kind_code": ("kind_code",),
    "division_code": ("division_code",),
    "address": ("address",),
    "founded_on": ("founded_on",),
    "status_code": ("status_code",),
}
ELSEWHERE = "registry_homeelsewhere"
DIVISION = {"person": "hukou_division_code", "organisation": "division_code"}
PERSON_COLUMNS = tuple(column for group in PERSON_GROUPS.values() for column in group)
ORGANISATION_COLUMNS = tuple(column for group in ORGANISATION_GROUPS.values() for column in group)


Ranks = Mapping[int, Mapping[str, int]]


def ranks_of(work: Statements) -> Ranks:
    """Rank per source and attribute, as the sources declare it."""
    rows = work.rows("SELECT id, authority::text AS authority FROM registry_source")
    return {row["id"]: json.loads(row["authority"]) for row in rows}


def order_of(attribute: str, ranks: Ranks, alias: str = "c") -> str:
    """SQL order in which claims are believed for one attribute: rank of the source, valid time, recorded time.

    Attributes that all sources rank alike get the same text, so that PostgreSQL sorts once for all of them.
    """
    said = {source: rank[attribute] for source, rank in sorted(ranks.items()) if attribute in rank}
    whens = " ".join(f"WHEN {source} THEN {rank}" for source, rank in said.items())
    rank = f"CASE {alias}.source_id {whens} ELSE {UNRANKED} END, " if whens else ""
    return f"{rank}{alias}.valid_from DESC, {alias}.recorded_from DESC, {alias}.row_no DESC, {alias}.id DESC"


def recompute(work: Statements, *, subject: str, groups: Groups, touched: str, at: str) -> int:
    """Recompute the golden rows whose ids the query ``touched`` gives; returns how many changed.

    ``subject``: ``person`` or ``organisation``. The ids of those that changed are left in the temporary table
    ``changed_<subject>``.
    """
    columns = [column for group in groups.values() for column in group]
    ranks = ranks_of(work)
    where = DIVISION[subject]
    picks = [
        f"(array_agg(c.{column} ORDER BY {order_of(attribute, ranks)}) FILTER (WHERE c.{group[0]} IS NOT NULL))[1] AS {column}"
        for attribute, group in groups.items()
        for column in group
    ]
    work.run(f"CREATE TEMP TABLE IF NOT EXISTS changed_{subject} (id uuid) ON COMMIT DROP")
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE touched_{subject} ON COMMIT DROP AS SELECT t.id, p.former FROM ({touched}) t (id)
            LEFT JOIN LATERAL (SELECT {where} AS former FROM registry_{subject} k WHERE k.id = t.id) p ON true"""
        )
    work.run(f"ANALYZE touched_{subject}")
    with work.by_index():
        work.run(
            f"""WITH believed AS (
                SELECT c.{subject}_id AS subject_id, {", ".join(picks)}
                FROM touched_{subject} q CROSS JOIN LATERAL (
                    SELECT * FROM registry_{subject}claim k WHERE k.{subject}_id = q.id OFFSET 0) c
                WHERE c.recorded_to IS NULL
                GROUP BY c.{subject}_id
            ), golden AS (
                SELECT b.subject_id, {", ".join(_lying(subject) if c == where else f"b.{c}" for c in columns)}
                FROM believed b {_lands(subject)}
            ), done AS (
                UPDATE registry_{subject} t SET {", ".join(f"{c} = g.{c}" for c in columns)}, updated_at = {at}
                FROM golden g WHERE t.id = g.subject_id
                  AND ({", ".join(f"t.{c}" for c in columns)}) IS DISTINCT FROM ({", ".join(f"g.{c}" for c in columns)})
                RETURNING t.id
            ) INSERT INTO changed_{subject} SELECT id FROM done"""
        )
    if subject == "person":
        _said_above(work, at)
        _tell_moves(work, at)
    work.run(f"DROP TABLE touched_{subject}")
    return int(work.scalar(f"SELECT count(*) AS n FROM changed_{subject}"))


def _lying(subject: str) -> str:
    """The division: by the word of the level above, else what stands today for the code believed first."""
    where = DIVISION[subject]
    above = "e.division_code, " if subject == "person" else ""
    return f"coalesce({above}n.now_code, b.{where}) AS {where}"


def _lands(subject: str) -> str:
    elsewhere = f" LEFT JOIN {ELSEWHERE} e ON e.person_id = b.subject_id" if subject == "person" else ""
    return f"LEFT JOIN registry_divisionnow n ON n.code = b.{DIVISION[subject]}{elsewhere}"


def _said_above(work: Statements, at: str) -> None:
    """The same for whom nothing that stands is said here any more."""
    with work.by_index():
        work.run(
            f"""WITH done AS (
                UPDATE registry_person t SET {DIVISION["person"]} = e.division_code, updated_at = {at}
                FROM touched_person q JOIN {ELSEWHERE} e ON e.person_id = q.id
                WHERE t.id = q.id AND t.{DIVISION["person"]} IS DISTINCT FROM e.division_code RETURNING t.id
            ) INSERT INTO changed_person SELECT id FROM done"""
        )


def _tell_moves(work: Statements, at: str) -> None:
    """Who belongs to another county now, to both places: one gets all there is, the other hears that it is no longer his.

    So whoever belonged to none before: what records said of him then has gone to no county of his.
    """
    with work.by_index():
        work.run(
            f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, former_code, operation, subject_ids)
            SELECT {at}, 'persons', coalesce(left(p.hukou_division_code, 6), ''), coalesce(left(q.former, 6), ''), 'moved',
                array_agg(q.id)
            FROM touched_person q CROSS JOIN LATERAL (
                SELECT hukou_division_code, created_at FROM registry_person k WHERE k.id = q.id) p
            WHERE left(q.former, 6) IS DISTINCT FROM left(p.hukou_division_code, 6)
                AND (q.former IS NOT NULL OR p.created_at < {at}) GROUP BY 2, 3, 4"""
        )


def clear_unstated(work: Statements, *, subject: str, groups: Groups, among: str, at: str) -> list[str]:
    """Empty the golden rows of which no claim says anything any more; returns their ids.

    ``among`` is a list of quoted ids. The identity stays, for it is never used again; no search and no number leads there.
    """
    columns = [column for group in groups.values() for column in group]
    found = work.rows(
        f"""SELECT t.id::text AS id FROM registry_{subject} t
        WHERE t.id IN ({among}) AND t.superseded_by IS NULL AND NOT EXISTS (
            SELECT 1 FROM registry_{subject}claim c WHERE c.{subject}_id = t.id AND c.recorded_to IS NULL)"""
    )
    ids = [row["id"] for row in found]
    if ids:
        empty = ", ".join(f"{column} = NULL" for column in columns)
        chosen = ", ".join(f"'{i}'" for i in ids)
        work.run(f"UPDATE registry_{subject} SET {empty}, updated_at = {at} WHERE id IN ({chosen})")
    return ids
