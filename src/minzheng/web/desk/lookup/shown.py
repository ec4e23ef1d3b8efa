"""Results as a page shows them (查询结果的样子)."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minzheng.foundation.access.scope import Scope
from minzheng.registry.wording import Wording
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_tree
from minzheng.stewardship.lookup.reading import Found, OrganisationHit, PlaceHit, place_kind
from minzheng.stewardship.lookup.terms import Kind
from minzheng.web.desk.person_view import shown_hits
from minzheng.web.desk.places import division_path

KEPT_FOR_S = 60.0
_options: dict[str, tuple[float, list["Option"]]] = {}


@dataclass(frozen=True, slots=True)
class Option:
    """A division one can choose (区划选项); ``depth`` 0 right below the user's own."""

    code: str
    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class ShownOrganisation:
    """A line of organisations (机构行)."""

    id: UUID
    name: str
    uscc: str
    kind: str
    status: str
    division: str


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A line of places (地点行)."""

    id: UUID
    name: str
    kind: str
    division: str


@dataclass(frozen=True, slots=True)
class Section:
    """The results of one kind (一类结果): ``rows`` of ``estimate``, with where the next page is.

    ``previous`` is where the page before is: empty the first one, None where that is not known.
    """

    kind: Kind
    rows: list[Any]
    count: str
    page: int
    next: str
    previous: str | None
    whole: bool

    @property
    def template(self) -> str:
        """How its rows are shown."""
        return f"desk/lookup/{self.kind}.html"


def section(kind: Kind, found: Found[Any], *, whole: bool) -> Section:
    """A page of one kind in words (一类结果)."""
    unit = {Kind.PERSONS: "人", Kind.ORGANISATIONS: "家", Kind.PLACES: "处"}[kind]
    return Section(
        kind=kind,
        rows=_rows(kind, found),
        count=f"{'' if found.exact else '约 '}{in_words(found.estimate)}{unit}",
        page=found.page,
        next=found.next.token() if found.next else "",
        previous=_previous(found),
        whole=whole,
    )


def _previous(found: Found[Any]) -> str | None:
    if found.at is None:
        return None
    if found.at.previous:
        return found.at.previous.token()
    return "" if found.page == 2 else None


def in_words(number: int) -> str:
    """A count as people write it (计数): 860 , 1.2 万 ."""
    if number < 10_000:
        return f"{number:,} "
    return f"{number / 10_000:.1f}".removesuffix(".0") + " 万"


def divisions_to_choose(scope: Scope) -> list[Option]:
    """The two levels below the user's division; the same for a minute (可选区划)."""
    now = time.monotonic()
    kept = _options.get(scope.division_code)
    if kept and now - kept[0] < KEPT_FOR_S:
        return kept[1]
    tree, found = division_tree(), []
    try:
        below = tree.children(scope.division_code)
    except UnknownStandardError:
        below = []
    for child in below:
        found.append(Option(child.code, child.name, 0))
        if len(child.code) == 6 and child.code.endswith("00"):  # below a county there are too many to list
            found += [Option(one.code, one.name, 1) for one in tree.children(child.code)]
    if found:
        _options[scope.division_code] = (now, found)
    return found


def _rows(kind: Kind, found: Found[Any]) -> list[Any]:
    if kind == Kind.PERSONS:
        return list(shown_hits(found.hits))
    words = Wording()
    if kind == Kind.ORGANISATIONS:
        return [_organisation(hit, words) for hit in found.hits]
    return [_place(hit, words) for hit in found.hits]


def _organisation(hit: OrganisationHit, words: Wording) -> ShownOrganisation:
    kind, status = words.code("ORG_TYPE", hit.kind_code), words.code("ORG_STATUS", hit.status_code)
    return ShownOrganisation(hit.id, hit.name, hit.uscc, kind, status, division_path(hit.division_code))


def _place(hit: PlaceHit, words: Wording) -> ShownPlace:
    return ShownPlace(hit.id, hit.name, place_kind(words, hit.class_code), division_path(hit.division_code))
