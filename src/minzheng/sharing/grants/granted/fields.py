"""What a data set's fields are called and where the node keeps them (字段所在).

A field is named as the exchange names a staged column: role and element, ``husband_person_name``; an element without a role by
itself. The standard says what it means, the room's declaration of the feed where it went.
"""

from dataclasses import dataclass
from typing import Literal

from minzheng.exchange.clean.columns import SEALED_RULES
from minzheng.exchange.declare import Column, Feed, feeds
from minzheng.foundation.crypto.fields import Kind
from minzheng.registry.golden import ORGANISATION_GROUPS, PERSON_GROUPS
from minzheng.registry.queries import SEALED
from minzheng.standards.queries import DataSetSpec, ElementSpec, catalogue

Where = Literal["record", "person", "organisation", "head"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a data set that the node can give (可共享字段).

    ``where``: in the record itself, with the person or organisation of ``role``, or the number of the household's head.
    ``attribute``: of the person or organisation; ``column``: what is read; ``kind``: how it is sealed, None where it is not.
    """

    name: str
    heading: str
    element: ElementSpec
    where: Where
    role: str
    attribute: str
    column: str
    kind: Kind | None
    is_key: bool

    @property
    def level(self) -> int:
        """How sensitive, 1–4 (数据级别)."""
        return int(self.element.data_level[1:] or 3)

    @property
    def finds_person(self) -> bool:
        """Whether someone can be looked up by it (可作查询条件)."""
        return self.where == "person" and self.attribute == "id_number"


@dataclass(frozen=True)
class Shared:
    """A data set that can be shared, with its fields by name (可共享数据集)."""

    spec: DataSetSpec
    feed: Feed
    fields: dict[str, Field]

    @property
    def looked_up_by(self) -> list[Field]:
        """The fields one may look up by: numbers of persons, and the number the records are known by (查询字段)."""
        known_by = self.feed.certificate
        return [
            f
            for f in self.fields.values()
            if f.finds_person or (f.where == "record" and f.column == known_by)
        ]


_kept: dict[str, Shared] = {}


def shared(key: str) -> Shared | None:
    """A data set with its fields, or None where no room keeps such records (数据集)."""
    feed = feeds().get(key)
    if feed is None:
        return None
    standard = catalogue()
    spec = standard.data_set(key)
    kept = _kept.get(key)
    if kept is None or kept.spec is not spec:
        kept = _kept[key] = Shared(spec, feed, _fields(feed, spec))
    return kept


def shared_sets() -> list[Shared]:
    """All of them, in the standard's order (全部可共享数据集)."""
    return [found for spec in catalogue().data_sets() if (found := shared(spec.key))]


def _fields(feed: Feed, spec: DataSetSpec) -> dict[str, Field]:
    standard, found = catalogue(), {}
    for said in spec.fields:
        name = f"{said.role}_{said.element}" if said.role else said.element
        element = standard.element(said.element)
        place = _in_record(feed, name, element) or _with_person(feed, name) or _with_organisation(feed, name)
        if place is not None:
            found[name] = Field(name, said.heading, element, *place, said.is_key)
    return found


Place = tuple[Where, str, str, str, Kind | None]


def _in_record(feed: Feed, name: str, element: ElementSpec) -> Place | None:
    if feed.record is None:
        return None
    for column, value in feed.fields.items():
        if isinstance(value, Column) and value.name == name:
            kind = SEALED_RULES.get(element.rule or "")
            stored = f"{column}_cipher"
            if kind and stored in {f.name for f in feed.record._meta.get_fields()}:
                return "record", "", column, stored, kind
            return "record", "", column, column, None
    if isinstance(feed.division, Column) and feed.division.name == name:
        return "record", "", "division_code", "division_code", None
    return ("record", "", "happened_on", "happened_on", None) if feed.happened_on == name else None


def _with_person(feed: Feed, name: str) -> Place | None:
    head: Place | None = None
    for party in feed.persons:
        for attribute, value in party.says.items():
            if not (isinstance(value, Column) and value.name == name):
                continue
            if attribute == "household_key":
                head = "head", party.role, attribute, "household_id", "id_number"
                continue
            kind = SEALED[attribute][0] if attribute in SEALED else None
            return "person", party.role, attribute, PERSON_GROUPS[attribute][0], kind
    return head


def _with_organisation(feed: Feed, name: str) -> Place | None:
    for party in feed.organisations:
        for attribute, value in party.says.items():
            if isinstance(value, Column) and value.name == name:
                return "organisation", party.role, attribute, ORGANISATION_GROUPS[attribute][0], None
    return None
