"""Linking mentions without a number (无号码匹配): score, then decide.

Three answers: ``link`` where one person stands out, ``review`` where it can't be told, new (no answer) where no one is
near. One-to-one within a chunk of one role: a person is taken by one mention at most, the surest pair first.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from django.conf import settings

from minzheng.foundation.database.arrow import Bulk
from minzheng.registry.linkage import features
from minzheng.registry.linkage.model import Model, current_model

DECISION = pa.schema(
    [
        ("row_no", pa.int32()), ("role", pa.string()), ("person_id", pa.binary(16)), ("rule", pa.string()),
        ("score", pa.float64()), ("model_version", pa.string()), ("state", pa.string()),
        ("candidates", pa.list_(pa.struct([("person_id", pa.string()), ("score", pa.float64()), ("role", pa.string())]))),
    ]
)  # fmt: skip
MEMORY_LIMIT = "800MB"

# Levels of the name comparison, as Splink numbers them: 4 same, 3 sounds the same, 2 one character, 1 surname only.
# Twins share everything but the given name, the parents' phone too, so a weight alone can't link: the name must agree, at
# least in sound. One wrong character, or another name under the same phone, is asked about.
DIFFERS = 0
NAME_AGREES = "gamma_name >= 3"
NAME_NEAR = "(gamma_name >= 2 OR gamma_phone = 1)"


def link_mentions(work: Bulk) -> pa.Table | None:
    """Decisions for the chunk's mentions without a number; None where there is nothing to decide on.

    Reads the chunk's temporary tables ``m`` and ``gone``; the result has the shape ``DECISION``.
    """
    mentioned = features.mentions(work)
    if not mentioned.num_rows:
        return None
    total = features.register_size(work)
    persons = features.candidates(work, mentioned.num_rows, total)
    if not persons.num_rows:
        return None
    model = current_model()
    with workbench() as db:
        frequencies = features.name_frequencies(work, total) if persons.num_rows < total else None
        score(db, mentioned, persons, frequencies, model, total)
        return _decide(db, model)


@contextmanager
def workbench() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of limited memory that spills beside the node's other working files."""
    spool = Path(settings.HOME) / "spool"
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        TemporaryDirectory(prefix="linkage-", dir=spool) as spill,
        duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill}) as db,
    ):
        yield db


def score(
    db: duckdb.DuckDBPyConnection,
    mentioned: pa.Table,
    persons: pa.Table,
    frequencies: pa.Table,
    model: Model,
    total: int,
) -> None:
    """Fill ``pairs(mention, person, bits, may_link)`` with every near pair above the model's review threshold."""
    register_sides(db, mentioned, persons)
    predicted = predict(db, frequencies, model, total)
    db.execute(
        f"""CREATE TABLE pairs AS
        SELECT CASE WHEN source_dataset_l = 'mention' THEN unique_id_l ELSE unique_id_r END AS mention,
               CASE WHEN source_dataset_l = 'mention' THEN unique_id_r ELSE unique_id_l END AS person,
               match_weight AS bits,
               coalesce({NAME_AGREES} AND gamma_sex <> {DIFFERS}, false) AS may_link
        FROM {predicted} WHERE {NAME_NEAR}"""
    )


def register_sides(db: duckdb.DuckDBPyConnection, mentioned: pa.Table, persons: pa.Table) -> None:
    """``mention`` and ``person`` as tables; both sides are identified by position, which Splink compares quickest."""
    db.register("mention_arrow", mentioned)
    db.register("person_arrow", persons)
    names = "name_key, name_pinyin, sex_code, division_code, address, phone, household, relation"
    birth = "strftime(birth_date, '%Y-%m-%d') AS birth_text"
    db.execute(f"CREATE TABLE mention AS SELECT unique_id, rows, role, {names}, {birth} FROM mention_arrow")
    db.execute(
        f"CREATE TABLE person AS SELECT (row_number() OVER ())::INTEGER AS unique_id, id, {names}, {birth} FROM person_arrow"
    )
    db.execute("CREATE VIEW left_side AS SELECT * EXCLUDE (rows, role) FROM mention")
    db.execute("CREATE VIEW right_side AS SELECT * EXCLUDE (id) FROM person")


def predict(db: duckdb.DuckDBPyConnection, frequencies: pa.Table | None, model: Model, total: int) -> str:
    """Splink over both sides; returns the name of the table of scored pairs.

    How common a name is in the whole register comes from outside where only candidates were read, else from ``person``.
    """
    from splink import DuckDBAPI, Linker  # a second to import: only when something has no number

    logging.getLogger("splink").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = DuckDBAPI(connection=db)
        sides = [
            api.register("left_side", dataset_display_name="mention"),
            api.register("right_side", dataset_display_name="person"),
        ]
        linker = Linker(sides, model.splink_settings(persons=total), log_level=None, validate_settings=False)
        if frequencies is not None:
            db.register("frequency_arrow", frequencies)
            db.execute("CREATE TABLE frequency AS SELECT * FROM frequency_arrow")
        else:
            db.execute(
                f"CREATE TABLE frequency AS SELECT name_key, count(*) / {total}::DOUBLE AS tf_name_key FROM person GROUP BY 1"
            )
        linker.table_management.register_term_frequency_lookup(api.register("frequency"), "name_key")
        found = linker.inference.predict(threshold_match_weight=model.review_from, warning_mode="never")
        return str(found.physical_name)


def _decide(db: duckdb.DuckDBPyConnection, model: Model) -> pa.Table:
    """Three-way and one-to-one.

    A pair stands if it is sure enough, is the best of both its sides, and beats the mention's next best by the margin.
    A mention whose best person was taken by a surer mention, or that has two persons alike, goes to review.
    """
    db.execute(
        f"""CREATE TABLE ranked AS
        SELECT p.*, m.role,
            row_number() OVER (PARTITION BY mention ORDER BY bits DESC, person) AS nth,
            row_number() OVER (PARTITION BY person, m.role ORDER BY bits DESC, mention) AS nth_of_person,
            bits - coalesce(lead(bits) OVER (PARTITION BY mention ORDER BY bits DESC, person), -1e9) AS ahead
        FROM pairs p JOIN mention m ON m.unique_id = p.mention;
        CREATE TABLE decision AS
        SELECT mention, person, bits, CASE WHEN may_link AND bits >= {model.link_from} AND nth_of_person = 1
            AND ahead >= {model.margin} THEN 'link' ELSE 'review' END AS state
        FROM ranked WHERE nth = 1"""
    )
    found = db.sql(
        """SELECT unnest(m.rows)::INTEGER AS row_no, m.role, p.id AS person_id, d.bits AS score, d.state,
            (SELECT list({'person_id': q.id::VARCHAR, 'score': r.bits, 'role': m.role} ORDER BY r.bits DESC)
             FROM ranked r JOIN person q ON q.unique_id = r.person WHERE r.mention = d.mention AND r.nth <= 5) AS candidates
        FROM decision d JOIN mention m ON m.unique_id = d.mention JOIN person p ON p.unique_id = d.person"""
    ).to_arrow_table()
    return _shaped(found, model)


def _shaped(found: pa.Table, model: Model) -> pa.Table:
    n = found.num_rows
    ids = [_bytes(value) for value in found["person_id"].to_pylist()]
    columns: dict[str, Any] = {
        "row_no": found["row_no"],
        "role": found["role"],
        "person_id": pa.array(ids, pa.binary(16)),
        "rule": pa.array(["model"] * n, pa.string()),
        "score": found["score"].cast(pa.float64()),
        "model_version": pa.array([model.version] * n, pa.string()),
        "state": found["state"],
        "candidates": found["candidates"].cast(DECISION.field("candidates").type),
    }
    return pa.table(columns)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else UUID(str(value)).bytes
