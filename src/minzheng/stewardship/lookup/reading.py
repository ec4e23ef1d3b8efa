"""What looking up gives back (查询结果): frozen values, identifiers masked."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from minzheng.registry.places import DIVISION_CLASS
from minzheng.registry.wording import Wording
from minzheng.stewardship.lookup.asked import Cursor

Hit = TypeVar("Hit")


@dataclass(frozen=True, slots=True)
class OrganisationHit:
    """An organisation in a list (机构检索行)."""

    id: UUID
    name: str
    uscc: str
    kind_code: str | None
    status_code: str | None
    division_code: str | None


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place in a list (地点检索行)."""

    id: UUID
    name: str
    class_code: str
    division_code: str | None
    ended_on: date | None


@dataclass(frozen=True)
class Found(Generic[Hit]):
    """A page of results (一页结果): ``estimate`` of all of them, exact only where ``exact``; ``next`` where there are more."""

    hits: tuple[Hit, ...]
    estimate: int
    exact: bool
    page: int
    next: Cursor | None


def place_kind(words: Wording, class_code: str) -> str:
    """A place's class in words; that of divisions stands in no published table (地点类别)."""
    return "行政区划" if class_code == DIVISION_CLASS else words.code("PLACE_CLASS", class_code)


def rounded(number: float) -> int:
    """An estimate to two figures: what is not known is not written as if it were (约数)."""
    whole = max(0, round(number))
    if whole < 100:
        return whole
    step = 10 ** (len(str(whole)) - 2)
    return int(round(whole / step) * step)


def page_of(rows: list[Any], size: int) -> tuple[list[Any], bool]:
    """The rows of a page, and whether more follow; ``rows`` were asked for one beyond."""
    return rows[:size], len(rows) > size
