"""Who is meant (身份归并): every mention of a chunk tied to one person or organisation, by number first.

The narrow table ``x_<subject>`` holds the answer: row, role, id, rule, score, whether the subject is new. A known number
with a clearly different name sends the whole row to review and changes nothing, unless someone has decided who it is:
then (rule ``manual``) his word goes before number and model, and the same name under the same number is not asked again.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.database.arrow import Bulk
from minzheng.kernel.names import compatible
from minzheng.registry.variants import variants

ROUNDS = 20
FIRST = "creates DESC, row_no, role"  # which mention of someone new makes the person
# The person goes by this name too, under this number: what was once decided is not asked at every payment anew.
KNOWN_AS = """EXISTS (SELECT 1 FROM registry_personclaim c WHERE c.person_id = x0.id AND c.recorded_to IS NULL
    AND c.id_number_blind = x0.key AND c.name_key = x0.name_key)"""


def resolve_persons(work: Bulk, decisions: pa.Table | None) -> list[dict[str, Any]]:
    """Fill ``x_person`` for every mention not ``gone``; returns the review items found (row_no, role, reason, candidates).

    ``decisions`` (shape ``linkage.DECISION``) are the linkage's answers for mentions without a number, and what was
    decided by hand: state ``decided``, or ``new`` with the new person's id. Mentions without either are new persons where
    their party may create one.
    """
    _decided(work, decisions)
    with work.by_index():
        work.run(
            """CREATE TEMP TABLE numbered ON COMMIT DROP AS
            SELECT m.row_no, m.role, p.id, p.name_key FROM m CROSS JOIN LATERAL
            (SELECT id, name_key FROM registry_person q
             WHERE q.id_number_blind = m.id_number_blind AND q.superseded_by IS NULL OFFSET 0) p"""
        )
    work.run("ANALYZE numbered")
    work.run(
        """CREATE TEMP TABLE x0 ON COMMIT DROP AS
        SELECT DISTINCT ON (m.row_no, m.role) m.row_no, m.role, m.id_number_blind AS key,
               CASE WHEN d.state = 'new' THEN d.person_id ELSE m.new_id END AS new_id,
               m.creates OR d.state IS NOT DISTINCT FROM 'new' AS creates,
               m.name_key, m.hukou_division_code AS division_code, h.id AS household_id,
               CASE d.state WHEN 'decided' THEN d.person_id WHEN 'new' THEN NULL ELSE coalesce(p.id, d.person_id) END AS id,
               CASE WHEN d.rule IS DISTINCT FROM 'manual' THEN p.name_key END AS other_name,
               CASE WHEN p.id IS NOT NULL AND d.rule IS DISTINCT FROM 'manual' THEN 'id_number' ELSE d.rule END AS rule,
               CASE WHEN p.id IS NULL THEN d.score END AS score,
               CASE WHEN p.id IS NULL THEN d.model_version END AS model_version
        FROM m
        LEFT JOIN numbered p ON p.row_no = m.row_no AND p.role = m.role
        LEFT JOIN registry_household h ON h.kind_code = 'hukou' AND h.key_blind = m.household_key
        LEFT JOIN d ON d.row_no = m.row_no AND d.role = m.role
        WHERE m.row_no NOT IN (SELECT row_no FROM gone)
        ORDER BY m.row_no, m.role, (p.name_key = m.name_key) DESC NULLS LAST, p.id"""
    )
    found = _different_names(
        work,
        f"SELECT row_no, role, name_key, other_name, id FROM x0 WHERE other_name <> name_key AND NOT {KNOWN_AS}",
    )
    found += _uncertain(decisions)
    _set_aside(work, found)
    for _ in range(ROUNDS):  # rows that leave may have been the first to bring a number: look again
        later = _different_names(
            work,
            f"""SELECT * FROM (SELECT row_no, role, name_key, new_id AS id,
                first_value(name_key) OVER (PARTITION BY new_id ORDER BY {FIRST}) AS other_name
                FROM x0 WHERE id IS NULL AND key IS NOT NULL AND rule IS DISTINCT FROM 'manual') n
                WHERE name_key <> other_name""",
        )
        if not later:
            break
        _set_aside(work, later)
        found += later
    work.run(
        f"""CREATE TEMP TABLE x_person ON COMMIT DROP AS
        SELECT row_no, role, coalesce(id, new_id) AS id, id IS NULL AS is_new, id IS NULL AND nth = 1 AS first,
               coalesce(rule, CASE WHEN nth = 1 THEN 'new' ELSE 'id_number' END) AS rule, score, model_version, division_code,
               household_id, coalesce(rule = 'id_number' OR (rule = 'manual' AND key IS NOT NULL), false) AS numbered
        FROM (SELECT *, row_number() OVER w AS nth, first_value(creates) OVER w AS made
              FROM x0 WINDOW w AS (PARTITION BY coalesce(id, new_id) ORDER BY {FIRST})) n
        WHERE id IS NOT NULL OR made"""
    )
    work.run("ANALYZE x_person")
    return found


def resolve_organisations(work: Bulk) -> None:
    """Fill ``x_organisation``: by credit code, else by the very name; whoever is not found is new."""
    work.run(
        """CREATE TEMP TABLE x_organisation ON COMMIT DROP AS
        SELECT DISTINCT ON (o.row_no, o.role) o.row_no, o.role, o.new_id, true AS creates,
               coalesce(c.id, n.id) AS id, (coalesce(c.id, n.id) IS NULL) AS is_new,
               CASE WHEN c.id IS NOT NULL THEN 'uscc' WHEN n.id IS NOT NULL THEN 'exact_name' ELSE 'new' END AS rule,
               NULL::float8 AS score, NULL::text AS model_version
        FROM o
        LEFT JOIN registry_organisation c ON c.uscc = o.uscc AND c.superseded_by IS NULL
        LEFT JOIN registry_organisation n ON c.id IS NULL AND n.name_key = o.name_key AND n.superseded_by IS NULL
              AND (n.uscc IS NULL OR o.uscc IS NULL)
        WHERE o.row_no NOT IN (SELECT row_no FROM gone)
        ORDER BY o.row_no, o.role, c.id, n.id"""
    )
    work.run("ALTER TABLE x_organisation ADD COLUMN first boolean DEFAULT false")
    work.run(
        """UPDATE x_organisation x SET first = true FROM
        (SELECT DISTINCT ON (new_id) row_no, role FROM x_organisation WHERE is_new ORDER BY new_id, row_no, role) f
        WHERE x.row_no = f.row_no AND x.role = f.role"""
    )
    work.run("UPDATE x_organisation SET id = new_id WHERE is_new")


def _decided(work: Bulk, decisions: pa.Table | None) -> None:
    empty = {"row_no": pa.int32(), "role": pa.string(), "person_id": pa.binary(16), "rule": pa.string(),
             "score": pa.float64(), "model_version": pa.string(), "state": pa.string()}  # fmt: skip
    if decisions is None:
        copy_temporary(work, "d", pa.table({k: pa.array([], t) for k, t in empty.items()}))
    else:
        linked = decisions.filter(pa.compute.not_equal(decisions["state"], "review"))
        copy_temporary(work, "d", linked.select(list(empty)))


def by_hand(decisions: pa.Table | None, decided: pa.Table | None) -> pa.Table | None:
    """The linkage's answers, replaced where someone has decided."""
    if decisions is None or decided is None:
        return decided if decisions is None else decisions
    known = set(zip(decided["row_no"].to_pylist(), decided["role"].to_pylist(), strict=True))
    asked = zip(decisions["row_no"].to_pylist(), decisions["role"].to_pylist(), strict=True)
    rest = decisions.filter(pa.array([one not in known for one in asked], pa.bool_()))
    return pa.concat_tables([rest, decided])


def _uncertain(decisions: pa.Table | None) -> list[dict[str, Any]]:
    """The linkage's own doubts as review items."""
    if decisions is None:
        return []
    doubtful = decisions.filter(pa.compute.equal(decisions["state"], "review"))
    return [
        {"row_no": row["row_no"], "role": row["role"], "reason": "uncertain", "candidates": row["candidates"]}
        for row in doubtful.select(["row_no", "role", "candidates"]).to_pylist()
    ]


def _different_names(work: Bulk, query: str) -> list[dict[str, Any]]:
    """Of the mentions whose name is not the same, those whose name is clearly different."""
    pairs = work.rows(f"SELECT row_no, role, name_key, other_name, id::text AS id FROM ({query}) q")
    table = variants()
    agree = {pair: compatible(*pair, table) for pair in {(p["name_key"], p["other_name"]) for p in pairs}}
    return [
        {
            "row_no": p["row_no"], "role": p["role"], "reason": "name_differs",
            "candidates": [{"person_id": p["id"], "role": p["role"], "score": None}],
        }
        for p in pairs
        if not agree[p["name_key"], p["other_name"]]
    ]  # fmt: skip


def _set_aside(work: Bulk, found: Sequence[dict[str, Any]]) -> None:
    """Rows of review items leave the chunk."""
    numbers = sorted({item["row_no"] for item in found})
    if not numbers:
        return
    values = ", ".join(f"({n})" for n in numbers)
    work.run(
        f"INSERT INTO gone SELECT v.n, 'review' FROM (VALUES {values}) v(n) WHERE v.n NOT IN (SELECT row_no FROM gone)"
    )
    work.run("DELETE FROM x0 WHERE row_no IN (SELECT row_no FROM gone)")
