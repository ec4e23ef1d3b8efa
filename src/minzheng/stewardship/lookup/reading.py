"""What looking up gives back (查询结果): frozen values, identifiers masked."""

from collections.abc import Callable
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
    """A page of results (一页结果): ``estimate`` of all of them, exact only where ``exact``; ``next`` where there are more.

    ``at`` is the cursor the page begins at, None on the first.
    """

    hits: tuple[Hit, ...]
    estimate: int
    exact: bool
    at: Cursor | None
    next: Cursor | None

    @property
    def page(self) -> int:
        """Its number, from 1."""
        return self.at.page if self.at else 1


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


def page_found(
    rows: list[Any],
    size: int,
    at: Cursor | None,
    *,
    key: Callable[[Any], tuple[str, ...]],
    about: Callable[[], float],
) -> Found[Any]:
    """A page of the rows found, which were asked for one beyond (一页结果): ``about`` is asked on the first page only."""
    shown, more = tuple(rows[:size]), len(rows) > size
    seen = ((at.page if at else 1) - 1) * size + len(shown)
    if not more:
        return Found(shown, seen, True, at, None)
    estimate = max(at.estimate if at else rounded(about()), seen + 1)
    last = key(shown[-1])
    return Found(shown, estimate, False, at, at.following(last) if at else Cursor(last, estimate, 2))
