"""What of a person may be disputed (可校核的值): the values of the source rows that stand, under the standard's headings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from minzheng.exchange.clean.fields import staged_name
from minzheng.exchange.declare import Column, Feed, PersonParty, feeds
from minzheng.exchange.queries import sealed_kinds
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import Kind, open_text
from minzheng.registry.golden import PERSON_GROUPS
from minzheng.registry.models import Person, PersonClaim
from minzheng.registry.queries import SEALED, persons_in
from minzheng.registry.sources import sources_of
from minzheng.standards import queries as standards

# Who it is stands in the number: a wrong one is another person's, and is put right by splitting or joining.
IDENTITY = frozenset({"id_number", "household_key"})


@dataclass(frozen=True, slots=True)
class Disputable:
    """One value (可校核值): ``key`` names it in a form; ``held`` in clear, ``shown`` masked where it is sealed."""

    claim_id: UUID
    feed: str
    source_id: int
    source_name: str
    heading: str
    held: str
    shown: str
    since: date
    batch_id: UUID
    row_no: int
    person_id: UUID
    record_id: UUID | None
    division_code: str

    @property
    def key(self) -> str:
        """As a form names it."""
        return f"{self.claim_id}|{self.heading}"


def disputable(scope: Scope, person_id: UUID) -> list[Disputable]:
    """All values sources state of a person within the scope, the newest row of each first (可校核的值)."""
    person = Person.objects.filter(persons_in(scope), pk=person_id, superseded_by=None).first()
    if person is None:
        return []
    claims = list(
        PersonClaim.objects.filter(person_id=person_id, recorded_to=None).order_by("-valid_from", "id")
    )
    sources, declared = sources_of({claim.source_id for claim in claims}), feeds()
    found: list[Disputable] = []
    for claim in claims:
        source = sources[claim.source_id]
        feed = declared.get(source.feed)
        if feed is None or not scope.allows_business(feed.business_code):
            continue
        for heading, held, shown in _values(feed, claim):
            found.append(
                Disputable(
                    claim.id, feed.key, source.id, source.name, heading, held, shown, claim.valid_from, claim.batch_id,
                    claim.row_no, person_id, claim.record_id, (person.hukou_division_code or "")[:6],
                )
            )  # fmt: skip
    return found


def _values(feed: Feed, claim: PersonClaim) -> Iterator[tuple[str, str, str]]:
    """(heading, value, value as shown) of the row a claim came by: what it says of the person, and of the record."""
    party = next((one for one in feed.persons if one.role == claim.role), None)
    if party is None:
        return
    attributes, columns = _attributes(party), _columns(feed)
    record = _record(feed, claim.record_id) if columns else None
    kinds = sealed_kinds(feed)
    for field in standards.data_set(feed.key).fields:
        staged = staged_name(field.element, field.role)
        if attribute := attributes.get(staged):
            if attribute in IDENTITY:
                continue
            value, mask = _stated(claim, attribute)
        elif record is not None and (column := columns.get(staged)) and staged not in feed.record_key:
            value, mask = _kept(record, column, kinds), column in kinds
        else:
            continue
        shown = SEALED[attribute][1](value) if mask and attribute else ("****" if mask and value else value)
        yield field.heading, value, shown


def _attributes(party: PersonParty) -> Mapping[str, str]:
    return {said.name: attribute for attribute, said in party.says.items() if isinstance(said, Column)}


def _columns(feed: Feed) -> Mapping[str, str]:
    return {said.name: column for column, said in feed.fields.items() if isinstance(said, Column)}


def _stated(claim: PersonClaim, attribute: str) -> tuple[str, bool]:
    value = getattr(claim, PERSON_GROUPS[attribute][0])
    if attribute in SEALED:
        return open_text(SEALED[attribute][0], value) or "", True
    return _text(value), False


def _record(feed: Feed, record_id: UUID | None) -> object | None:
    if feed.record is None or record_id is None:
        return None
    return feed.record._default_manager.filter(pk=record_id).first()


def _kept(record: object, column: str, kinds: Mapping[str, Kind]) -> str:
    if column in kinds:
        return open_text(kinds[column], getattr(record, f"{column}_cipher")) or ""
    return _text(getattr(record, column))


def _text(value: object) -> str:
    return "" if value is None else str(value)
