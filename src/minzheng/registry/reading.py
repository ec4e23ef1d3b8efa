"""What a look-up gives back (查询结果): frozen values, identifiers masked unless revealed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True)
class PersonHit:
    """One line of a search result (检索结果). Identifiers are masked."""

    id: UUID
    name: str
    id_number: str
    sex_code: str | None
    birth_date: date | None
    division_code: str | None
    death_date: date | None


class Stated(NamedTuple):
    """One value as one source states it (来源值). A person may have a thousand: tuples are quick to make."""

    value: str
    source: str
    feed: str
    role: str
    valid_from: date
    recorded_from: datetime
    recorded_to: datetime | None
    batch_id: UUID


@dataclass(frozen=True)
class AttributeView:
    """One attribute: the value believed, who states it, and what others state (属性)."""

    attribute: str
    label: str
    value: str
    raw: Any
    stated: Stated | None
    others: tuple[Stated, ...] = ()
    masked: bool = False


@dataclass(frozen=True)
class Member:
    """A member of the person's household (户成员)."""

    id: UUID
    name: str
    relation: str
    birth_date: date | None
    death_date: date | None


class ClaimLink(NamedTuple):
    """A claim that ties the person to a business record (关联)."""

    feed: str
    source: str
    record_id: UUID
    role: str
    rule: str
    score: float | None
    recorded_from: datetime
    recorded_to: datetime | None


@dataclass(frozen=True)
class PersonRecord:
    """A person whole, as known on a day (人员综合信息)."""

    id: UUID
    name: str
    superseded_by: UUID | None
    known_on: date | None
    attributes: tuple[AttributeView, ...]
    members: tuple[Member, ...]
    links: tuple[ClaimLink, ...]
    division_code: str | None
    death_date: date | None
    values: dict[str, Any] = field(default_factory=dict)
