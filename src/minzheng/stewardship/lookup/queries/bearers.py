"""The persons who bear a name a text is a part of (姓名所属人员), in the order of the pinyin, until a page is full.

The names that are meant come from the list of names, and the persons who bear each from the index on name and division,
which serves the limits of row-level security as well: in one county nobody's row is read who lives elsewhere. The work
follows from how many names are meant, not from how many persons there are. The fences (``OFFSET 0``, ``LIMIT``) keep the
planner on the road.
"""

from dataclasses import dataclass
from typing import Any

from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.clauses import Clause, beyond_cursor, names_meant, persons_left, run

COLUMNS = "p.id, p.name, p.id_number_cipher, p.sex_code, p.birth_date, p.hukou_division_code, p.death_date"
NAMES_AT_FIRST = 4_000
BY_NAMES = f"""SELECT {COLUMNS}, d.name_pinyin, d.name_key, d.place, d.total
FROM (
    SELECT name_pinyin, name_key, total, row_number() OVER (ORDER BY name_pinyin, name_key) AS place FROM (
        SELECT name_pinyin COLLATE "C" AS name_pinyin, name_key COLLATE "C" AS name_key, count(*) OVER () AS total
        FROM lookup_personname WHERE {{names}} ORDER BY 1, 2 LIMIT %s
    ) n
) d CROSS JOIN LATERAL (
    SELECT * FROM registry_person p WHERE p.name_key = d.name_key COLLATE "default" AND {{persons}} OFFSET 0
) p
WHERE {{after}}
ORDER BY d.name_pinyin, d.name_key, p.id LIMIT %s"""
HOW_MANY = "SELECT count(*) FROM (SELECT 1 FROM lookup_personname WHERE {names} LIMIT %s) n"


@dataclass(frozen=True, slots=True)
class Borne:
    """Rows of persons (所得人员行): ``COLUMNS``, pinyin, name key; ``about`` how many there may be, 0 where nothing says so."""

    rows: list[Any]
    about: float = 0.0


def bearers(scope: Scope, asked: Asked, *, after: Cursor | None, limit: int) -> Borne:
    """The first ``limit`` behind a cursor (查姓名所属人员).

    The first few thousand of the names usually fill a page; where they do not, all of them are gone through.
    """
    names, persons = names_meant(asked.recognised), persons_left(scope, asked)
    beyond = beyond_cursor(after, "d.name_pinyin", "d.name_key")
    if after is not None and len(after.key) == 3:
        names.and_('(name_pinyin COLLATE "C", name_key COLLATE "C") >= (%s, %s)', *after.key[:2])
    sql = BY_NAMES.format(names=names.sql, persons=persons.sql, after=beyond.sql)
    for at_most in (NAMES_AT_FIRST, None):
        rows = run(sql, [*names.values, at_most, *persons.values, *beyond.values, limit])
        if len(rows) == limit or at_most is None:
            break
        if (rows[0][10] if rows else _how_many(names, at_most + 1)) <= at_most:
            break
    return Borne(rows, len(rows) * rows[-1][10] / rows[-1][9] if rows else 0)


def _how_many(names: Clause, at_most: int) -> int:
    ((number,),) = run(HOW_MANY.format(names=names.sql), [*names.values, at_most])
    return int(number)
