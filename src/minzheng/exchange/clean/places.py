"""Divisions from addresses (由地址得出区划): the longest beginning of an address that is a division's written path."""

import duckdb
import pyarrow as pa

from minzheng.exchange.declare import DivisionOf, Feed, derived_divisions
from minzheng.standards import queries as standards

SHORTEST, LONGEST = 2, 40
# Up to the village or community, else the township, else the county: few distinct texts even over a million addresses.
BEGINNINGS = ("^.{4,38}?(社区|村)", "^.{2,30}?(街道|镇|乡)", "^.{2,20}[县市区]")


def derived_table(place: DivisionOf) -> str:
    """The table (row_no, code) of one derived division."""
    return f'"{place.name}"'


def derive_divisions(db: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """One table a derived division; rows whose address tells nothing are left out."""
    for place in derived_divisions(feed):
        extracts = ", ".join(f"nullif(regexp_extract(\"{place.column}\", '{b}'), '')" for b in BEGINNINGS)
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE beginning AS
            SELECT row_no, coalesce({extracts}) AS text FROM norm WHERE "{place.column}" IS NOT NULL"""
        )
        texts = [
            row[0]
            for row in db.execute("SELECT DISTINCT text FROM beginning WHERE text IS NOT NULL").fetchall()
        ]
        found = {text: division_of(text) for text in texts}
        known = {text: code for text, code in found.items() if code}
        db.register(
            "piece",
            pa.table(
                {
                    "text": pa.array(list(known), pa.string()),
                    "code": pa.array(list(known.values()), pa.string()),
                }
            ),
        )
        db.execute(
            f"CREATE OR REPLACE TABLE {derived_table(place)} AS SELECT row_no, code FROM beginning JOIN piece USING (text)"
        )
        db.unregister("piece")


def division_of(text: str) -> str | None:
    """The division that the longest known beginning of an address names, or None."""
    known = standards.division_tree().spellings
    for length in range(min(len(text), LONGEST), SHORTEST - 1, -1):
        code = known.get(text[:length])
        if code:
            return code
    return None
