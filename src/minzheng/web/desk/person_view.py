"""A person as a page shows it (人员页面的样子)."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minzheng.exchange.queries import Dealing
from minzheng.registry.reading import AttributeView, Member, PersonHit, PersonRecord, Stated
from minzheng.registry.terms import CODED
from minzheng.registry.wording import Wording
from minzheng.web.desk.places import division_path

RULES = {
    "id_number": "按公民身份号码关联",
    "new": "由此建档",
    "model": "经模型比对关联",
    "exact_name": "按姓名关联",
    "manual": "经人工核定关联",
}


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A line of the search results (检索结果行)."""

    id: UUID
    name: str
    id_number: str
    sex: str
    birth_date: datetime.date | None
    division: str
    deceased: bool


@dataclass(frozen=True, slots=True)
class ShownOther:
    """What others say of an attribute; the same said often by one source is one (其他来源的值)."""

    value: str
    source: str
    since: datetime.date
    times: int
    differs: bool


@dataclass(frozen=True, slots=True)
class ShownAttribute:
    """An attribute with its source and what others say (属性)."""

    key: str
    label: str
    value: str
    masked: bool
    source: str
    since: datetime.date | None
    others: tuple[ShownOther, ...]

    @property
    def differing(self) -> int:
        """How many of the others say something else (不同值个数)."""
        return sum(other.differs for other in self.others)


@dataclass(frozen=True, slots=True)
class ShownDealing:
    """An entry of the timeline (往来)."""

    when: str
    label: str
    title: str
    role: str
    amounts: str
    origin: str


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """The page's values (人员页面)."""

    id: UUID
    name: str
    headline: tuple[str, ...]
    deceased: bool
    attributes: tuple[ShownAttribute, ...]
    members: tuple[Member, ...]
    dealings: tuple[ShownDealing, ...]


def shown_hits(hits: Iterable[PersonHit]) -> list[ShownHit]:
    """Search results in words (检索结果)."""
    words = Wording()
    return [
        ShownHit(
            id=hit.id,
            name=hit.name,
            id_number=hit.id_number,
            sex=words.code(CODED["sex_code"], hit.sex_code),
            birth_date=hit.birth_date,
            division=division_path(hit.division_code),
            deceased=hit.death_date is not None,
        )
        for hit in hits
    ]


def shown_person(found: PersonRecord, dealings: list[Dealing], on: datetime.date) -> ShownPerson:
    """A record and its dealings in words, as of a day (综合信息)."""
    values = {attribute.attribute: attribute for attribute in found.attributes}
    sex = values["sex_code"].value
    age = _age(found.values, on)
    return ShownPerson(
        id=found.id,
        name=found.name or "(姓名不详)",
        headline=tuple(part for part in (sex, age) if part),
        deceased=found.death_date is not None,
        attributes=tuple(shown_attribute(a) for a in found.attributes if a.value),
        members=found.members,
        dealings=tuple(_dealing(group) for group in _together(dealings)),
    )


def shown_dealings(dealings: Iterable[Dealing]) -> list[ShownDealing]:
    """Entries of a timeline in words, what is one record drawn together (往来)."""
    return [_dealing(group) for group in _together(list(dealings))]


def _age(values: dict[str, Any], on: datetime.date) -> str:
    born, died = values.get("birth_date"), values.get("death_date")
    until = died or on
    if born is None or until < born:
        return ""
    years = until.year - born.year - ((until.month, until.day) < (born.month, born.day))
    return f"终年 {years} 岁" if died else f"{years} 岁"


def shown_attribute(view: AttributeView) -> ShownAttribute:
    """An attribute in words, the same said often by one source as one (属性)."""
    groups: dict[tuple[str, str], list[Stated]] = {}
    for other in view.others:
        groups.setdefault((other.value, other.source), []).append(other)
    others = [
        ShownOther(value, source, min(o.valid_from for o in said), len(said), value != view.value)
        for (value, source), said in groups.items()
    ]
    return ShownAttribute(
        key=view.attribute,
        label=view.label,
        value=view.value,
        masked=view.masked,
        source=view.stated.source if view.stated else "",
        since=view.stated.valid_from if view.stated else None,
        others=tuple(sorted(others, key=lambda other: not other.differs)),
    )


def _together(dealings: list[Dealing]) -> list[list[Dealing]]:
    """The same record reached in several roles is one entry: who heads a household is also its member."""
    groups: dict[tuple[object, ...], list[Dealing]] = {}
    for dealing in dealings:
        same = (dealing.feed, dealing.title, dealing.first_on, dealing.last_on)
        groups.setdefault(same, []).append(dealing)
    return list(groups.values())


def _dealing(group: list[Dealing]) -> ShownDealing:
    dealing = min(group, key=lambda d: d.count)
    first, last = dealing.first_on, dealing.last_on
    spans = first and last and first != last
    when = f"{first:%Y-%m} 至 {last:%Y-%m}" if spans else (last.isoformat() if last else "日期不详")
    amounts = ""
    if dealing.amount_fen is not None:
        amounts = f"{'最近一次 ' if spans else ''}{dealing.amount_fen / 100:,.2f} 元"
    origin = (dealing.source, dealing.division, RULES.get(dealing.rule, ""))
    return ShownDealing(
        when=when,
        label=dealing.label,
        title=dealing.title,
        role="、".join(dict.fromkeys(d.role for d in group)),
        amounts=amounts,
        origin=" · ".join(part for part in origin if part),
    )
