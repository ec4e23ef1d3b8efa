"""Organisations by whatever was typed (查机构): as persons are found, by the list of names."""

from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import Q

from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry import divisions
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.clauses import Clause, names_meant
from minzheng.stewardship.lookup.reading import Found, OrganisationHit, page_found
from minzheng.stewardship.lookup.terms import LEADS_TO, Kind, Typed

PAGE = 30
COLUMNS = "p.id, p.name, p.uscc, p.kind_code, p.status_code, p.division_code"
BY_NAME = f"""SELECT {COLUMNS}, d.name_pinyin, d.name_key, d.place, d.total
FROM (
    SELECT name_pinyin COLLATE "C" AS name_pinyin, name_key COLLATE "C" AS name_key,
        row_number() OVER (ORDER BY name_pinyin COLLATE "C", name_key COLLATE "C") AS place, count(*) OVER () AS total
    FROM lookup_organisationname WHERE {{names}}
) d CROSS JOIN LATERAL (
    SELECT * FROM registry_organisation p WHERE p.name_key = d.name_key COLLATE "default" AND {{left}} OFFSET 0
) p
WHERE {{after}}
ORDER BY d.name_pinyin, d.name_key, p.id LIMIT %s"""
BY_CODE = f"""SELECT {COLUMNS}, '', p.name_key, 1, 1 FROM registry_organisation p
WHERE p.uscc = %s AND {{left}} ORDER BY p.name_key COLLATE "C", p.id LIMIT %s"""


def find_organisations(
    scope: Scope, asked: Asked, *, after: Cursor | None = None, size: int = PAGE
) -> Found[OrganisationHit]:
    """A page of the organisations a question means, in the order of their pinyin (查机构)."""
    recognised = asked.recognised
    left = _left(scope, asked)
    rows: list[Any] = []
    if Kind.ORGANISATIONS not in LEADS_TO[recognised.kind]:
        pass
    elif recognised.kind in (Typed.USCC, Typed.CERTIFICATE):
        rows = _rows(BY_CODE.format(left=left.sql), [recognised.text, *left.values, size + 1])
    else:
        names, beyond = names_meant(recognised), _beyond(after)
        sql = BY_NAME.format(names=names.sql, left=left.sql, after=beyond.sql)
        rows = _rows(sql, [*names.values, *left.values, *beyond.values, size + 1])
    found = page_found(
        rows,
        size,
        after,
        key=lambda r: (r[6], r[7], str(r[0])),
        about=lambda: size * rows[size - 1][9] / rows[size - 1][8],
    )
    hits = tuple(OrganisationHit(r[0], r[1] or "", r[2] or "", r[3], r[4], r[5]) for r in found.hits)
    return replace(found, hits=hits)


def organisations_in(scope: Scope) -> Q:
    """Which organisations a scope covers; those of no known division are the whole node's (辖区内机构)."""
    inside = Q(division_code__startswith=scope.prefix)
    return inside | Q(division_code__isnull=True) if len(scope.prefix) <= 2 else inside


def _left(scope: Scope, asked: Asked) -> Clause:
    clause = Clause("p.superseded_by IS NULL")
    if len(scope.prefix) > 2:
        clause.and_("p.division_code LIKE %s", f"{scope.prefix}%")
    else:
        clause.and_("(p.division_code LIKE %s OR p.division_code IS NULL)", f"{scope.prefix}%")
    if asked.division:
        clause.and_("p.division_code LIKE %s", f"{prefix(divisions.today(asked.division))}%")
    return clause


def _beyond(after: Cursor | None) -> Clause:
    if after is None or len(after.key) != 3:
        return Clause("true")
    return Clause(
        "(d.name_pinyin, d.name_key) >= (%s, %s) AND (d.name_pinyin, d.name_key, p.id) > (%s, %s, %s::uuid)",
        [*after.key[:2], *after.key],
    )


def _rows(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
