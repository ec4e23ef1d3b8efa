"""Who is who between nodes (身份对应): two nodes may have entered one person each, before either heard of the other.

The upper node's identity is the one that stays. What comes from below under an identity not known here, with a number that is
known and a name that agrees, is that person; what comes from above under such an identity takes the local one's place. Both
leave the other identity standing, naming the one that stays. A number with a clearly different name joins nothing: both
stand, and the pair waits at the review desk.
"""

from minzheng.foundation.database.arrow import Bulk
from minzheng.kernel.names import compatible
from minzheng.registry.variants import variants


def settle(work: Bulk, above: bool, at: str) -> None:
    """Put ``b_person`` under the identities that stay; ``rejoined`` the local persons whose claims moved for it.

    ``came`` the identities as they came, ``one_person`` those joined now with whom they are here.
    """
    work.run(
        "CREATE TEMP TABLE came ON COMMIT DROP AS SELECT DISTINCT person_id::uuid AS person_id FROM b_person"
    )
    work.run("CREATE TEMP TABLE one_person (came uuid, here uuid) ON COMMIT DROP")
    work.run("CREATE TEMP TABLE rejoined (person_id uuid) ON COMMIT DROP")
    _said_the_same(work, at)
    _follow(work)
    _by_number(work)
    pairs = work.rows(
        "SELECT DISTINCT came::text AS came, here::text AS here, came_name, here_name FROM by_number"
    )
    table = variants()
    agreed = [
        (p["came"], p["here"]) for p in pairs if compatible(p["came_name"] or "", p["here_name"] or "", table)
    ]
    if not agreed:
        return
    values = ", ".join(f"('{came}'::uuid, '{here}'::uuid)" for came, here in agreed)
    work.run(f"INSERT INTO one_person VALUES {values}")
    if above:
        _take_the_place(work, at)
    else:
        _is_known_as(work, at)


def _said_the_same(work: Bulk, at: str) -> None:
    """Who turned out to be whom, as the sender says."""
    work.run(
        f"""INSERT INTO registry_person (id, superseded_by, created_at, updated_at)
        SELECT id::uuid, person::uuid, {at}, {at} FROM b_same
        ON CONFLICT (id) DO UPDATE SET superseded_by = excluded.superseded_by, updated_at = excluded.updated_at
            WHERE registry_person.superseded_by IS NULL AND NOT EXISTS (  -- never a circle
                SELECT 1 FROM registry_person o WHERE o.id = excluded.superseded_by AND o.superseded_by = excluded.id)"""
    )
    work.run(
        """WITH moved AS (
            UPDATE registry_personclaim c SET person_id = b.person::uuid FROM b_same b JOIN registry_person p
                ON p.id = b.id::uuid AND p.superseded_by = b.person::uuid
            WHERE c.person_id = b.id::uuid AND c.recorded_to IS NULL RETURNING c.person_id)
        INSERT INTO rejoined SELECT DISTINCT person_id FROM moved"""
    )


def _follow(work: Bulk) -> None:
    """A person known here to be another is that other."""
    work.run(
        """UPDATE b_person b SET person_id = p.superseded_by::text FROM registry_person p
        WHERE p.id = b.person_id::uuid AND p.superseded_by IS NOT NULL"""
    )


def _by_number(work: Bulk) -> None:
    """``by_number``: who came under an identity not known here, and who bears the number here."""
    with work.by_index():
        work.run(
            """CREATE TEMP TABLE by_number ON COMMIT DROP AS
            SELECT b.person_id AS came, b.name_key AS came_name, p.id AS here, p.name_key AS here_name
            FROM (SELECT DISTINCT ON (person_id, id_number_blind) person_id::uuid AS person_id, id_number_blind, name_key
                  FROM b_person WHERE id_number_blind IS NOT NULL AND recorded_to IS NULL) b
            CROSS JOIN LATERAL (SELECT q.id, q.name_key FROM registry_person q WHERE q.id_number_blind = b.id_number_blind
                AND q.superseded_by IS NULL AND q.id <> b.person_id OFFSET 0) p
            WHERE NOT EXISTS (SELECT 1 FROM registry_person k WHERE k.id = b.person_id AND k.id_number_blind IS NOT NULL)"""
        )


def _is_known_as(work: Bulk, at: str) -> None:
    """From below: its identity leads to the one here."""
    work.run(
        f"""INSERT INTO registry_person (id, superseded_by, created_at, updated_at)
        SELECT DISTINCT ON (came) came, here, {at}, {at} FROM one_person ORDER BY came, here
        ON CONFLICT (id) DO UPDATE SET superseded_by = excluded.superseded_by, updated_at = excluded.updated_at"""
    )
    work.run(
        "UPDATE b_person b SET person_id = o.here::text FROM one_person o WHERE o.came = b.person_id::uuid"
    )
    _tell(work, "SELECT came AS id FROM one_person", at)


def _take_the_place(work: Bulk, at: str) -> None:
    """From above: its identity takes the place of the one here, whose claims go with it."""
    work.run(
        f"""INSERT INTO registry_person (id, created_at, updated_at) SELECT DISTINCT came, {at}, {at} FROM one_person
        ON CONFLICT (id) DO NOTHING"""
    )
    work.run(
        f"UPDATE registry_person p SET superseded_by = o.came, updated_at = {at} FROM one_person o WHERE p.id = o.here"
    )
    work.run(
        """WITH moved AS (UPDATE registry_personclaim c SET person_id = o.came FROM one_person o
            WHERE c.person_id = o.here AND c.recorded_to IS NULL RETURNING c.person_id)
        INSERT INTO rejoined SELECT DISTINCT person_id FROM moved"""
    )
    _tell(work, "SELECT here AS id FROM one_person", at)


def _tell(work: Bulk, who: str, at: str) -> None:
    """Whoever knows the identity that no longer stands hears which one does."""
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids)
        SELECT {at}, 'persons', coalesce(left(k.hukou_division_code, 6), ''), 'withdrawn', array_agg(p.id)
        FROM ({who}) w JOIN registry_person p ON p.id = w.id LEFT JOIN registry_person k ON k.id = p.superseded_by
        GROUP BY 3"""
    )
