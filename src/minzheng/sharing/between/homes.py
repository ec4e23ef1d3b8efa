"""Where persons are registered whom a node knows only in part (属地告知): by records entered there, or from before they left.

Who has only a part of what is said of someone cannot tell where he belongs, so the level that has all of it does: with every
batch downwards, and again when it changes. The answer to what a lower node enters of someone else's person comes the same way.
"""

from minzheng.foundation.database.arrow import Bulk
from minzheng.sharing.between.terms import HOME, HOMES, MOVED, PERSONS, WHOLE


def settle(work: Bulk, peer: str, *, above: bool, at: str) -> None:
    """Take down who is registered elsewhere; ``rehomed`` holds of whom the word has changed. Only the upper node is believed.

    Someone a batch speaks of without a word on his home is this node's own.
    """
    work.run("CREATE TEMP TABLE rehomed (person_id uuid) ON COMMIT DROP")
    if above:
        with work.by_index():
            _take_down(work, peer, at)


def _take_down(work: Bulk, peer: str, at: str) -> None:
    work.run(
        f"""INSERT INTO registry_person (id, created_at, updated_at) SELECT DISTINCT person_id, {at}, {at} FROM rejoined
        ON CONFLICT (id) DO NOTHING"""
    )
    work.run(
        """CREATE TEMP TABLE elsewhere ON COMMIT DROP AS
        SELECT DISTINCT ON (1) coalesce(p.superseded_by, b.id::uuid) AS person_id, b.division_code
        FROM b_home b LEFT JOIN registry_person p ON p.id = b.id::uuid ORDER BY 1, 2"""
    )
    work.run(
        """WITH done AS (
            DELETE FROM registry_homeelsewhere h USING (SELECT DISTINCT person_id::uuid AS id FROM b_person) b
            WHERE h.person_id = b.id AND h.person_id NOT IN (SELECT person_id FROM elsewhere) RETURNING h.person_id)
        INSERT INTO rehomed SELECT person_id FROM done"""
    )
    work.run(
        f"""WITH done AS (
            INSERT INTO registry_homeelsewhere AS h (person_id, division_code, said_by, said_at)
            SELECT person_id, division_code, '{peer}', {at} FROM elsewhere
            ON CONFLICT (person_id) DO UPDATE SET division_code = excluded.division_code, said_by = excluded.said_by,
                said_at = excluded.said_at
            WHERE h.division_code <> excluded.division_code RETURNING h.person_id)
        INSERT INTO rehomed SELECT person_id FROM done"""
    )


def tell(work: Bulk, peer: str, own: str, *, above: bool, at: str) -> None:
    """Once golden rows stand: the word goes on to those who have a part. ``own``: SQL, true of a ``{c}`` of the sender's land."""
    with work.by_index():
        if above:
            _onward(work, peer, at)
            _left_with_their_identity(work, at)
        else:
            _answer(work, peer, own, at)
            _at_home(work, peer)


def _onward(work: Bulk, peer: str, at: str) -> None:
    _entry(work, "SELECT person_id AS id FROM rehomed UNION SELECT id::uuid FROM b_same", peer, at)


def _left_with_their_identity(work: Bulk, at: str) -> None:
    """Entries that turned out to be someone of another county's: a move, for the county that held them."""
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, former_code, operation, subject_ids)
        SELECT {at}, '{PERSONS}', coalesce(left(k.hukou_division_code, 6), ''), left(o.hukou_division_code, 6), '{MOVED}',
            array_agg(o.id) || array_agg(k.id)
        FROM (SELECT id::uuid AS id FROM b_same UNION SELECT here FROM one_person) q
        JOIN registry_person o ON o.id = q.id JOIN registry_person k ON k.id = o.superseded_by
        WHERE left(o.hukou_division_code, 6) <> coalesce(left(k.hukou_division_code, 6), '') GROUP BY 3, 4"""
    )


def _answer(work: Bulk, peer: str, own: str, at: str) -> None:
    """The sender spoke of persons who are not its own: it hears where they are registered, and under which identity."""
    work.run(
        f"""CREATE TEMP TABLE spoken_of ON COMMIT DROP AS SELECT o.id, p.hukou_division_code IS NOT NULL AS is_known
        FROM came c JOIN registry_person o ON o.id = c.person_id JOIN registry_person p ON p.id = coalesce(o.superseded_by, o.id)
        WHERE (o.superseded_by IS NOT NULL OR o.id IN (SELECT person_id FROM changed_rows_person))
            AND NOT coalesce({own.format(c="p.hukou_division_code")}, false)"""
    )
    work.run(
        f"""INSERT INTO between_partly (peer_code, person_id) SELECT '{peer}', id FROM spoken_of
        ON CONFLICT (person_id, peer_code) DO NOTHING"""
    )
    _entry(work, "SELECT id FROM spoken_of WHERE is_known", "", at)


def _at_home(work: Bulk, peer: str) -> None:
    """What the sender told of someone under its own division, for where he is registered by all that is known."""
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id, origin)
        SELECT e.changed_at::timestamptz, '{PERSONS}', left(p.hukou_division_code, 6), 'updated', array_agg(DISTINCT p.id),
            e.changed_by::uuid, '{peer}'
        FROM b_entry e CROSS JOIN LATERAL (SELECT json_array_elements_text(e.subject_ids::json)::uuid AS id) u
        JOIN registry_person o ON o.id = u.id JOIN registry_person p ON p.id = coalesce(o.superseded_by, o.id)
        WHERE e.data_set = '{PERSONS}' AND (e.operation <> '{WHOLE}' OR o.superseded_by IS NOT NULL)
            AND left(p.hukou_division_code, 6) <> left(e.division_code, 6) GROUP BY 1, 3, 6"""
    )


def _entry(work: Bulk, ids: str, origin: str, at: str) -> None:
    """An entry of the outbox, where someone has a part of one of these."""
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, origin)
        SELECT {at}, '{HOMES}', '', '{HOME}', ids, '{origin}' FROM (SELECT array_agg(DISTINCT h.person_id) AS ids
            FROM between_partly h WHERE h.person_id IN ({ids})) q WHERE ids IS NOT NULL"""
    )
