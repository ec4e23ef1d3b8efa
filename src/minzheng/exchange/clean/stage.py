"""The cleaning pass (清洗入暂存): raw → typed rows by chunk, and the rows refused with their reasons.

Tables left in the batch's DuckDB file, to be looked at: ``spelling_<n>`` (spelling → value or reason), ``norm`` (row →
normalised values and whether anything is wrong), ``bad`` (row, heading, rule, reason). Chunks go to Parquet files.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.checks import Compiled, compile_checks
from minzheng.exchange.clean.columns import macros, normalised, quote, reason_of, verdict
from minzheng.exchange.clean.fields import StagedField, fields_of, present
from minzheng.exchange.clean.keys import key_of, text_of
from minzheng.exchange.clean.places import derive_divisions, derived_table
from minzheng.exchange.clean.spellings import SpellingError, cleaner_of
from minzheng.exchange.declare import Feed, derived_divisions
from minzheng.exchange.extract.raw import Extracted
from minzheng.standards.queries import DataSetSpec

CHUNK_ROWS = 100_000
ARROW_TYPES = {"DATE": pa.date32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "VARCHAR": pa.string()}


@dataclass(frozen=True)
class Cleaned:
    """What cleaning left: chunk names in loading order, rows accepted and refused, old code versions recognised."""

    chunks: tuple[str, ...]
    accepted: int
    refused: int
    code_versions: dict[str, str]


def clean(
    db: duckdb.DuckDBPyConnection,
    feed: Feed,
    spec: DataSetSpec,
    extracted: Extracted,
    spool: Path,
    today: date,
) -> Cleaned:
    """Clean everything extracted. Can be run again: it starts from ``raw`` and replaces what it left before."""
    db.execute(macros())
    fields = fields_of(spec, extracted)
    versions = _spelling_tables(db, fields)
    checks = compile_checks(
        spec.checks,
        {f.heading: f.name for f in present(fields)},
        {f.heading: f.element.data_type for f in fields},
        today,
    )
    _norm(db, fields, checks, today)
    _bad(db, fields, checks, today)
    _bad_keys(db, feed, fields)
    derive_divisions(db, feed)
    extra = [
        i
        for i in range(len(extracted.headings))
        if i not in extracted.columns.values() and extracted.headings[i]
    ]
    chunks = _write_chunks(db, feed, fields, extracted, extra, spool)
    refused = _count(db, "SELECT (SELECT count(DISTINCT row_no) FROM bad) + (SELECT count(*) FROM malformed)")
    return Cleaned(chunks, extracted.rows - refused, refused, versions)


def _spelling_tables(db: duckdb.DuckDBPyConnection, fields: Sequence[StagedField]) -> dict[str, str]:
    """One table per column of few spellings: ``spelling_<n>(raw, value, rule, reason)``."""
    versions: dict[str, str] = {}
    for number, field in enumerate(fields):
        if field.cell is None or not field.by_spelling:
            continue
        found = db.execute(f"SELECT DISTINCT {field.cell} FROM raw WHERE {field.cell} IS NOT NULL").fetchall()
        spellings = [row[0] for row in found]
        cleaner, version = cleaner_of(field.element, field.heading, spellings)
        if version:
            versions[field.heading] = version
        values: list[object] = []
        rules: list[str | None] = []
        reasons: list[str | None] = []
        for spelling in spellings:
            value, rule, reason = None, None, None
            try:
                value = cleaner(spelling)
            except SpellingError as error:
                rule, reason = error.rule, str(error)
            values.append(value)
            rules.append(rule)
            reasons.append(reason)
        table = pa.table(
            {
                "raw": pa.array(spellings, pa.string()),
                "value": pa.array(values, ARROW_TYPES[field.sql_type]),
                "rule": pa.array(rules, pa.string()),
                "reason": pa.array(reasons, pa.string()),
            }
        )
        db.register("piece", table)
        db.execute(f"CREATE OR REPLACE TABLE spelling_{number} AS SELECT * FROM piece")
        db.unregister("piece")
    return versions


def _norm(
    db: duckdb.DuckDBPyConnection, fields: Sequence[StagedField], checks: Sequence[Compiled], today: date
) -> None:
    """``norm``: row_no and every staged column; ``wrong``: the rows of which any check fails.

    Two passes, because a check over a stored column is several times quicker than over the expression that makes it.
    """
    values, joins, wrong = ["raw.row_no"], [], []
    for number, field in enumerate(fields):
        name = f'"{field.name}"'
        if field.cell is None:
            values.append(f"CAST(NULL AS {field.sql_type}) AS {name}")
        elif field.by_spelling:
            joins.append(f"LEFT JOIN spelling_{number} s{number} ON raw.{field.cell} = s{number}.raw")
            values.append(f"s{number}.value AS {name}, s{number}.rule IS NOT NULL AS wrong_{number}")
            wrong.append(f"wrong_{number}")
        else:
            values.append(f"{normalised(field.element, f'raw.{field.cell}')} AS {name}")
            wrong.append(f"coalesce({verdict(field.element, name, today)}, false)")
        if field.required:
            wrong.append(f"{name} IS NULL")
    wrong.extend(sql for _, sql in checks)
    db.execute(f"CREATE OR REPLACE TABLE norm AS SELECT {', '.join(values)} FROM raw {' '.join(joins)}")
    db.execute(
        f"CREATE OR REPLACE TABLE wrong AS SELECT row_no FROM (SELECT row_no, {', '.join(_named(wrong))} FROM norm) "
        f"WHERE {' OR '.join(f'w{i}' for i in range(len(wrong))) or 'false'}"
    )


def _named(conditions: Sequence[str]) -> list[str]:
    """Conditions as projected columns: what they share is computed once there, but not inside an OR."""
    return [f"({condition}) AS w{i}" for i, condition in enumerate(conditions)] or ["false AS w0"]


def _bad(
    db: duckdb.DuckDBPyConnection, fields: Sequence[StagedField], checks: Sequence[Compiled], today: date
) -> None:
    """``bad``: one row per problem; only rows found wrong are looked at again."""
    db.execute(
        "CREATE OR REPLACE TABLE norm_wrong AS SELECT * FROM norm WHERE row_no IN (SELECT row_no FROM wrong)"
    )
    db.execute(
        "CREATE OR REPLACE TABLE bad (row_no BIGINT, position INTEGER, heading VARCHAR, rule VARCHAR, reason VARCHAR)"
    )
    for number, field in enumerate(fields):
        name, heading = f'"{field.name}"', quote(field.heading)
        failed = "false"
        if field.cell is not None and field.by_spelling:
            db.execute(
                f"INSERT INTO bad SELECT row_no, {number}, {heading}, s.rule, s.reason FROM norm_wrong "
                f"JOIN raw USING (row_no) JOIN spelling_{number} s ON raw.{field.cell} = s.raw "
                f"WHERE s.rule IS NOT NULL"
            )
            failed = f"EXISTS (SELECT 1 FROM spelling_{number} s WHERE s.raw = raw.{field.cell} AND s.rule IS NOT NULL)"
        elif field.cell is not None:
            _bad_values(db, field, number, today)
        if field.required:
            db.execute(
                f"INSERT INTO bad SELECT row_no, {number}, {heading}, 'required', '必填项为空' "
                f"FROM norm_wrong JOIN raw USING (row_no) WHERE {name} IS NULL AND NOT {failed}"
            )
    for check, sql in checks:
        db.execute(
            f"INSERT INTO bad SELECT row_no, {len(fields)}, {quote('、'.join(check.fields))}, {quote(check.rule)}, "
            f"{quote(check.message)} FROM norm_wrong WHERE {sql} "
            "AND row_no NOT IN (SELECT row_no FROM bad WHERE rule = 'id_number')"
        )


def _bad_values(db: duckdb.DuckDBPyConnection, field: StagedField, number: int, today: date) -> None:
    """The kernel says why, once per distinct value refused."""
    against = verdict(field.element, f'"{field.name}"', today)
    values = [
        row[0]
        for row in db.execute(f'SELECT DISTINCT "{field.name}" FROM norm_wrong WHERE {against}').fetchall()
    ]
    if not values:
        return
    said = [reason_of(field.element, value, today) for value in values]
    db.register(
        "piece", pa.table({"value": values, "rule": [s[0] for s in said], "reason": [s[1] for s in said]})
    )
    db.execute(
        f"INSERT INTO bad SELECT row_no, {number}, {quote(field.heading)}, rule, reason "
        f'FROM norm_wrong JOIN piece ON norm_wrong."{field.name}" = piece.value'
    )
    db.unregister("piece")


def _bad_keys(db: duckdb.DuckDBPyConnection, feed: Feed, fields: Sequence[StagedField]) -> None:
    """The same record twice in one batch with different content: the first stands, the others go back (唯一性)."""
    if not feed.record_key:
        return
    key = key_of(feed)
    content = text_of([f.name for f in fields])
    headings = "、".join(f.heading for f in fields if f.name in feed.record_key)
    db.execute(
        f"""INSERT INTO bad SELECT row_no, {len(fields)}, {quote(headings)}, 'unique', '同一批次内业务键重复且内容不一致'
        FROM (SELECT row_no, {content} AS content,
              first_value({content}) OVER (PARTITION BY {key} ORDER BY row_no) AS first_content
              FROM norm WHERE row_no NOT IN (SELECT row_no FROM wrong))
        WHERE content <> first_content"""
    )


def _write_chunks(
    db: duckdb.DuckDBPyConnection, feed: Feed, fields: Sequence[StagedField], extracted: Extracted,
    extra: Sequence[int], spool: Path,
) -> tuple[str, ...]:  # fmt: skip
    """Accepted rows to ``chunks/chunk=<name>/*.parquet``: n00000… with every number known, then p00000 for the rest.

    Rows that speak of the same person (人口底册) or the same record fall into the same chunk, so that chunks can load
    in any order, side by side, with the same result.
    """
    folder = spool / "chunks"
    shutil.rmtree(folder, ignore_errors=True)
    numbers = [f'"{_number_of(p.says)}"' for p in feed.persons if p.creates and _number_of(p.says)]
    count = max(1, -(-extracted.rows // CHUNK_ROWS))
    together = key_of(feed) if feed.record_key else f"coalesce({numbers[0]}, row_no::VARCHAR)"
    known = " AND ".join(f"{n} IS NOT NULL" for n in numbers) or "true"
    extras = "NULL::VARCHAR"
    if extra:
        pairs = ", ".join(f"{quote(extracted.headings[i])}, raw.c{i}" for i in extra)
        extras = f"json_object({pairs})::VARCHAR"
    columns = ", ".join(f'norm."{f.name}"' for f in fields)
    places = ""
    for place in derived_divisions(feed):
        columns += f', {derived_table(place)}.code AS "{place.name}"'
        places += f" LEFT JOIN {derived_table(place)} USING (row_no)"
    key = key_of(feed, "norm.") if feed.record_key else "norm.row_no::VARCHAR"
    content = text_of([f.name for f in fields], "norm.")
    chunk = f"'n' || lpad((hash({together}) % {count})::VARCHAR, 5, '0')"
    db.execute(
        f"""COPY (
            SELECT norm.row_no, {columns}, {extras} AS extra,
                unhex(md5({content} || coalesce({extras}, ''))) AS content_hash, unhex(md5({key})) AS key_hash,
                CASE WHEN {known} THEN {chunk} ELSE 'p00000' END AS chunk
            FROM norm JOIN raw USING (row_no){places} WHERE norm.row_no NOT IN (SELECT row_no FROM bad)
        ) TO {quote(str(folder))} (FORMAT parquet, PARTITION_BY (chunk), COMPRESSION lz4)"""
    )
    return tuple(sorted(p.name.removeprefix("chunk=") for p in folder.glob("chunk=*")))


def _number_of(says: object) -> str | None:
    said = says.get("id_number") if isinstance(says, dict) else None
    return getattr(said, "name", None)


def _count(db: duckdb.DuckDBPyConnection, query: str) -> int:
    found = db.execute(query).fetchone()
    return int(found[0]) if found else 0
