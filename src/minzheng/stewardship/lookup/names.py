"""The names there are (名称索引): learnt from every batch as it is cleaned, so that a part of a name is found by index.

A register has far fewer names than persons, and a batch brings few new ones. What is learnt before the batch is loaded is
at worst a name nobody bears yet.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.exchange.declare import Column, Said
from minzheng.exchange.following import CleanedRows
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.kernel.pinyin import pinyin_column, spoken_as
from minzheng.registry.variants import fold_column

LONGEST = 200
PERSONS, ORGANISATIONS = "lookup_personname", "lookup_organisationname"
UNITS_INDEX = {PERSONS: "lookup_person_name_units", ORGANISATIONS: "lookup_org_name_units"}
MANY = 20_000  # names after which the planner must look again
# What a name is found by; the SQL side of ``models.KnownName.units``.
UNITS = "string_to_array(name_key, NULL) || ARRAY['=' || left(initials, 2), '=' || initials]"


def learn(rows: CleanedRows) -> None:
    """Enter the names a cleaned batch speaks of (学习名称); again for the same batch it changes nothing."""
    persons = _name_columns(party.says for party in rows.feed.persons)
    organisations = _name_columns(party.says for party in rows.feed.organisations)
    known = {name for (name, *_) in rows.db.execute("DESCRIBE norm").fetchall()}
    with bulk() as work:
        enter(work, PERSONS, _distinct(rows, persons & known))
        enter(work, ORGANISATIONS, _distinct(rows, organisations & known))
        work.commit()


def learn_received(work: Bulk, persons: str, organisations: str) -> None:
    """Enter the names that came from another node (学习名称): two queries of name keys."""
    for table, query in ((PERSONS, persons), (ORGANISATIONS, organisations)):
        found = work.table(
            f"SELECT DISTINCT q.name_key FROM ({query}) q WHERE q.name_key IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {table} k WHERE k.name_key = q.name_key)"
        )
        if found.num_rows:
            enter(work, table, found["name_key"].combine_chunks().cast(pa.string()))


def enter(work: Bulk, table: str, names: pa.Array) -> None:
    """Names as written into one of the two tables; those known stay as they are (登记名称)."""
    keys = pc.unique(fold_column(names))
    keys = keys.filter(
        pc.and_(pc.greater(pc.utf8_length(keys), 0), pc.less_equal(pc.utf8_length(keys), LONGEST))
    )
    if not len(keys):
        return
    spoken = pc.utf8_slice_codeunits(pinyin_column(keys), 0, 2 * LONGEST)
    initials = pc.replace_substring_regex(spoken, r"(\S)\S*\s?", r"\1")
    copy_temporary(work, "spoken", pa.table({"name_key": keys, "name_pinyin": spoken, "initials": initials}))
    work.run(
        f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    )  # two batches at once would enter the same name
    work.run(
        f"""INSERT INTO {table} (name_key, name_pinyin, units)
        SELECT name_key, name_pinyin, {UNITS} FROM spoken s
        WHERE NOT EXISTS (SELECT 1 FROM {table} k WHERE k.name_key = s.name_key)
        ORDER BY name_key COLLATE "C" """
    )
    # What waits beside the index is read by every search: put it in now.
    work.run(f"SELECT gin_clean_pending_list('{UNITS_INDEX[table]}')")
    work.run("DROP TABLE spoken")
    _enter_characters(work, keys)
    if len(keys) >= MANY:
        work.run(f"ANALYZE {table}")


def _enter_characters(work: Bulk, keys: pa.Array) -> None:
    """The characters of the names, each with its readings."""
    points = np.unique(np.frombuffer("".join(keys.to_pylist()).encode("utf-32-le"), np.uint32))
    pairs = [(chr(point), spoken) for point in points for spoken in spoken_as(chr(point))]
    if not pairs:
        return
    columns = zip(*pairs, strict=True)
    copy_temporary(
        work, "chars", pa.table(dict(zip(("character", "syllable"), map(pa.array, columns), strict=True)))
    )
    work.run(
        """INSERT INTO lookup_namecharacter (character, syllable) SELECT character, syllable FROM chars
        ORDER BY character, syllable ON CONFLICT (character, syllable) DO NOTHING"""
    )
    work.run("DROP TABLE chars")


def _name_columns(said: Iterable[Mapping[str, Said]]) -> set[str]:
    """The staged columns that hold names."""
    names = [says.get("name") for says in said]
    return {name.name for name in names if isinstance(name, Column)}


def _distinct(rows: CleanedRows, columns: Iterable[str]) -> pa.Array:
    parts = [
        f'SELECT "{column}" AS name FROM norm WHERE row_no NOT IN (SELECT row_no FROM bad)'
        for column in sorted(columns)
    ]
    if not parts:
        return pa.array([], pa.string())
    union = " UNION ".join(parts)
    found = rows.db.sql(f"SELECT DISTINCT name FROM ({union}) n WHERE name IS NOT NULL").to_arrow_table()
    return found["name"].combine_chunks().cast(pa.string())
