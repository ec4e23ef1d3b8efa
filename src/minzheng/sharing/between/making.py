"""Making a batch (组批): what the register says now of the subjects a stream has waiting, as lines.

Everything is read from one state of the database. What an entry of a batch brings is what that batch wrote of its subjects;
what was done by hand, or goes to someone who has nothing of them yet, brings all that is kept of them. A place that someone has
left gets what said so, and no more.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.columns import quote
from minzheng.foundation.crypto.fields import open_column
from minzheng.foundation.database.arrow import Bulk
from minzheng.sharing.between import disputes
from minzheng.sharing.between.carried import Carried, going, organisations, persons, record_feeds, records
from minzheng.sharing.between.spooling import writer
from minzheng.sharing.between.terms import DISPUTES, GONE, HOME, PERSONS

PIECE = 1 << 20
FEW = 100  # rows that are sooner written by hand than given to the engine


@dataclass
class Receiver:
    """For whom a body is made (接收者): ``own`` SQL true of a column ``{c}`` whose division is a lower node's, None upwards.

    ``partly``: the persons of whom it got a part though they are registered elsewhere.
    """

    own: str | None
    partly: list[str] = field(default_factory=list)


def write_body(work: Bulk, dispatches: str, receiver: Receiver, folder: Path) -> Iterator[bytes]:
    """The body's bytes, line after line. ``dispatches`` is a query of the dispatch rows that go with it."""
    _chosen(work, dispatches)
    with writer() as db, work.by_index():
        for name, table in _tables(work, receiver):
            if table.num_rows:
                yield from _lines(db, name, table, folder)


def _chosen(work: Bulk, dispatches: str) -> None:
    """``d`` the dispatches; ``c_person``, ``c_organisation``, ``c_record`` ids of the rows that travel."""
    work.run(f"CREATE TEMP TABLE d ON COMMIT DROP AS {dispatches}")
    work.run("CREATE TEMP TABLE c_record (id uuid) ON COMMIT DROP")
    work.run(
        f"""CREATE TEMP TABLE s ON COMMIT DROP AS SELECT data_set, operation, changed_by, changed_at, former_code,
            unnest(subject_ids) AS id
        FROM d WHERE operation <> 'withdrawn' OR data_set = '{PERSONS}'"""
    )
    work.run("ANALYZE s")
    with work.by_index():
        work.run(
            f"""CREATE TEMP TABLE c_person ON COMMIT DROP AS SELECT DISTINCT c.id, c.person_id, c.record_id, c.source_id
            FROM s CROSS JOIN LATERAL (SELECT * FROM registry_personclaim k WHERE k.person_id = s.id OFFSET 0) c
            WHERE s.data_set = '{PERSONS}' AND s.operation <> '{HOME}' AND {going("c")}
                AND ((s.changed_by IS NULL AND s.operation <> '{GONE}') OR c.batch_id = s.changed_by
                    OR c.recorded_to = s.changed_at OR (s.operation = '{GONE}' AND {_LEAVING}))"""
        )
        for data_set, model in record_feeds().items():
            table = model._meta.db_table
            work.run(
                f"""INSERT INTO c_record SELECT t.id FROM s CROSS JOIN LATERAL
                    (SELECT id FROM {table} k WHERE k.id = s.id OFFSET 0) t
                    WHERE s.data_set = '{data_set}' AND s.operation <> '{GONE}'
                UNION SELECT t.id FROM c_person p CROSS JOIN LATERAL
                    (SELECT id FROM {table} k WHERE k.id = p.record_id OFFSET 0) t"""
            )
    if work.scalar(f"SELECT EXISTS (SELECT 1 FROM s WHERE data_set <> '{PERSONS}') AS any"):
        for carried in records():
            _replaced(work, carried.table)
    work.run("ANALYZE c_record")
    with work.by_index():
        work.run(
            """INSERT INTO c_person SELECT c.id, c.person_id, c.record_id, c.source_id FROM (SELECT DISTINCT id FROM c_record) r
            CROSS JOIN LATERAL (SELECT * FROM registry_personclaim k WHERE k.record_id = r.id OFFSET 0) c"""
        )
        work.run(
            """CREATE TEMP TABLE c_organisation ON COMMIT DROP AS SELECT c.id, c.source_id
            FROM (SELECT DISTINCT id FROM c_record) r
            CROSS JOIN LATERAL (SELECT * FROM registry_organisationclaim k WHERE k.record_id = r.id OFFSET 0) c"""
        )
    work.run("ANALYZE c_person")


def _replaced(work: Bulk, table: str) -> None:
    """The versions that the chosen records have replaced: the receiver must see them closed."""
    work.run(
        f"""CREATE TEMP TABLE replaced ON COMMIT DROP AS SELECT DISTINCT t.key_digest, s.changed_at
        FROM s JOIN c_record c ON c.id = s.id JOIN {table} t ON t.id = s.id"""
    )
    work.run("ANALYZE replaced")
    work.run(
        f"""INSERT INTO c_record SELECT o.id FROM (SELECT DISTINCT changed_at AS at FROM replaced) m
        CROSS JOIN LATERAL (SELECT k.id, k.key_digest FROM {table} k WHERE k.recorded_to = m.at OFFSET 0) o
        WHERE (o.key_digest, m.at) IN (SELECT key_digest, changed_at FROM replaced)"""
    )
    work.run("DROP TABLE replaced")


def _tables(work: Bulk, receiver: Receiver) -> Iterator[tuple[str, pa.Table]]:
    yield "source", work.table(_sources())
    yield "place", work.table(_places())
    yield "household", _opened(work.table(_HOUSEHOLDS), {"head_number": "id_number"})
    yield "person", _rows(work, persons(), "(SELECT DISTINCT id FROM c_person)")
    yield "organisation", _rows(work, organisations(), "(SELECT DISTINCT id FROM c_organisation)")
    for carried in records():
        yield carried.name, _rows(work, carried, "(SELECT DISTINCT id FROM c_record)")
    yield "same", work.table(_SAME)
    if receiver.own is not None:
        home = work.table(_HOMES.format(own=receiver.own.format(c="p.hukou_division_code")))
        receiver.partly = home["id"].to_pylist()
        yield "home", home
    yield "dispute", _opened(work.table(disputes.lines()), dict.fromkeys(disputes.SEALED, "extra"))
    yield "entry", work.table(_ENTRIES)


def _rows(work: Bulk, carried: Carried, chosen: str) -> pa.Table:
    """The chosen rows of a table, their ciphers opened."""
    plain = [_text(column, sql_type) for column, sql_type in carried.plain.items()]
    sealed = [f"t.{base}_cipher AS {base}" for base in carried.sealed]
    found = work.table(
        f"""SELECT t.source_id AS source, {", ".join([*plain, *sealed])} FROM {chosen} x
        CROSS JOIN LATERAL (SELECT * FROM {carried.table} k WHERE k.id = x.id OFFSET 0) t ORDER BY t.id"""
    )
    return _opened(found, carried.sealed)


def _opened(found: pa.Table, kinds: object) -> pa.Table:
    for name, kind in dict(kinds).items():  # type: ignore[call-overload]
        at = found.column_names.index(name)
        cipher = found[name].combine_chunks()
        text = (
            open_column(kind, cipher)
            if cipher.null_count < len(cipher)
            else pa.nulls(len(cipher), pa.string())
        )
        found = found.set_column(at, name, text)
    return found


def _text(column: str, sql_type: str) -> str:
    if sql_type == "timestamptz":
        return f"to_char(t.{column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS {column}"
    return f"t.{column}::text AS {column}" if sql_type in ("uuid", "date", "jsonb") else f"t.{column}"


def _lines(db: duckdb.DuckDBPyConnection, name: str, table: pa.Table, folder: Path) -> Iterator[bytes]:
    """The rows as lines; where they are many DuckDB writes them, into a file of the node's own that is gone at once."""
    if table.num_rows <= FEW:
        for row in table.to_pylist():
            yield json.dumps({"t": name} | row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        return
    path = folder / f"{name}.json"
    db.register("rows", table)
    db.execute(f"COPY (SELECT {quote(name)} AS t, * FROM rows) TO {quote(str(path))} (FORMAT JSON)")
    db.unregister("rows")
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    finally:
        path.unlink()


# What a place had stated of someone, and the statement that took its place: it may have come with others that are later.
_LEAVING = """(c.hukou_division_code LIKE s.former_code || '%' OR EXISTS (SELECT 1 FROM registry_personclaim k
    WHERE k.person_id = c.person_id AND k.recorded_to = c.recorded_from AND k.hukou_division_code LIKE s.former_code || '%'))"""
# A household is known by the blind index of its head's number, which means nothing elsewhere: the number itself goes.
_HOUSEHOLDS = """SELECT h.id::text AS id, h.kind_code, h.division_code, h.batch_id::text AS batch_id,
        p.id_number_cipher AS head_number
    FROM (SELECT DISTINCT k.household_id AS id FROM (SELECT DISTINCT id FROM c_person) x
        JOIN registry_personclaim k ON k.id = x.id WHERE k.household_id IS NOT NULL) q
    JOIN registry_household h ON h.id = q.id
    LEFT JOIN LATERAL (SELECT id_number_cipher FROM registry_person o
        WHERE o.id_number_blind = h.key_blind AND o.superseded_by IS NULL LIMIT 1) p ON true ORDER BY h.id"""
_SAME = """SELECT p.id::text AS id, p.superseded_by::text AS person FROM (SELECT DISTINCT id FROM s) q
    JOIN registry_person p ON p.id = q.id WHERE p.superseded_by IS NOT NULL ORDER BY p.id"""
# Whoever the batch speaks of and is not the receiver's own: it has only a part, and cannot tell by itself.
_HOMES = f"""SELECT DISTINCT p.id::text AS id, p.hukou_division_code AS division_code
    FROM (SELECT person_id AS id FROM c_person UNION SELECT coalesce(o.superseded_by, o.id) FROM registry_person o
        WHERE o.id IN (SELECT id FROM s WHERE data_set = '{PERSONS}')) q
    JOIN registry_person p ON p.id = q.id
    WHERE p.superseded_by IS NULL AND p.hukou_division_code IS NOT NULL AND NOT {{own}} ORDER BY 1"""
_ENTRIES = f"""SELECT data_set, operation, division_code, former_code, changed_by::text AS changed_by,
        to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS changed_at,
        subject_ids::text[] AS subject_ids FROM d
    WHERE operation NOT IN ('{GONE}', '{HOME}') AND data_set <> '{DISPUTES}' ORDER BY id"""


def _sources() -> str:
    """Whoever said any of it; a record may stand without a claim."""
    said = "".join(
        f" UNION SELECT t.source_id FROM c_record c JOIN {one.table} t ON t.id = c.id" for one in records()
    )
    return f"""SELECT s.id AS source, s.feed, s.name, s.authority::text AS authority FROM registry_source s
        WHERE s.id IN (SELECT source_id FROM c_person UNION SELECT source_id FROM c_organisation{said}) ORDER BY s.id"""


def _places() -> str:
    """The places the records lie at."""
    found = [
        f"SELECT t.place_id FROM {one.table} t JOIN c_record c ON c.id = t.id WHERE t.place_id IS NOT NULL"
        for one in records()
        if "place_id" in one.plain
    ]
    wanted = " UNION ".join(found) or "SELECT NULL::uuid"
    return f"""SELECT p.id::text AS id, p.class_code, p.name, p.division_code, p.shape FROM registry_place p
        WHERE p.id IN ({wanted}) ORDER BY p.id"""
