"""How a room declares a feed (数据集声明).

The standard says what the columns are (``standards.data_set``); the declaration says where their values go. A staged
column is named by its role and element: heading 男方姓名 (role husband, element person_name) is ``husband_person_name``;
a heading without a role is its element alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices

from minzheng.foundation.access.row_security import tell_business
from minzheng.registry.models import BusinessRecord

PERSON_ATTRIBUTES = (
    "name", "id_number", "sex_code", "birth_date", "ethnic_code", "hukou_division_code", "hukou_address",
    "residence_address", "phone", "marital_status_code", "education_code", "relation_to_head_code", "household_key",
    "death_date",
)  # fmt: skip


class Basis(TextChoices):
    """By what a record belongs to a division (属地依据)."""

    HUKOU = "hukou", "户籍地"
    RESIDENCE = "residence", "居住地"
    REGISTRAR = "registrar", "登记机关所在地"
    MANAGER = "manager", "管理机构所在地"


@dataclass(frozen=True)
class Column:
    """The value of a staged column (取列)."""

    name: str


@dataclass(frozen=True)
class Fixed:
    """The same value on every row (定值)."""

    value: str


@dataclass(frozen=True)
class ByCode:
    """A value that follows from a code; codes not listed say nothing (按代码取值)."""

    column: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class DivisionOf:
    """The division an address lies in, as finely as its words tell (地址所在区划)."""

    column: str

    @property
    def name(self) -> str:
        """The staged column that cleaning derives."""
        return f"{self.column}__division"


Said = Column | Fixed | ByCode | DivisionOf


@dataclass(frozen=True)
class ColumnFor:
    """The value of a staged column where another says one of these codes, else nothing (部分代码取列)."""

    name: str
    by: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Revocation:
    """Records that take back what another record of the same persons said of them (撤销).

    ``kind``: the record column that tells the kinds apart: ``by`` revokes, ``of`` can be revoked, ``ended_by`` ends one
    otherwise (and is revoked only under its own number). ``attribute``: what the revoked record says no more; each party
    says it ``ByCode`` of the kind. Which record is meant: ``load.revoking``.
    """

    kind: str
    by: tuple[str, ...]
    of: tuple[str, ...]
    ended_by: tuple[str, ...]
    attribute: str


@dataclass(frozen=True)
class PersonParty:
    """A person a row speaks of (行中的人员).

    ``says``: attribute of ``PERSON_ATTRIBUTES`` → where its value comes from. ``authority``: attribute → rank, lower
    is believed first (50 where not said). ``household``: kind of the household that ``household_key`` names.
    ``optional``: a row may leave the person out. ``creates``: whether someone unknown is entered in the register; a
    mere name (经办人) is not enough for that, and the record keeps what was said.
    """

    role: str
    label: str
    says: Mapping[str, Said]
    authority: Mapping[str, int] = field(default_factory=dict)
    household: str | None = None
    optional: bool = False
    creates: bool = True


@dataclass(frozen=True)
class OrganisationParty:
    """An organisation a row speaks of (行中的机构): ``says`` maps organisation attributes to values."""

    role: str
    label: str
    says: Mapping[str, Said]
    authority: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaceParty:
    """The place a row's event happened at (行中的地点), entered in the register by class, name and division.

    ``division``: what says where it lies, the node's own division where it tells nothing. Its point is not known from
    a row. The record's table has a ``place_id``.
    """

    label: str
    class_code: str
    name: Column
    division: Column | DivisionOf | None = None


@dataclass(frozen=True)
class Feed:
    """A declared feed (数据集).

    ``record``: the room's table, or None where the claim itself is the record (人口底册). ``fields``: column of that
    table → where its value comes from. ``record_key``: staged columns that make a record the same record; ``apart``: what
    keeps records of one key apart besides, a part that says nothing left out. ``revocation``: which records take back
    what others said. ``division``: what says to which division the record belongs (属地), and ``basis`` by what;
    ``goes_with``: roles of the persons whose county is given the record too, whoever else it names carries it nowhere;
    ``happened_on``: staged column of the event's date. ``certificate``: record column of the certificate number people search
    by. ``title``: template for the timeline over the record's columns; ``amount``: record column in fen; ``period``: record
    column (YYYYMM) that lets repeated payments be shown as one line.
    """

    key: str
    label: str
    business_code: str
    persons: tuple[PersonParty, ...]
    record: type[BusinessRecord] | None = None
    fields: Mapping[str, Said] = field(default_factory=dict)
    record_key: tuple[str, ...] = ()
    apart: tuple[ByCode | ColumnFor, ...] = ()
    revocation: Revocation | None = None
    organisations: tuple[OrganisationParty, ...] = ()
    place: PlaceParty | None = None
    division: Column | DivisionOf | None = None
    basis: Basis | None = None
    goes_with: tuple[str, ...] = ()
    happened_on: str | None = None
    certificate: str | None = None
    title: str = ""
    codes: Mapping[str, str] = field(
        default_factory=dict
    )  # record column → code table, for labels on the timeline
    amount: str | None = None
    period: str | None = None


_FEEDS: dict[str, Feed] = {}


def register(feed: Feed) -> Feed:
    """Make a feed known to the engine; called by a room's ``feeds.py`` (登记数据集)."""
    if feed.key in _FEEDS and _FEEDS[feed.key] is not feed:
        raise ValueError(f"feed {feed.key!r} is declared twice")
    for party in feed.persons:
        unknown = set(party.says) - set(PERSON_ATTRIBUTES)
        if unknown:
            raise ValueError(f"feed {feed.key!r}, {party.role}: unknown attributes {sorted(unknown)}")
    if (feed.division is None) != (feed.basis is None):
        raise ValueError(f"feed {feed.key!r}: a division and its basis are said together")
    if strangers := set(feed.goes_with) - {party.role for party in feed.persons}:
        raise ValueError(f"feed {feed.key!r} goes with {sorted(strangers)}, whom no row speaks of")
    _FEEDS[feed.key] = feed
    tell_business(feed.key, feed.record, feed.business_code)
    return feed


def feeds() -> dict[str, Feed]:
    """All declared feeds by key (全部数据集)."""
    return dict(_FEEDS)


class UnknownFeedError(ValueError):
    """No room declares this feed (没有这个数据集)."""


def feed_named(key: str) -> Feed:
    """The feed of this key; raises ``UnknownFeedError`` naming those there are."""
    try:
        return _FEEDS[key]
    except KeyError:
        known = "、".join(f"{f.key}({f.label})" for f in _FEEDS.values())
        raise UnknownFeedError(f"没有数据集 {key}, 现有: {known}") from None


def derived_divisions(feed: Feed) -> tuple[DivisionOf, ...]:
    """The divisions a feed takes from addresses, each once (由地址得出的区划)."""
    said = [value for party in feed.persons for value in party.says.values()]
    said += [value for party in feed.organisations for value in party.says.values()]
    said += [feed.place.division] if feed.place and feed.place.division else []
    return tuple({value: None for value in (*said, feed.division) if isinstance(value, DivisionOf)})
