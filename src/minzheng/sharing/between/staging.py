"""A received body made ready for the register (暂存): its lines as temporary tables, identifiers sealed under this node's keys.

``b_source``, ``b_place``, ``b_household``, ``b_same``, ``b_home``, ``b_dispute``, ``b_entry`` and ``b_<table>`` for what is
carried.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.crypto.fields import Kind, seal_column
from minzheng.foundation.database.arrow import Bulk
from minzheng.sharing.between import body, disputes
from minzheng.sharing.between.carried import Carried, organisations, persons, records
from minzheng.sharing.between.spooling import spooled, writer

SMALL: Mapping[str, Sequence[str]] = {
    "source": ("source", "feed", "name", "authority"),
    "place": ("id", "class_code", "name", "division_code", "shape"),
    "household": ("id", "kind_code", "division_code", "batch_id", "head_number"),
    "same": ("id", "person"),
    "home": ("id", "division_code"),
    "dispute": tuple(disputes.COLUMNS),
    "entry": (
        "data_set",
        "operation",
        "division_code",
        "former_code",
        "changed_by",
        "changed_at",
        "subject_ids",
    ),
}


def stage(work: Bulk, path: Path) -> dict[str, int]:
    """Fill the temporary tables from a body; returns lines per kind. Raises ``BodyError`` for lines of no known kind."""
    carried = {one.name: one for one in (persons(), organisations(), *records())}
    with spooled() as spool:
        files = _sorted_out(path, spool, {*SMALL, *carried})
        with writer() as db:
            for name, columns in SMALL.items():
                _small(work, name, _read(db, files.get(name), columns))
            for name, one in carried.items():
                _carried(work, one, _read(db, files.get(name), ["source", *one.plain, *one.sealed]))
    return {name: count for name, (_, count) in files.items()}


def _sorted_out(path: Path, spool: Path, known: set[str]) -> dict[str, tuple[Path, int]]:
    """One file of lines a kind. The kind is read off the line's beginning, where its sender puts it."""
    found: dict[str, tuple[Path, int]] = {}
    open_files = {}
    try:
        for line in body.lines(path):
            name = _kind(line)
            if name not in known:
                raise body.BodyError(f"批体中有本节点不认识的内容“{name[:40]}”, 请先更新标准")
            if name not in open_files:
                open_files[name] = (spool / f"{name}.json").open("wb")
            open_files[name].write(line + b"\n")
            found[name] = (spool / f"{name}.json", found.get(name, (None, 0))[1] + 1)
    finally:
        for file in open_files.values():
            file.close()
    return found


def _kind(line: bytes) -> str:
    if line.startswith(b'{"t":"'):
        return line[6 : line.index(b'"', 6)].decode()
    try:
        return str(json.loads(line)["t"])
    except (ValueError, KeyError, TypeError) as error:
        raise body.BodyError("批体中有读不懂的行") from error


def _read(db: duckdb.DuckDBPyConnection, found: tuple[Path, int] | None, columns: Sequence[str]) -> pa.Table:
    if found is None:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    types = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in columns)
    said = f"columns = {{{types}}}, format = 'newline_delimited', maximum_object_size = {body.LONGEST_LINE}"
    return db.sql(f"SELECT * FROM read_json({quote(str(found[0]))}, {said})").to_arrow_table()


def _small(work: Bulk, name: str, rows: pa.Table) -> None:
    if name == "household":
        blind = _seal("id_number", rows["head_number"])[1]
        rows = rows.drop_columns("head_number").append_column("key_blind", blind)
    if name == "dispute":
        for base in disputes.SEALED:
            rows = rows.append_column(f"{base}_cipher", _seal("extra", rows[base])[0]).drop_columns(base)
    copy_temporary(work, f"b_{name}", rows)


def _carried(work: Bulk, carried: Carried, rows: pa.Table) -> None:
    for base, kind in carried.sealed.items():
        cipher, blind = _seal(kind, rows[base])
        rows = rows.drop_columns(base).append_column(f"{base}_cipher", cipher)
        if base in carried.blind:
            rows = rows.append_column(f"{base}_blind", blind)
    copy_temporary(work, f"b_{carried.name}", rows, keys=["id"])


def _seal(kind: Kind, values: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    column = values.combine_chunks().cast(pa.string())
    return seal_column(kind, column)
