"""Persons by whatever was typed (查人员).

By name: the names that the text is a part of are taken in order from the list of names, and the persons who bear them by
the index on the name, until a page is full; so a county clerk and the province wait for what they see, not for what there
is. The fence (``OFFSET 0``) keeps the planner from reading all persons instead.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from minzheng.exchange.queries import persons_by_certificate
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import blind, open_text
from minzheng.kernel.masking import mask_id_number
from minzheng.registry.reading import PersonHit
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.clauses import Clause, names_meant, persons_left
from minzheng.stewardship.lookup.reading import Found, page_of, rounded
from minzheng.stewardship.lookup.recognising import Recognised
from minzheng.stewardship.lookup.terms import EXACT, Typed

PAGE = 30
CERTIFICATE_BEARERS = 200
COLUMNS = "p.id, p.name, p.id_number_cipher, p.sex_code, p.birth_date, p.hukou_division_code, p.death_date"
NAMES_AT_FIRST = 4_000
BY_NAME = f"""SELECT {COLUMNS}, d.name_pinyin, d.name_key, d.place
FROM (
    SELECT name_pinyin, name_key, row_number() OVER (ORDER BY name_pinyin, name_key) AS place FROM (
        SELECT name_pinyin COLLATE "C" AS name_pinyin, name_key COLLATE "C" AS name_key
        FROM lookup_personname WHERE {{names}} ORDER BY 1, 2 LIMIT %s
    ) n
) d CROSS JOIN LATERAL (
    SELECT * FROM registry_person p WHERE p.name_key = d.name_key COLLATE "default" AND {{persons}} OFFSET 0
) p
WHERE {{after}}
ORDER BY d.name_pinyin, d.name_key, p.id LIMIT %s"""
HOW_MANY = "SELECT count(*) FROM lookup_personname WHERE {names}"
BY_INDEX = f"""SELECT {COLUMNS}, p.name_pinyin, p.name_key, 0 FROM registry_person p
WHERE {{chosen}} AND {{persons}} AND {{after}} ORDER BY p.name_pinyin COLLATE "C", p.name_key COLLATE "C", p.id LIMIT %s"""


def find_persons(
    scope: Scope, asked: Asked, *, after: Cursor | None = None, size: int = PAGE
) -> Found[PersonHit]:
    """A page of the persons a question means, in the order of their pinyin (查人员)."""
    recognised = asked.recognised
    names: Clause | None = None
    if recognised.kind in EXACT:
        rows = _by_index(scope, asked, recognised, after, size + 1)
    elif recognised.kind == Typed.SHORT:
        rows = []
    else:
        names = names_meant(recognised)
        rows = _by_name(scope, asked, names, after, size + 1)
    shown, more = page_of(rows, size)
    page = after.page if after else 1
    seen = (page - 1) * size + len(shown)
    estimate = _estimated(names, shown, seen, after) if more else seen
    last = Cursor((shown[-1][7], shown[-1][8], str(shown[-1][0])), estimate, page + 1) if more else None
    return Found(tuple(_hit(row) for row in shown), estimate, not more, page, last)


def _by_name(scope: Scope, asked: Asked, names: Clause, after: Cursor | None, limit: int) -> list[Any]:
    """The first few thousand of the names usually fill a page; where they do not, all of them are gone through."""
    persons = persons_left(scope, asked)
    beyond = _beyond(after, "d.name_pinyin", "d.name_key")
    left = Clause(names.sql, list(names.values))
    if after is not None and len(after.key) == 3:
        left.and_('(name_pinyin COLLATE "C", name_key COLLATE "C") >= (%s, %s)', *after.key[:2])
    sql = BY_NAME.format(names=left.sql, persons=persons.sql, after=beyond.sql)
    for at_most in (NAMES_AT_FIRST, None):
        rows = _rows(sql, [*left.values, at_most, *persons.values, *beyond.values, limit])
        if len(rows) == limit or at_most is None or _how_many(left) <= at_most:
            break
    return rows


def _how_many(names: Clause) -> int:
    ((number,),) = _rows(HOW_MANY.format(names=names.sql), names.values)
    return int(number)


def _by_index(
    scope: Scope, asked: Asked, recognised: Recognised, after: Cursor | None, limit: int
) -> list[Any]:
    chosen = _chosen(scope, recognised)
    if chosen is None:
        return []
    persons = persons_left(scope, asked)
    beyond = _beyond(after, 'p.name_pinyin COLLATE "C"', 'p.name_key COLLATE "C"')
    sql = BY_INDEX.format(chosen=chosen.sql, persons=persons.sql, after=beyond.sql)
    return _rows(sql, [*chosen.values, *persons.values, *beyond.values, limit])


def _chosen(scope: Scope, recognised: Recognised) -> Clause | None:
    if recognised.kind == Typed.ID_NUMBER:
        return Clause("p.id_number_blind = %s", [blind("id_number", recognised.text)])
    if recognised.kind == Typed.PHONE:
        return Clause("p.phone_blind = %s", [blind("phone", recognised.text)])
    if recognised.kind == Typed.CERTIFICATE:
        bearers: list[UUID] = persons_by_certificate(scope, recognised.text, limit=CERTIFICATE_BEARERS)
        return Clause("p.id = ANY(%s)", [bearers]) if bearers else None
    return None


def _beyond(after: Cursor | None, pinyin: str, key: str) -> Clause:
    if after is None or len(after.key) != 3:
        return Clause("true")
    return Clause(f"({pinyin}, {key}, p.id) > (%s, %s, %s::uuid)", list(after.key))


def _estimated(names: Clause | None, shown: list[Any], seen: int, after: Cursor | None) -> int:
    """As many as the names gone through so far gave, for all the names meant; said once, on the first page."""
    if after is not None:
        return max(after.estimate, seen + 1)
    place = shown[-1][9]
    return max(rounded(seen * _how_many(names) / place), seen + 1) if names and place else seen + 1


def _rows(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _hit(row: Any) -> PersonHit:
    number = open_text("id_number", row[2])
    return PersonHit(
        id=row[0],
        name=row[1] or "",
        id_number=mask_id_number(number) if number else "",
        sex_code=row[3],
        birth_date=row[4],
        division_code=row[5],
        death_date=row[6],
    )
