"""A household whole (户综合信息): who belongs to it and who did, what its members dealt with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min
from django.utils import timezone

from minzheng.exchange.queries import Dealing, timeline
from minzheng.foundation.access.scope import Scope
from minzheng.registry.known import end_of, known_by, still_of
from minzheng.registry.models import Household, Person, PersonClaim
from minzheng.registry.queries import believed_on, persons_in
from minzheng.registry.reading import ClaimLink
from minzheng.registry.sources import sources_of
from minzheng.registry.wording import Wording

FORMER_AT_MOST = 50
LINKS_AT_MOST = 500
KINDS = {"hukou": "户籍户"}


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """A person of the household (户成员); ``until`` where others state that the person has left."""

    id: UUID
    name: str
    relation: str
    birth_date: date | None
    death_date: date | None
    since: date | None
    until: date | None
    head: bool


@dataclass(frozen=True, slots=True)
class HouseholdDealing:
    """A dealing of one or more members (户内往来)."""

    dealing: Dealing
    names: str


@dataclass(frozen=True, slots=True)
class HouseholdRecord:
    """A household (户综合信息). Where it lives is said by its head."""

    id: UUID
    division_code: str | None
    kind: str
    entered_at: datetime
    head_id: UUID | None
    members: tuple[HouseholdMember, ...]
    former: tuple[HouseholdMember, ...]
    dealings: tuple[HouseholdDealing, ...]


def household_of(scope: Scope, person_id: UUID) -> UUID | None:
    """The household of a person within the scope, or None (所在户)."""
    found = Person.objects.filter(persons_in(scope), pk=person_id).values_list("household_id", flat=True)
    return found.first()


def household_record(
    scope: Scope, household_id: UUID, *, known_on: date | None = None
) -> HouseholdRecord | None:
    """One household, or None where nobody of it, now or before, lies within the scope (户综合信息).

    ``known_on`` gives what was known of it at the end of that day.
    """
    household = Household.objects.filter(pk=household_id).first()
    if household is not None and known_on is not None:
        return _known_then(scope, household, known_on)
    people = {p.id: p for p in Person.objects.filter(
        persons_in(scope), household_id=household_id, superseded_by__isnull=True
    )}  # fmt: skip
    former = _former(scope, household_id, set(people))
    if household is None or not (people or former):
        return None
    since = _since(household_id, list(people), None)
    words = Wording()
    members = [
        _member(p, words, since.get(p.id), None, head=p.id_number_blind == household.key_blind)
        for p in people.values()
    ]
    members.sort(key=lambda m: (not m.head, m.birth_date or date.max, m.id))
    head = next((people[m.id] for m in members if m.head), None)
    return HouseholdRecord(
        id=household_id,
        division_code=household.division_code,
        kind=KINDS.get(household.kind_code, household.kind_code),
        entered_at=household.created_at,
        head_id=head.id if head else None,
        members=tuple(members),
        former=tuple(_member(p, words, first, last, head=False) for p, first, last in former),
        dealings=tuple(_dealings(scope, {p.id: p.name or "" for p in people.values()}, None)),
    )


def _known_then(scope: Scope, household: Household, known_on: date) -> HouseholdRecord | None:
    """The same from the claims of that day: whoever is named a member by any is asked which household was believed."""
    now = Person.objects.filter(persons_in(scope), household_id=household.id, superseded_by__isnull=True)
    former = {p.id: (first, last) for p, first, last in _former(scope, household.id, set())}
    ids = {*now.values_list("id", flat=True), *former}
    if not ids:
        return None
    believed = believed_on(scope, ids, known_on)
    inside = {one: said for one, said in believed.items() if said.get("household_key") == household.id}
    since = _since(household.id, list(inside), known_on)
    heads = Person.objects.filter(pk__in=list(inside), id_number_blind=household.key_blind)
    head = heads.values_list("id", flat=True).first()
    words = Wording()
    members = [_member_then(one, said, words, since.get(one), one == head) for one, said in inside.items()]
    members.sort(key=lambda m: (not m.head, m.birth_date or date.max, m.id))
    left = [
        (one, first, last) for one, (first, last) in former.items() if one not in inside and last <= known_on
    ]
    return HouseholdRecord(
        id=household.id,
        division_code=household.division_code,
        kind=KINDS.get(household.kind_code, household.kind_code),
        entered_at=household.created_at,
        head_id=head,
        members=tuple(members),
        former=tuple(
            replace(_member_then(one, believed.get(one, {}), words, first, False), relation="", until=last)
            for one, first, last in sorted(left, key=lambda one: one[2], reverse=True)
        ),
        dealings=tuple(_dealings(scope, {m.id: m.name for m in members}, known_on)),
    )


def _member_then(
    person_id: UUID, said: dict[str, Any], words: Wording, since: date | None, head: bool
) -> HouseholdMember:
    return HouseholdMember(
        id=person_id,
        name=said.get("name") or "",
        relation=words.code("GBT4761", said.get("relation_to_head_code")),
        birth_date=said.get("birth_date"),
        death_date=said.get("death_date"),
        since=since,
        until=None,
        head=head,
    )


def _member(
    person: Person, words: Wording, since: date | None, until: date | None, *, head: bool
) -> HouseholdMember:
    return HouseholdMember(
        id=person.id,
        name=person.name or "",
        relation=words.code("GBT4761", person.relation_to_head_code) if until is None else "",
        birth_date=person.birth_date,
        death_date=person.death_date,
        since=since,
        until=until,
        head=head,
    )


def _since(household_id: UUID, members: list[UUID], known_on: date | None) -> dict[UUID, date]:
    """From when each is stated to belong; by the persons' claims, of which there are few."""
    claims = PersonClaim.objects.filter(person_id__in=members, household_id=household_id)
    if known_on is not None:
        claims = claims.filter(recorded_from__lt=end_of(known_on))
    return {
        row["person_id"]: row["first"]
        for row in still_of(claims).values("person_id").annotate(first=Min("valid_from"))
    }


def _former(scope: Scope, household_id: UUID, present: set[UUID]) -> list[tuple[Person, date, date]]:
    """Who belonged once, as statements that were closed tell: (person, from, to), the last to leave first.

    Not who was taken for a member by a wrong link.
    """
    closed = PersonClaim.objects.filter(household_id=household_id, recorded_to__isnull=False)
    spans = still_of(closed.exclude(person_id__in=present)).values("person_id").annotate(
        first=Min("valid_from"), last=Max("recorded_to")
    )  # fmt: skip
    found: dict[UUID, tuple[date, datetime]] = {
        row["person_id"]: (row["first"], row["last"]) for row in spans.order_by("-last")[:FORMER_AT_MOST]
    }
    people = Person.objects.filter(persons_in(scope), pk__in=list(found), superseded_by__isnull=True)
    spanned = [(p, found[p.id][0], timezone.localtime(found[p.id][1]).date()) for p in people]
    return sorted(spanned, key=lambda one: one[2], reverse=True)


def _dealings(scope: Scope, names: dict[UUID, str], known_on: date | None) -> Iterable[HouseholdDealing]:
    """The members' records on one line of time, each once, with whose it is."""
    stated = PersonClaim.objects.filter(person_id__in=list(names), record_id__isnull=False)
    claims = known_by(stated, known_on)
    rows = list(
        claims.order_by("-valid_from", "-id").values_list(
            "person_id", "source_id", "record_id", "role", "rule", "score", "recorded_from"
        )[:LINKS_AT_MOST]
    )
    sources = sources_of({row[1] for row in rows})
    whose: dict[UUID, dict[str, None]] = {}
    links = []
    for person, source, record, role, rule, score, recorded in rows:
        if record is not None:
            whose.setdefault(record, {})[names[person]] = None
            one = sources[source]
            links.append(ClaimLink(one.feed, one.name, record, role, rule, score, recorded, None))
    seen: dict[tuple[object, ...], HouseholdDealing] = {}
    for dealing in timeline(scope, links):
        named = dict.fromkeys(name for record in dealing.records for name in whose[record])
        same = (dealing.feed, dealing.title, dealing.first_on, dealing.last_on)
        before = seen.get(same)
        all_named = dict.fromkeys([*(before.names.split("、") if before else []), *named])
        seen[same] = HouseholdDealing(
            before.dealing if before else dealing, "、".join(n for n in all_named if n)
        )
    return seen.values()
