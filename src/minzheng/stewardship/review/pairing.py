"""A row beside the persons it may mean (并列比对): attribute by attribute, masked, what differs marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from minzheng.exchange.declare import ByCode, Column, DivisionOf, Feed, Fixed, PersonParty, Said, feeds
from minzheng.exchange.held.staging import HeldRow, headings_of, staged_values
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.masking import mask_bank_account
from minzheng.registry.queries import SEALED, person_record
from minzheng.registry.reading import PersonRecord
from minzheng.registry.terms import CODED, LABELS
from minzheng.registry.wording import Wording
from minzheng.stewardship.review.marking import Run, marked

COMPARED = (
    "name", "id_number", "sex_code", "birth_date", "ethnic_code", "hukou_division_code", "hukou_address",
    "residence_address", "phone", "marital_status_code", "relation_to_head_code", "death_date",
)  # fmt: skip
SAME, DIFFERENT, UNSAID = "same", "different", "unsaid"


@dataclass(frozen=True)
class Cell:
    """What one side says of an attribute (比对格): ``verdict`` same, different or unsaid, against the left side."""

    runs: tuple[Run, ...]
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """One attribute across all sides (比对行). ``heading``: the source's column, where it is a row's."""

    label: str
    heading: str
    left: Cell
    right: tuple[Cell, ...]


@dataclass(frozen=True)
class Candidate:
    """A person the row may mean (候选人员)."""

    id: UUID
    name: str
    score: float | None
    dealings: tuple[tuple[str, int], ...]
    deceased: bool

    @property
    def key(self) -> str:
        """The identity as a form sends it."""
        return str(self.id)


@dataclass(frozen=True)
class Side:
    """The clear values of one side, by attribute (一侧的值)."""

    texts: dict[str, str]
    written: dict[str, tuple[str, str]]  # attribute → (heading, cell as the source wrote it)


def row_side(row: HeldRow, role: str) -> Side:
    """What the row says of the person in a role."""
    party = next(p for p in row.feed.persons if p.role == role)
    staged, headings, wording = staged_values(row), headings_of(row.feed), Wording()
    texts, written = {}, {}
    for attribute in COMPARED:
        said = party.says.get(attribute)
        value = _said(said, staged)
        texts[attribute] = _text(attribute, value, wording)
        heading = headings.get(said.name, "") if isinstance(said, Column) else ""
        place = row.columns.get(heading)
        if place is not None:
            written[attribute] = (heading, row.cells[place])
    return Side(texts, written)


def _said(said: Said | None, staged: dict[str, Any]) -> Any:
    if isinstance(said, Column | DivisionOf):
        return staged.get(said.name)
    if isinstance(said, Fixed):
        return said.value
    if isinstance(said, ByCode):
        return said.values.get(str(staged.get(said.column)))
    return None


def _text(attribute: str, value: Any, wording: Wording) -> str:
    if value is None:
        return ""
    if attribute in CODED:
        return wording.code(CODED[attribute], str(value))
    if attribute == "hukou_division_code":
        return wording.division(str(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def person_side(found: PersonRecord) -> Side:
    """What the register says of a person; ``found`` was read with its identifiers open, to be compared, not shown."""
    return Side({view.attribute: view.value for view in found.attributes}, {})


def lines(left: Side, right: Sequence[Side]) -> list[Line]:
    """The attributes any side speaks of."""
    found = []
    for attribute in COMPARED:
        own, others = left.texts.get(attribute, ""), [side.texts.get(attribute, "") for side in right]
        heading, cell = left.written.get(attribute, ("", ""))
        if not (own or cell.strip() or any(others)):
            continue
        mask = SEALED[attribute][1] if attribute in SEALED else None
        against = next((other for other in others if other), own)
        found.append(
            Line(
                LABELS[attribute], heading, Cell(_left(own, cell, against, mask)),
                tuple(Cell(marked(other, own, mask) if own else _plain(other, mask), _verdict(own, other)) for other in others),
            )
        )  # fmt: skip
    return found


def _left(own: str, cell: str, against: str, mask: Callable[[str], str] | None) -> tuple[Run, ...]:
    """As the source wrote it where it wrote it; marked against the first that says anything."""
    if not cell or cell == own:
        return marked(own, against, mask)
    return (Run(mask(cell) if mask else cell, bool(own) and own != against),)


def _plain(text: str, mask: Callable[[str], str] | None) -> tuple[Run, ...]:
    return (Run(mask(text) if mask and text else text, False),)


def _verdict(own: str, other: str) -> str:
    if not own or not other:
        return UNSAID
    return SAME if own == other else DIFFERENT


def candidates(
    scope: Scope, scored: Sequence[tuple[UUID, float | None]]
) -> tuple[list[Candidate], list[Side]]:
    """The persons within the scope, with what the register says of each; who lies outside is left out."""
    people, sides = [], []
    for person_id, score in scored:
        found = person_record(scope, person_id, reveal=True)
        if found is None or found.superseded_by is not None:
            continue
        counted: dict[str, int] = {}
        for link in found.links:
            counted[link.feed] = counted.get(link.feed, 0) + 1
        known = feeds()
        dealings = tuple((known[f].label if f in known else f, n) for f, n in sorted(counted.items()))
        people.append(Candidate(found.id, found.name, score, dealings, found.death_date is not None))
        sides.append(person_side(found))
    return people, sides


def whole_row(row: HeldRow) -> list[tuple[str, str]]:
    """Every cell of the row under its heading, as the source wrote it, masked where the standard says so."""
    from_heading = {heading: name for name, heading in headings_of(row.feed).items()}
    by_place = {place: heading for heading, place in row.columns.items()}
    shown = []
    for place, heading in enumerate(row.headings):
        cell = row.cells[place] if place < len(row.cells) else ""
        kind = row.sealed.get(from_heading.get(by_place.get(place, ""), ""))
        shown.append((heading or f"第{place + 1}列", _masked(kind, cell)))
    return shown


def _masked(kind: str | None, cell: str) -> str:
    masks: dict[str, Callable[[str], str]] = {"bank_account": mask_bank_account}
    masks |= dict(SEALED.values())
    if kind is None or not cell:
        return cell
    return masks[kind](cell) if kind in masks else "*" * len(cell)


def party_of(feed: Feed, role: str) -> PersonParty | None:
    """The feed's party of a role."""
    return next((p for p in feed.persons if p.role == role), None)
