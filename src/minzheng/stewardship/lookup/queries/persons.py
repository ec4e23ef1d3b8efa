"""Persons by whatever was typed (查人员): by an identifier's index, or by the names a text is a part of (``bearers``)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from minzheng.exchange.queries import persons_by_certificate
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import blind, open_text
from minzheng.kernel.masking import mask_id_number
from minzheng.registry.reading import PersonHit
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.clauses import Clause, beyond_cursor, persons_left, run
from minzheng.stewardship.lookup.queries.bearers import COLUMNS, Borne, bearers
from minzheng.stewardship.lookup.reading import Found, page_found
from minzheng.stewardship.lookup.recognising import Recognised
from minzheng.stewardship.lookup.terms import EXACT, Typed

PAGE = 30
CERTIFICATE_BEARERS = 200
BY_INDEX = f"""SELECT {COLUMNS}, p.name_pinyin, p.name_key FROM registry_person p
WHERE {{chosen}} AND {{persons}} AND {{after}} ORDER BY p.name_pinyin COLLATE "C", p.name_key COLLATE "C", p.id LIMIT %s"""


def find_persons(
    scope: Scope, asked: Asked, *, after: Cursor | None = None, size: int = PAGE
) -> Found[PersonHit]:
    """A page of the persons a question means, in the order of their pinyin (查人员)."""
    borne = _borne(scope, asked, after, size + 1)
    found = page_found(borne.rows, size, after, key=_key, about=lambda: borne.about)
    return replace(found, hits=tuple(_hit(row) for row in found.hits))


def _key(row: Any) -> tuple[str, ...]:
    return (row[7], row[8], str(row[0]))


def _borne(scope: Scope, asked: Asked, after: Cursor | None, limit: int) -> Borne:
    recognised = asked.recognised
    if recognised.kind in EXACT:
        return Borne(_by_index(scope, asked, recognised, after, limit))
    if recognised.kind == Typed.SHORT:
        return Borne([])
    return bearers(scope, asked, after=after, limit=limit)


def _by_index(
    scope: Scope, asked: Asked, recognised: Recognised, after: Cursor | None, limit: int
) -> list[Any]:
    chosen = _chosen(scope, recognised)
    if chosen is None:
        return []
    persons = persons_left(scope, asked)
    beyond = beyond_cursor(after, 'p.name_pinyin COLLATE "C"', 'p.name_key COLLATE "C"')
    sql = BY_INDEX.format(chosen=chosen.sql, persons=persons.sql, after=beyond.sql)
    return run(sql, [*chosen.values, *persons.values, *beyond.values, limit])


def _chosen(scope: Scope, recognised: Recognised) -> Clause | None:
    if recognised.kind == Typed.ID_NUMBER:
        return Clause("p.id_number_blind = %s", [blind("id_number", recognised.text)])
    if recognised.kind == Typed.PHONE:
        return Clause("p.phone_blind = %s", [blind("phone", recognised.text)])
    if recognised.kind == Typed.CERTIFICATE:
        bearers: list[UUID] = persons_by_certificate(scope, recognised.text, limit=CERTIFICATE_BEARERS)
        return Clause("p.id = ANY(%s)", [bearers]) if bearers else None
    return None


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
