"""What revocations take back (撤销): the records they mean say no more of the one attribute, whichever came first.

A revocation means what is registered under its own certificate number, where the two share a person; where nothing is, the
last record of the very same persons up to its day, if that is one which can be revoked and not what ended one. The record
stays. Its claims are written anew without the attribute, or with it once no revocation means the record any more: both
follow from the records that stand, so that rows sent again, corrected, late or out of order end alike.
"""

from collections.abc import Sequence

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.declare import ByCode, Feed, Revocation
from minzheng.foundation.database.arrow import Statements
from minzheng.registry.models import PersonClaim

TABLES = [
    f"pg_temp.{name}"
    for name in (
        "settled_person", "stirred", "revocation", "revoked_person", "stirred_number", "revoker", "concerned", "told",
        "revoked", "settled",
    )
]  # fmt: skip


def settle(work: Statements, feed: Feed, *, at: str, records: str, persons: str) -> None:
    """Settle what these records and persons have to do with; ``records`` and ``persons`` are queries of ids, ``at`` SQL.

    Leaves the persons whose claims changed in the temporary table ``settled_person``, for their golden rows.
    """
    work.run(f"DROP TABLE IF EXISTS {', '.join(TABLES)}")  # of an earlier settling in the same transaction
    work.run("CREATE TEMP TABLE settled_person (id uuid) ON COMMIT DROP")
    rule, certificate = feed.revocation, feed.certificate
    if rule is None or feed.record is None or certificate is None:
        return
    table = feed.record._meta.db_table
    columns = f"id, {rule.kind} AS kind, {certificate} AS certificate, happened_on"
    revoking = f"{rule.kind} IN ({_listed(rule.by)})"
    if not work.scalar(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {revoking}) AS any"):
        return
    work.run(f"CREATE TEMP TABLE stirred ON COMMIT DROP AS SELECT id FROM ({records}) q (id)")
    _revocations(work, table, columns, revoking, persons)
    if work.scalar("SELECT EXISTS (SELECT 1 FROM revoker) AS any"):
        _told(work, feed, rule, table, columns, certificate)
        _meant(work, rule)
        _claims(work, feed, rule, at)


def _revocations(work: Statements, table: str, columns: str, revoking: str, persons: str) -> None:
    """``revoker``: revocations that speak of what came, by themselves, by their number or by a person."""
    work.run(
        f"""CREATE TEMP TABLE revocation ON COMMIT DROP AS SELECT {columns} FROM {table}
        WHERE {revoking} AND (recorded_to IS NULL OR id IN (SELECT id FROM stirred))"""
    )
    with work.by_index():
        work.run(
            """CREATE TEMP TABLE revoked_person ON COMMIT DROP AS
            SELECT v.id, c.person_id FROM revocation v CROSS JOIN LATERAL
            (SELECT person_id FROM registry_personclaim k WHERE k.record_id = v.id OFFSET 0) c"""
        )
        work.run(
            f"""CREATE TEMP TABLE stirred_number ON COMMIT DROP AS SELECT t.certificate FROM stirred s
            CROSS JOIN LATERAL (SELECT {columns} FROM {table} k WHERE k.id = s.id OFFSET 0) t"""
        )
    work.run(
        f"""CREATE TEMP TABLE revoker ON COMMIT DROP AS SELECT v.id, v.certificate FROM revocation v
        WHERE v.id IN (SELECT id FROM stirred) OR v.certificate IN (SELECT certificate FROM stirred_number)
            OR v.id IN (SELECT p.id FROM revoked_person p JOIN ({persons}) q (id) ON q.id = p.person_id)"""
    )


def _told(work: Statements, feed: Feed, rule: Revocation, table: str, columns: str, certificate: str) -> None:
    """``told``: every standing record of the persons concerned and of the same numbers, with the persons it names.

    ``concerned`` are the persons of these revocations and of the records under their numbers: all that may mean one
    of their records, or come between, is among what is told.
    """
    kinds = f"{rule.kind} IN ({_listed((*rule.by, *rule.of, *rule.ended_by))}) AND k.recorded_to IS NULL"
    roles = _listed([party.role for party in feed.persons])
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE concerned ON COMMIT DROP AS SELECT DISTINCT c.person_id AS id
            FROM (SELECT id FROM revoker UNION SELECT t.id FROM (SELECT DISTINCT certificate FROM revoker) n
                CROSS JOIN LATERAL (SELECT id FROM {table} k WHERE k.{certificate} = n.certificate OFFSET 0) t) v
            CROSS JOIN LATERAL (SELECT person_id FROM registry_personclaim k WHERE k.record_id = v.id OFFSET 0) c"""
        )
        work.run(
            f"""CREATE TEMP TABLE told ON COMMIT DROP AS
            WITH own AS (
                SELECT DISTINCT t.* FROM concerned s
                CROSS JOIN LATERAL (SELECT record_id FROM registry_personclaim k
                    WHERE k.person_id = s.id AND k.recorded_to IS NULL AND k.record_id IS NOT NULL OFFSET 0) c
                CROSS JOIN LATERAL (SELECT {columns} FROM {table} k WHERE k.id = c.record_id AND {kinds} OFFSET 0) t
            ), told AS (
                SELECT * FROM own UNION SELECT t.* FROM (SELECT DISTINCT certificate FROM own) n
                CROSS JOIN LATERAL (SELECT {columns} FROM {table} k WHERE k.{certificate} = n.certificate AND {kinds} OFFSET 0) t
            )
            SELECT t.*, (SELECT array_agg(c.person_id ORDER BY c.role) FROM registry_personclaim c
                WHERE c.record_id = t.id AND c.recorded_to IS NULL AND c.role IN ({roles})) AS persons FROM told t"""
        )


def _meant(work: Statements, rule: Revocation) -> None:
    """``revoked``: what is told and meant by a revocation, first by its number, then by the persons."""
    revokes, registered = f"v.kind IN ({_listed(rule.by)})", _listed((*rule.of, *rule.ended_by))
    work.run(
        f"""CREATE TEMP TABLE revoked ON COMMIT DROP AS SELECT m.id, v.id AS by_id FROM told v
        JOIN told m ON m.certificate = v.certificate AND v.persons && m.persons
        WHERE {revokes} AND m.kind IN ({registered})"""
    )
    work.run(
        f"""INSERT INTO revoked SELECT m.id, v.id FROM told v JOIN told m ON m.persons = v.persons
        WHERE {revokes} AND v.id NOT IN (SELECT by_id FROM revoked)
            AND m.kind IN ({_listed(rule.of)}) AND m.happened_on <= v.happened_on
            AND NOT EXISTS (SELECT 1 FROM told e WHERE e.kind IN ({registered}) AND e.persons = m.persons
                AND e.happened_on > m.happened_on AND e.happened_on <= v.happened_on
                AND e.id NOT IN (SELECT id FROM revoked))"""
    )


def _claims(work: Statements, feed: Feed, rule: Revocation, at: str) -> None:
    """The claims of the records concerned, written anew where they must say something else than they do.

    What this very load wrote nobody has seen yet: it is put right where it stands.
    """
    work.run(
        f"""CREATE TEMP TABLE settled ON COMMIT DROP AS
        SELECT c.id, c.person_id, c.recorded_from < {at} AS known, gen_random_uuid() AS new_id, w.says
        FROM told t JOIN registry_personclaim c ON c.record_id = t.id AND c.recorded_to IS NULL
        CROSS JOIN LATERAL (SELECT CASE WHEN t.id IN (SELECT id FROM revoked) THEN NULL ELSE {_said(feed, rule)} END AS says) w
        WHERE t.kind IN ({_listed((*rule.of, *rule.ended_by))}) AND t.persons && ARRAY(SELECT id FROM concerned)
            AND c.{rule.attribute} IS DISTINCT FROM w.says"""
    )
    work.run(
        f"UPDATE registry_personclaim c SET {rule.attribute} = s.says FROM settled s WHERE c.id = s.id AND NOT s.known"
    )
    changed = {"id", "recorded_from", "recorded_to", rule.attribute}
    kept = [field.attname for field in PersonClaim._meta.concrete_fields if field.attname not in changed]
    carried = ", ".join(kept)
    work.run(
        f"""INSERT INTO registry_personclaim (id, recorded_from, {rule.attribute}, {carried})
        SELECT s.new_id, {at}, s.says, {", ".join(f"c.{column}" for column in kept)}
        FROM settled s JOIN registry_personclaim c ON c.id = s.id WHERE s.known"""
    )
    work.run(
        f"UPDATE registry_personclaim c SET recorded_to = {at} FROM settled s WHERE c.id = s.id AND s.known"
    )
    work.run("INSERT INTO settled_person SELECT DISTINCT person_id FROM settled")


def _said(feed: Feed, rule: Revocation) -> str:
    """SQL of what a record says of the attribute, party by party."""
    whens = []
    for party in feed.persons:
        said = party.says.get(rule.attribute)
        if isinstance(said, ByCode):
            codes = " ".join(f"WHEN {quote(code)} THEN {quote(value)}" for code, value in said.values.items())
            whens.append(f"WHEN {quote(party.role)} THEN CASE t.kind {codes} END")
    return f"CASE c.role {' '.join(whens)} END"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(quote(text) for text in texts)
