"""What is asked of the register (基础库查询). Every listing takes a ``Scope`` and shows nothing outside it."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import Kind, blind, open_text
from minzheng.kernel import id_number as id_numbers
from minzheng.kernel.masking import mask_address, mask_id_number, mask_phone
from minzheng.kernel.names import fold
from minzheng.registry.golden import PERSON_GROUPS, UNRANKED
from minzheng.registry.known import known_by
from minzheng.registry.models import Person, PersonClaim, Source
from minzheng.registry.reading import AttributeView, ClaimLink, Member, PersonHit, PersonRecord, Stated
from minzheng.registry.sources import sources_of
from minzheng.registry.terms import CODED, LABELS
from minzheng.registry.variants import variants
from minzheng.registry.wording import Wording

# What a record is read by: rows, not objects, for a person drawing an allowance has a hundred claims.
CLAIM_COLUMNS = (
    "id", "source_id", "role", "record_id", "batch_id", "row_no", "rule", "score", "valid_from", "recorded_from", "recorded_to",
    *(column for group in PERSON_GROUPS.values() for column in group[:1]),
)  # fmt: skip
# Of claims of one authority the one believed first; the order of ``golden.order_of``.
NEWEST_FIRST = ("-valid_from", "-recorded_from", "-row_no", "-id")
MEMBER_COLUMNS = ("id", "name", "relation_to_head_code", "birth_date", "death_date")

SEALED: dict[str, tuple[Kind, Callable[[str], str]]] = {
    "id_number": ("id_number", mask_id_number),
    "phone": ("phone", mask_phone),
    "hukou_address": ("address", mask_address),
    "residence_address": ("address", mask_address),
}


def persons_in(scope: Scope) -> Q:
    """Which persons a scope covers: those registered in its division, and those whose registration is not known."""
    whole = scope.prefix == "" or len(scope.prefix) <= 2
    inside = Q(hukou_division_code__startswith=scope.prefix)
    return inside | Q(hukou_division_code__isnull=True) if whole else inside


def find_persons(scope: Scope, text: str, *, limit: int = 50) -> list[PersonHit]:
    """Persons by ID number or by the beginning of a name (人员检索); at most ``limit``, nothing outside the scope.

    Certificate numbers belong to rooms and are asked of the exchange's timeline.
    """
    wanted = id_numbers.normalise(text.strip())
    if not wanted:
        return []
    found = Person.objects.filter(persons_in(scope), superseded_by__isnull=True)
    if len(wanted) == id_numbers.LENGTH and wanted[:17].isdigit():
        found = found.filter(id_number_blind=blind("id_number", wanted))
    else:
        key = fold(text, variants())
        found = found.filter(name_key__startswith=key).order_by("name_key", "birth_date", "id")
    return [_hit(person) for person in found[:limit]]


def persons_by_id(scope: Scope, ids: list[UUID]) -> list[PersonHit]:
    """The persons of these ids that the scope covers (按标识取人员)."""
    found = Person.objects.filter(persons_in(scope), pk__in=ids).order_by("name_key", "id")
    return [_hit(person) for person in found]


def _hit(person: Person) -> PersonHit:
    number = open_text("id_number", person.id_number_cipher)
    return PersonHit(
        id=person.id,
        name=person.name or "",
        id_number=mask_id_number(number) if number else "",
        sex_code=person.sex_code,
        birth_date=person.birth_date,
        division_code=person.hukou_division_code,
        death_date=person.death_date,
    )


def person_record(
    scope: Scope, person_id: UUID, *, known_on: date | None = None, reveal: bool = False
) -> PersonRecord | None:
    """One person whole, or None where there is none within the scope (人员综合信息).

    ``known_on`` gives what was known at the end of that day: the claims recorded by then and not yet closed, believed in
    the same order as the golden row. ``reveal`` opens the identifiers; the caller asks for the purpose and logs it.
    """
    person = Person.objects.filter(persons_in(scope), pk=person_id).values("name", "superseded_by").first()
    if person is None:
        return None
    claims: list[Any] = list(
        known_by(PersonClaim.objects.filter(person_id=person_id), known_on)
        .order_by(*NEWEST_FIRST)
        .values_list(*CLAIM_COLUMNS, named=True)
    )
    sources = sources_of({c.source_id for c in claims})
    wording, opened = Wording(), _opened(claims)
    shown = [a for a in PERSON_GROUPS if a != "household_key"]
    attributes = tuple(_attribute(a, claims, sources, wording, opened, reveal=reveal) for a in shown)
    values = {a.attribute: a.raw for a in attributes}
    household = _believed("household_key", claims, sources)
    return PersonRecord(
        id=person_id,
        name=values.get("name") or person["name"] or "",
        superseded_by=person["superseded_by"],
        known_on=known_on,
        attributes=attributes,
        members=_members(scope, household.household_id if household else None, person_id, wording),
        links=tuple(_link(c, c.record_id, sources) for c in claims if c.record_id),
        division_code=values.get("hukou_division_code"),
        death_date=values.get("death_date"),
        values=values,
    )


def believed_on(scope: Scope, ids: Iterable[UUID], known_on: date) -> dict[UUID, dict[str, Any]]:
    """What was believed of persons within the scope at the end of a day: person → attribute → value as stored (某日所信).

    Who was not known yet is left out.
    """
    within = Person.objects.filter(persons_in(scope), pk__in=list(ids), superseded_by__isnull=True)
    claims = known_by(PersonClaim.objects.filter(person_id__in=within.values("id")), known_on)
    said: dict[UUID, list[Any]] = {}
    for claim in claims.order_by(*NEWEST_FIRST).values_list("person_id", *CLAIM_COLUMNS, named=True):
        said.setdefault(claim.person_id, []).append(claim)
    sources = sources_of({claim.source_id for one in said.values() for claim in one})
    found: dict[UUID, dict[str, Any]] = {}
    for person_id, stated in said.items():
        believed = {name: _believed(name, stated, sources) for name in PERSON_GROUPS}
        found[person_id] = {
            name: getattr(claim, PERSON_GROUPS[name][0]) for name, claim in believed.items() if claim
        }
    return found


def _ordered(attribute: str, claims: list[PersonClaim], sources: dict[int, Source]) -> list[PersonClaim]:
    """Claims that state an attribute, the one believed first; they are given newest first."""
    column = PERSON_GROUPS[attribute][0]
    stating = [c for c in claims if getattr(c, column) is not None]
    stating.sort(key=lambda c: sources[c.source_id].authority.get(attribute, UNRANKED))
    return stating


def _believed(attribute: str, claims: list[PersonClaim], sources: dict[int, Source]) -> PersonClaim | None:
    return next(iter(_ordered(attribute, claims, sources)), None)


def _attribute(
    attribute: str, claims: list[PersonClaim], sources: dict[int, Source], wording: Wording, opened: "Opened",
    *, reveal: bool,
) -> AttributeView:  # fmt: skip
    column = PERSON_GROUPS[attribute][0]
    stated = _ordered(attribute, claims, sources)
    words = {value: _shown(attribute, value, wording, opened, reveal=reveal)
             for value in {getattr(claim, column) for claim in stated}}  # fmt: skip
    views = tuple(
        Stated(words[getattr(c, column)][0], sources[c.source_id].name, sources[c.source_id].feed, c.role, c.valid_from,
               c.recorded_from, c.recorded_to, c.batch_id)
        for c in stated
    )  # fmt: skip
    return AttributeView(
        attribute=attribute,
        label=LABELS[attribute],
        value=views[0].value if views else "",
        raw=words[getattr(stated[0], column)][1] if stated else None,
        stated=views[0] if views else None,
        others=views[1:],
        masked=attribute in SEALED and bool(views) and not reveal,
    )


Opened = dict[tuple[str, bytes], str]


def _opened(claims: list[Any]) -> Opened:
    """Every sealed value of the claims, each opened once however often it is said: (attribute, cipher) → text."""
    found: Opened = {}
    for attribute, (kind, _) in SEALED.items():
        column = PERSON_GROUPS[attribute][0]
        for cipher in {bytes(c) for c in (getattr(claim, column) for claim in claims) if c is not None}:
            found[attribute, cipher] = open_text(kind, cipher) or ""
    return found


def _shown(attribute: str, value: Any, wording: Wording, opened: Opened, *, reveal: bool) -> tuple[str, Any]:
    """(as shown, raw value): codes as labels, divisions by name, sealed values masked unless revealed."""
    if attribute in SEALED:
        _, mask = SEALED[attribute]
        text = opened[attribute, bytes(value)]
        return (text if reveal else mask(text)), text if reveal else None
    if attribute in CODED:
        return wording.code(CODED[attribute], value), value
    if attribute == "hukou_division_code":
        return wording.division(value), value
    return str(value), value


def _members(
    scope: Scope, household_id: UUID | None, person_id: UUID, wording: Wording
) -> tuple[Member, ...]:
    if household_id is None:
        return ()
    found = Person.objects.filter(persons_in(scope), household_id=household_id, superseded_by__isnull=True)
    rows: Any = found.values_list(*MEMBER_COLUMNS, named=True)
    # Ordered here: an ORDER BY with a LIMIT would tempt the planner to walk the index of birth dates.
    members = sorted((m for m in rows if m.id != person_id), key=lambda m: (m.birth_date or date.max, m.id))
    return tuple(
        Member(
            m.id, m.name or "", wording.code("GBT4761", m.relation_to_head_code), m.birth_date, m.death_date
        )
        for m in members
    )


def _link(claim: PersonClaim, record_id: UUID, sources: dict[int, Source]) -> ClaimLink:
    return ClaimLink(
        feed=sources[claim.source_id].feed, source=sources[claim.source_id].name,
        record_id=record_id, role=claim.role, rule=claim.rule,
        score=claim.score, recorded_from=claim.recorded_from, recorded_to=claim.recorded_to,
    )  # fmt: skip
