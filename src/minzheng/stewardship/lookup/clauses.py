"""Conditions in SQL (查询条件语句): which names a text means, and which persons a question leaves."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

from minzheng.exchange.declare import Feed, feeds
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry import divisions
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.models import NameCharacter
from minzheng.stewardship.lookup.recognising import Recognised
from minzheng.stewardship.lookup.spelling import begun, may_be_initials, readings
from minzheng.stewardship.lookup.terms import State, Typed


@dataclass(slots=True)
class Clause:
    """SQL and its values (语句与参数)."""

    sql: str
    values: list[Any] = field(default_factory=list)

    def and_(self, sql: str, *values: Any) -> None:
        """Narrow it."""
        self.sql += f" AND {sql}"
        self.values += values


def names_meant(recognised: Recognised, *, roughly: bool = False) -> Clause:
    """Over ``name_key``, ``name_pinyin``, ``units`` of a table of names: the names a text is a part of.

    ``roughly`` leaves out what no index tells and the planner's statistics say nothing of.
    """
    if recognised.kind != Typed.PINYIN:
        return _written_so(recognised.text, roughly)
    typed = recognised.text
    cuts = readings(typed)
    used = _characters({s for cut in cuts for s in (*cut[:-1], *begun(cut[-1]))})
    ways = [_spelt_so(cut, used, roughly) for cut in cuts]
    if may_be_initials(typed):
        ways.append(Clause("units @> ARRAY[%s]", [f"={typed}"]))
    latin = (typed.upper(), typed.capitalize())
    ways += [_written_so(part, roughly) for part in latin]
    return Clause(f"({' OR '.join(way.sql for way in ways)})", [v for way in ways for v in way.values])


def _characters(wanted: set[str]) -> dict[str, list[str]]:
    """Syllable to the characters names use for it."""
    found: dict[str, list[str]] = {}
    if wanted:
        known = NameCharacter.objects.filter(syllable__in=wanted)
        for character, syllable in known.values_list("character", "syllable"):
            found.setdefault(syllable, []).append(character)
    return found


def _written_so(part: str, roughly: bool) -> Clause:
    clause = Clause("units @> %s::text[]", [list(dict.fromkeys(part))])
    if not roughly:
        clause.and_("strpos(replace(name_key, '·', ''), %s) > 0", part)
    return Clause(f"({clause.sql})", clause.values)


def _spelt_so(cut: tuple[str, ...], used: dict[str, list[str]], roughly: bool) -> Clause:
    """The syllables one behind the other, the last perhaps only begun."""
    clause = Clause("true")
    if not roughly:
        clause.and_("strpos(' ' || name_pinyin, %s) > 0", " " + " ".join(cut))
    for syllable in cut[:-1]:
        clause.and_("units && %s::text[]", used.get(syllable, []))
    last = [character for syllable in sorted(begun(cut[-1])) for character in used.get(syllable, ())]
    clause.and_("units && %s::text[]", last)
    return Clause(f"({clause.sql})", clause.values)


def persons_left(scope: Scope, asked: Asked) -> Clause:
    """Over ``p``, the persons' table: those within the scope that the filters leave."""
    clause = Clause("p.superseded_by IS NULL")
    if len(scope.prefix) > 2:
        clause.and_("p.hukou_division_code LIKE %s", f"{scope.prefix}%")
    else:
        clause.and_("(p.hukou_division_code LIKE %s OR p.hukou_division_code IS NULL)", f"{scope.prefix}%")
    if asked.division:
        clause.and_("p.hukou_division_code LIKE %s", f"{prefix(divisions.today(asked.division))}%")
    if asked.state == State.ALIVE:
        clause.and_("p.death_date IS NULL")
    elif asked.state == State.DECEASED:
        clause.and_("p.death_date IS NOT NULL")
    elif asked.state == State.UNNUMBERED:
        clause.and_("p.id_number_blind IS NULL")
    if asked.business or asked.since or asked.until:
        dealt = _dealt(scope, asked)
        clause.and_(dealt.sql, *dealt.values)
    return clause


def _dealt(scope: Scope, asked: Asked) -> Clause:
    """Persons with a dealing of the business in the period; without a business, of any the scope allows."""
    wanted = [feed for feed in feeds().values() if not asked.business or feed.key == asked.business]
    wanted = [feed for feed in wanted if scope.allows_business(feed.business_code)]
    parts = [_dealt_in(feed, asked.since, asked.until) for feed in wanted]
    if not parts:
        return Clause("false")
    return Clause(f"({' OR '.join(p.sql for p in parts)})", [v for p in parts for v in p.values])


def _dealt_in(feed: Feed, since: date | None, until: date | None) -> Clause:
    """A claim of one feed; its day is the record's, or that of the claim where the claim is the record."""
    claims = "registry_personclaim c"
    day = "c.valid_from"
    if feed.record is not None:
        claims += f" JOIN {feed.record._meta.db_table} r ON r.id = c.record_id"
        day = "r.happened_on"
    clause = Clause(
        f"EXISTS (SELECT 1 FROM {claims} JOIN registry_source s ON s.id = c.source_id"
        " WHERE c.person_id = p.id AND c.recorded_to IS NULL AND s.feed = %s",
        [feed.key],
    )
    if since:
        clause.and_(f"{day} >= %s", since)
    if until:
        clause.and_(f"{day} < %s", until + timedelta(days=1))
    clause.sql += ")"
    return clause


def beyond_cursor(after: Cursor | None, pinyin: str, key: str) -> Clause:
    """What lies behind a cursor in the order of pinyin, name and identity (游标之后)."""
    if after is None or len(after.key) != 3:
        return Clause("true")
    return Clause(f"({pinyin}, {key}, p.id) > (%s, %s, %s::uuid)", list(after.key))


def run(sql: str, values: list[Any]) -> list[Any]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
