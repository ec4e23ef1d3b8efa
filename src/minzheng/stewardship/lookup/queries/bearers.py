"""The persons who bear a name a text is a part of (姓名所属人员), in the order of the pinyin, until a page is full.

There are two roads. By the list of names: the names that are meant, and by the index on the name the persons who bear each;
the work follows from how many names are meant. In one county, where many are: the county's persons in order, asked one by
one; the work follows from how rarely a name is meant. Neither follows from how many persons there are. The fences
(``OFFSET 0``, ``LIMIT``) keep the planner on the road.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.kernel.division import PREFIX_LENGTHS, prefix
from minzheng.registry import divisions
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.clauses import (
    Clause,
    bearers_meant,
    beyond_cursor,
    names_meant,
    persons_left,
    run,
)
from minzheng.stewardship.lookup.counting import planned

COLUMNS = "p.id, p.name, p.id_number_cipher, p.sex_code, p.birth_date, p.hukou_division_code, p.death_date"
COUNTY = PREFIX_LENGTHS["county"]
NAMES_AT_FIRST = 4_000
FEW_NAMES = 2_000  # up to these the list of names is the shorter road in a county too
COUNTY_AT_FIRST = 5_000  # persons of a county gone through before the other road is taken after all
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
# The planner takes the limits of row-level security for far narrower than they are, and would sort the county each time.
IN_ORDER = "SET LOCAL enable_sort = {0}; SET LOCAL enable_bitmapscan = {0}; SET LOCAL enable_seqscan = {0}"
BY_COUNTY = f"""SELECT {COLUMNS}, p.spoken, p.name_key, p.place
FROM (
    SELECT o.*, row_number() OVER (ORDER BY o.spoken) AS place FROM (
        SELECT q.*, q.name_pinyin COLLATE "C" AS spoken FROM registry_person q
        WHERE left(q.hukou_division_code, {COUNTY}) = %s AND q.name_pinyin COLLATE "C" >= %s
        ORDER BY q.name_pinyin COLLATE "C" LIMIT {COUNTY_AT_FIRST}
    ) o
) p
WHERE {{bearers}} AND {{persons}} AND {{after}}
ORDER BY p.spoken, p.name_key COLLATE "C", p.id LIMIT %s"""
OF_COUNTY = f"SELECT 1 FROM registry_person WHERE left(hukou_division_code, {COUNTY}) = %s"
HOW_MANY = "SELECT count(*) FROM (SELECT 1 FROM lookup_personname WHERE {names} LIMIT %s) n"


@dataclass(frozen=True, slots=True)
class Borne:
    """Rows of persons (所得人员行): ``COLUMNS``, pinyin, name key; ``about`` how many there may be, 0 where nothing says so."""

    rows: list[Any]
    about: float = 0.0


def bearers(scope: Scope, asked: Asked, *, after: Cursor | None, limit: int) -> Borne:
    """The first ``limit`` behind a cursor (查姓名所属人员)."""
    names = names_meant(asked.recognised)
    county = _county(scope, asked)
    if county and _how_many(names, FEW_NAMES + 1) > FEW_NAMES:
        found = _by_county(scope, asked, county, after, limit)
        if len(found.rows) == limit:
            return found
    return _by_names(scope, asked, names, after, limit)


def _county(scope: Scope, asked: Asked) -> str:
    """The county all persons asked for are registered in; empty where there may be several."""
    within = max(scope.prefix, prefix(divisions.today(asked.division)) if asked.division else "", key=len)
    return within[:COUNTY] if len(within) >= COUNTY else ""


def _by_county(scope: Scope, asked: Asked, county: str, after: Cursor | None, limit: int) -> Borne:
    """From the first few thousand persons of the county; the rows are too few where more would have to be gone through."""
    meant, persons = bearers_meant(asked.recognised), persons_left(scope, asked)
    beyond = beyond_cursor(after, "p.spoken", 'p.name_key COLLATE "C"')
    first = after.key[0] if after is not None and len(after.key) == 3 else ""
    sql = BY_COUNTY.format(bearers=meant.sql, persons=persons.sql, after=beyond.sql)
    rows = _run_in_order(sql, [county, first, *meant.values, *persons.values, *beyond.values, limit])
    return Borne(rows, _expected(asked, county) if len(rows) == limit and after is None else 0)


def _expected(asked: Asked, county: str) -> float:
    """About as many persons of the county as it has, for as many of all names as are meant: by statistics, no row is read.

    As the node: under row-level security the planner takes its limits for far narrower than they are.
    """
    meant = names_meant(asked.recognised, roughly=True)
    with as_node():
        known = planned("SELECT 1 FROM lookup_personname", [])
        named = planned(f"SELECT 1 FROM lookup_personname WHERE {meant.sql}", meant.values)
        return planned(OF_COUNTY, [county]) * named / max(known, 1)


def _by_names(scope: Scope, asked: Asked, names: Clause, after: Cursor | None, limit: int) -> Borne:
    """The first few thousand of the names usually fill a page; where they do not, all of them are gone through."""
    persons = persons_left(scope, asked)
    beyond = beyond_cursor(after, "d.name_pinyin", "d.name_key")
    left = Clause(names.sql, list(names.values))
    if after is not None and len(after.key) == 3:
        left.and_('(name_pinyin COLLATE "C", name_key COLLATE "C") >= (%s, %s)', *after.key[:2])
    sql = BY_NAMES.format(names=left.sql, persons=persons.sql, after=beyond.sql)
    for at_most in (NAMES_AT_FIRST, None):
        rows = run(sql, [*left.values, at_most, *persons.values, *beyond.values, limit])
        if len(rows) == limit or at_most is None:
            break
        if (rows[0][10] if rows else _how_many(left, at_most + 1)) <= at_most:
            break
    return Borne(rows, len(rows) * rows[-1][10] / rows[-1][9] if rows else 0)


def _run_in_order(sql: str, values: list[Any]) -> list[Any]:
    """The rows of a statement that reads by the order of an index: one message, so that the road is set for it alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"{IN_ORDER.format('off')}; {sql}; {IN_ORDER.format('on')}", values)
        while cursor.description is None:
            cursor.nextset()
        return list(cursor.fetchall())


def _how_many(names: Clause, at_most: int) -> int:
    ((number,),) = run(HOW_MANY.format(names=names.sql), [*names.values, at_most])
    return int(number)
