"""What a node holds, told by content: identities and times differ from run to run, everything else must not."""

from collections import Counter
from typing import Any

import psycopg

Told = dict[str, "Counter[tuple[Any, ...]]"]
RECORDS = ("marriage_registration", "relief_allowancepayment", "funeral_cremation", "societies_society")
_OWN = {
    "id",
    "source_id",
    "batch_id",
    "created_at",
    "updated_at",
    "recorded_from",
    "person_id",
    "organisation_id",
}
_OWN |= {"superseded_by", "household_id", "head_person_id"}


def told(connection: "psycopg.Connection[Any]") -> Told:
    """Table → how often each row stands in it, links told by what they lead to."""
    rows: Told = {}
    for table in (*RECORDS, "registry_person", "registry_organisation"):
        rows[table] = _count(connection, f"SELECT {_columns(connection, table)} FROM {table} t")
    for subject in ("person", "organisation"):
        house = (
            "(SELECT h.key_blind FROM registry_household h WHERE h.id = t.household_id)"
            if subject == "person"
            else "NULL"
        )
        rows[f"{subject} claims"] = _count(
            connection,
            f"""SELECT {_columns(connection, f"registry_{subject}claim")}, {house}, g.name,
            (SELECT array_agg(c.digest ORDER BY c.digest, c.role) FROM registry_{subject}claim c WHERE c.{subject}_id = g.id)
            FROM registry_{subject}claim t JOIN registry_{subject} g ON g.id = t.{subject}_id""",
        )
    rows["households"] = _count(
        connection, "SELECT kind_code, key_blind, division_code FROM registry_household"
    )
    rows["quarantine"] = _count(
        connection, "SELECT row_no, problems::text, row_cipher FROM exchange_quarantinedrow"
    )
    rows["review"] = _count(
        connection, "SELECT row_no, role, reason, digest, row_cipher, state FROM exchange_reviewitem"
    )
    rows["chunks"] = _count(connection, "SELECT name, counts::text FROM exchange_loadedchunk")
    rows["batch"] = _count(connection, "SELECT stage, counts::text, plan::text, problem FROM exchange_batch")
    meant = " UNION ALL ".join(
        ["SELECT id, name || coalesce(id_number_blind::text, birth_date::text, '') AS meant FROM registry_person",
         *(f"SELECT id, key_digest::text FROM {table}" for table in RECORDS)]
    )  # fmt: skip
    rows["outbox"] = _count(
        connection,
        f"""WITH meant AS ({meant}) SELECT o.data_set, o.division_code, o.operation, m.meant
        FROM foundation_outboxentry o, unnest(o.subject_ids) s(id) LEFT JOIN meant m ON m.id = s.id""",
    )
    return rows


def differences(one: Told, other: Told) -> dict[str, tuple[int, int]]:
    """Table → (rows only here, rows only there), where there are any."""
    found = {name: ((one[name] - other[name]).total(), (other[name] - one[name]).total()) for name in one}
    return {name: pair for name, pair in found.items() if pair != (0, 0)}


def _columns(connection: "psycopg.Connection[Any]", table: str) -> str:
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    )
    names = [name for (name,) in connection.execute(query, [table]).fetchall() if name not in _OWN]
    return ", ".join(
        f"t.{n} IS NULL AS {n}" if n in ("recorded_to", "record_id") else f"t.{n}" for n in names
    )


def _count(connection: "psycopg.Connection[Any]", query: str) -> "Counter[tuple[Any, ...]]":
    return Counter(
        tuple(tuple(value) if isinstance(value, list) else value for value in row)
        for row in connection.execute(query).fetchall()
    )
