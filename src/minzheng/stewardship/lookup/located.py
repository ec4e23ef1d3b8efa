"""Where something lies as far as its division tells (按区划定位), never more finely than is known.

Bounds are today's and those of counties and cities; of a division that is no more, what it became is drawn, and the note says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from minzheng.exchange.clean.places import division_of
from minzheng.kernel.division import prefix
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import DivisionSpec, division_tree
from minzheng.standards.queries.tree import DivisionTree

LEVELS = {
    "province": "省",
    "city": "市",
    "county": "县（市、区）",
    "township": "乡镇（街道）",
    "village": "村（社区）",
}


@dataclass(frozen=True, slots=True)
class Located:
    """Where it lies (所在): in words, the areas that stand for it on a map, how far that may be trusted.

    ``areas``: codes of today's counties or cities. ``point``: a place whose own point is known.
    """

    label: str
    name: str
    code: str
    areas: tuple[str, ...]
    note: str
    point: UUID | None = None


def located(
    label: str,
    stated: str | None,
    *,
    address: str = "",
    on: date | None = None,
    today: date,
    itself: bool = False,
) -> Located | None:
    """What a stated division and an address say, the address where it is finer and agrees; None where neither is known.

    ``itself``: it is a division that is shown, not something that lies in it.
    """
    code = _finer(stated, division_of(address) if address else None)
    tree = division_tree()
    try:
        path = tree.path(code, on=on) if code else []
    except UnknownStandardError:
        path = []
    if not code or not path:
        return (
            Located(label, "区划不明", "", (), "登记的地址里认不出行政区划，没有标出")
            if address or code
            else None
        )
    areas = _areas(tree, path, on or today, today)
    told = "界线仅供示意" if itself else f"按行政区划定位到{LEVELS[path[-1].level]}，非精确位置"
    note = f"{told}{_drawn_as(path, areas)}"
    return Located(label, "".join(spec.name for spec in path), code, tuple(areas), note)


def _finer(stated: str | None, said: str | None) -> str | None:
    if said and (not stated or said.startswith(prefix(stated))):
        return said
    return stated


def _areas(tree: DivisionTree, path: list[DivisionSpec], day: date, today: date) -> dict[str, str]:
    """Today's counties, else the city, that are drawn for the last of a path: code → name."""
    for spec in reversed([spec for spec in path if spec.level in ("county", "city")]):
        last = spec.effective_to - timedelta(days=1) if spec.effective_to else day
        codes = [part.code for part in tree.map(spec.code, from_on=min(day, last), to_on=today)]
        found = Place.objects.filter(
            class_code=DIVISION_CLASS, ended_on__isnull=True, boundary__isnull=False, division_code__in=codes
        )
        if names := dict(found.values_list("division_code", "name")):
            return {code: names[code] for code in codes if code in names}
    return {}


def _drawn_as(path: list[DivisionSpec], areas: dict[str, str]) -> str:
    """What is drawn in its stead, where that is not the division itself."""
    if not areas:
        return "；没有它的界线，图上没有画出"
    names = "、".join(areas.values())
    last = path[-1]
    if list(areas) == [last.code] and names == last.name:
        return ""
    county = next((spec for spec in reversed(path) if spec.level in ("county", "city")), last)
    if names == county.name and county.code in areas:
        return f"；图上画的是{names}"
    return f"；{county.name}后来有变更，图上画的是现今的{names}"


def ranked(places: Iterable[Located]) -> dict[str, int]:
    """Every area that stands for any of these → the first of them that it stands for, counted from 1 (图上所画)."""
    ranks: dict[str, int] = {}
    for number, one in enumerate(places, 1):
        for code in one.areas:
            ranks.setdefault(code, number)
    return ranks
