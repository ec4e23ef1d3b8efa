"""An organisation whole (机构综合信息): what is stated of it and by whom, who leads it, what it dealt with.

A funeral home has a claim for every cremation: statements are drawn together in the database, and only the latest dealings
are told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from minzheng.exchange.declare import Column, Feed, feeds
from minzheng.exchange.queries import Dealing, declared_in, timeline
from minzheng.foundation.access.scope import Scope
from minzheng.registry.golden import ORGANISATION_GROUPS, UNRANKED
from minzheng.registry.known import end_of, known_by
from minzheng.registry.models import Organisation, OrganisationClaim, Person, PersonClaim, Source
from minzheng.registry.queries import persons_in
from minzheng.registry.reading import ClaimLink
from minzheng.registry.sources import sources_of
from minzheng.registry.wording import Wording
from minzheng.stewardship.lookup.queries.organisations import organisations_in

TOLD = 50
LABELS = {
    "name": "名称", "uscc": "统一社会信用代码", "kind_code": "类型", "division_code": "区划", "address": "住所",
    "founded_on": "成立日期", "status_code": "状态",
}  # fmt: skip
CODED = {"kind_code": "ORG_TYPE", "status_code": "ORG_STATUS"}


@dataclass(frozen=True, slots=True)
class Value:
    """What a source says of one attribute (来源值), first on ``since``, ``times`` times."""

    value: str
    source: str
    since: date
    times: int
    current: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute (属性): the value believed first, then what else was or is said."""

    label: str
    stated: Value
    others: tuple[Value, ...]

    @property
    def differing(self) -> int:
        """How many say something else."""
        return sum(other.value != self.stated.value for other in self.others)


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads it (负责人): ``person_id`` where the person is known and within the scope."""

    name: str
    role: str
    since: date | None
    until: date | None
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class OrganisationRecord:
    """An organisation as known on a day (机构综合信息)."""

    id: UUID
    name: str
    division_code: str | None
    superseded_by: UUID | None
    attributes: tuple[Attribute, ...]
    leaders: tuple[Leader, ...]
    dealings: tuple[Dealing, ...]
    more: bool


def organisation_record(
    scope: Scope, organisation_id: UUID, *, known_on: date | None = None
) -> OrganisationRecord | None:
    """One organisation, or None where there is none within the scope (机构综合信息)."""
    row = Organisation.objects.filter(organisations_in(scope), pk=organisation_id).first()
    if row is None:
        return None
    claims = known_by(OrganisationClaim.objects.filter(organisation_id=organisation_id), known_on)
    said = _statements(organisation_id, known_on)
    sources = sources_of({one["source_id"] for one in said})
    links, more = _links(scope, claims, sources)
    return OrganisationRecord(
        id=organisation_id,
        name=row.name or "",
        division_code=row.division_code,
        superseded_by=row.superseded_by,
        attributes=tuple(_attributes(said, sources)),
        leaders=tuple(_leaders(scope, organisation_id, known_on)),
        dealings=tuple(_labelled(timeline(scope, links))),
        more=more,
    )


def _statements(organisation_id: UUID, known_on: date | None) -> list[dict[str, Any]]:
    """What was ever said up to the day, the same by one source once; ``open`` where it still stands."""
    claims, end = (
        OrganisationClaim.objects.filter(organisation_id=organisation_id),
        end_of(known_on) if known_on else None,
    )
    standing = Q(recorded_to__isnull=True)
    if end is not None:
        claims, standing = claims.filter(recorded_from__lt=end), standing | Q(recorded_to__gte=end)
    grouped = claims.values("source_id", *LABELS).annotate(
        first=Min("valid_from"), last=Max("valid_from"), recorded=Max("recorded_from"), times=Count("id"),
        open=Count("id", filter=standing),
    )  # fmt: skip
    return list(grouped)


def believed_of(
    scope: Scope, organisation_id: UUID, *, known_on: date | None = None
) -> dict[str, Any] | None:
    """What is believed of an organisation, attribute → value, or None outside the scope (所信)."""
    if not Organisation.objects.filter(organisations_in(scope), pk=organisation_id).exists():
        return None
    said = _statements(organisation_id, known_on)
    sources = sources_of({one["source_id"] for one in said})
    first = {name: next(iter(_stating(name, said, sources)), None) for name in ORGANISATION_GROUPS}
    return {name: one[name] for name, one in first.items() if one is not None}


def _stating(name: str, said: list[dict[str, Any]], sources: Mapping[int, Source]) -> list[dict[str, Any]]:
    """Statements of one attribute, the one believed first."""
    stating = [one for one in said if one[name] is not None]
    stating.sort(key=lambda one: (one["last"], one["recorded"]), reverse=True)
    stating.sort(key=lambda one: (not one["open"], sources[one["source_id"]].authority.get(name, UNRANKED)))
    return stating


def _attributes(said: list[dict[str, Any]], sources: Mapping[int, Source]) -> Iterable[Attribute]:
    words = Wording()
    for name in ORGANISATION_GROUPS:
        merged: dict[tuple[str, str], Value] = {}
        for one in _stating(name, said, sources):
            shown, source = _shown(name, one[name], words), sources[one["source_id"]].name
            before = merged.get((shown, source))
            since = min(one["first"], before.since) if before else one["first"]
            times = one["times"] + (before.times if before else 0)
            current = bool(one["open"]) or bool(before and before.current)
            merged[shown, source] = Value(shown, source, since, times, current)
        if values := list(merged.values()):
            yield Attribute(LABELS[name], values[0], tuple(values[1:]))


def _shown(name: str, value: Any, words: Wording) -> str:
    if name in CODED:
        return words.code(CODED[name], value)
    return words.division(value) if name == "division_code" else str(value)


def _links(scope: Scope, claims: Any, sources: Mapping[int, Source]) -> tuple[list[ClaimLink], bool]:
    """The latest records it has a part in, within the scope."""
    rows = claims.filter(record_id__isnull=False).order_by("-recorded_from", "-valid_from", "-id")[: TOLD + 1]
    found = [
        ClaimLink(sources[c.source_id].feed, sources[c.source_id].name, c.record_id, c.role, c.rule, c.score,
                  c.recorded_from, c.recorded_to)
        for c in rows[:TOLD] if c.record_id
    ]  # fmt: skip
    within: set[UUID] = set()
    for key in {link.feed for link in found}:
        model = feeds()[key].record if key in feeds() else None
        if model is not None:
            ids = {link.record_id for link in found if link.feed == key}
            records = model._default_manager.filter(pk__in=ids, division_code__startswith=scope.prefix)
            within.update(records.values_list("id", flat=True))
    return [link for link in found if link.record_id in within], len(rows) > TOLD


def _labelled(dealings: Iterable[Dealing]) -> Iterable[Dealing]:
    """The organisation's part in a record in its declared words."""
    for dealing in dealings:
        labels = {party.role: party.label for party in feeds()[dealing.feed].organisations}
        yield replace(dealing, role=labels.get(dealing.role, dealing.role))


def _registrations(scope: Scope) -> Iterable[tuple[Feed, str]]:
    """Feeds whose record is an organisation's own registration, told by its key being the organisation's: (feed, role)."""
    for feed in declared_in(scope):
        for party in feed.organisations:
            own = {said.name for said in party.says.values() if isinstance(said, Column)}
            if feed.record is not None and feed.record_key and set(feed.record_key) <= own:
                yield feed, party.role


def _leaders(scope: Scope, organisation_id: UUID, known_on: date | None) -> Iterable[Leader]:
    """The persons its own registrations name, the present ones first."""
    end = end_of(known_on) if known_on else None
    for feed, role in _registrations(scope):
        claims = OrganisationClaim.objects.filter(
            organisation_id=organisation_id, role=role, record_id__isnull=False
        )
        ids = [record for record in claims.values_list("record_id", flat=True)[:TOLD] if record]
        versions = (
            feed.record._default_manager.filter(pk__in=ids).order_by("-recorded_from") if feed.record else []
        )
        linked = _persons_named(scope, ids)
        for party in feed.persons:
            column = _name_column(feed, party.says.get("name"))
            for version in versions:
                if end is not None and version.recorded_from >= end:
                    continue
                person = linked.get((version.id, party.role))
                name = getattr(version, column, None) if column else None
                closed = version.recorded_to if end is None or (version.recorded_to or end) < end else None
                if name or person:
                    yield Leader(
                        name=str(name or (person[1] if person else "")),
                        role=party.label,
                        since=timezone.localtime(version.recorded_from).date(),
                        until=timezone.localtime(closed).date() if closed else None,
                        person_id=person[0] if person else None,
                    )


def _name_column(feed: Feed, said: Any) -> str | None:
    """The record's column that keeps the name a party is stated with."""
    if not isinstance(said, Column):
        return None
    return next((kept for kept, value in feed.fields.items() if value == said), None)


def _persons_named(scope: Scope, records: list[UUID]) -> dict[tuple[UUID, str], tuple[UUID, str]]:
    """(record, role) → (person, name) of those within the scope; whose link was wrong gives way to whose it is."""
    claims = PersonClaim.objects.filter(record_id__in=records).order_by(F("recorded_to").asc(nulls_last=True))
    told = claims.values_list("record_id", "role", "person_id")
    linked = {(record, role): person for record, role, person in told if record}
    names = dict(
        Person.objects.filter(persons_in(scope), pk__in=set(linked.values())).values_list("id", "name")
    )
    return {key: (person, names[person] or "") for key, person in linked.items() if person in names}
