"""Every node and road on the map of the province (全省态势): their state, drawn and in words alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.kernel.division import covers
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.sharing.watching.models import RoadState
from minzheng.sharing.watching.reports import condition_of
from minzheng.sharing.watching.terms import TONES, Condition


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node and the road that leads up from it (节点态势). ``road`` None: nothing has been told of it."""

    member: Member
    upper: Member | None
    condition: Condition
    road: RoadState | None
    is_own: bool

    @property
    def tone(self) -> str:
        """The colour that goes with its condition."""
        return TONES[self.condition]


def nodes(scope: Scope, *, at: datetime) -> list[NodeState]:
    """Every node within the scope, and this one (节点与道路)."""
    members = {one.code: one for one in Member.objects.filter(kind=Member.NODE, revoked_at=None)}
    roads = {one.lower_code: one for one in RoadState.objects.all()}
    found = []
    for code, member in sorted(members.items()):
        own = code == own_code()
        if not own and not scope.covers(member.division_code):
            continue
        road = roads.get(code)
        state = condition_of(road, at=at) if road else Condition.FINE if own else Condition.UNKNOWN
        found.append(NodeState(member, members.get(member.upper_code), state, road, own))
    return found


def shapes(scope: Scope, *, at: datetime) -> dict[str, Any]:
    """The same as GeoJSON: areas in their node's colour, roads between nodes, nodes (态势图数据)."""
    states = nodes(scope, at=at)
    places = Place.objects.filter(class_code=DIVISION_CLASS, ended_on__isnull=True, boundary__isnull=False)
    drawn = {one.division_code or "": one for one in places}
    areas = [_area(code, place, states) for code, place in sorted(drawn.items()) if _is_lowest(code, drawn)]
    boxes = [_box(feature["geometry"]) for feature in areas]
    middles = _middles(states, drawn)
    roads = [
        _road(one, middles)
        for one in states
        if one.upper and {one.member.code, one.upper.code} <= set(middles)
    ]
    points = [_point(one, middles[one.member.code]) for one in states if one.member.code in middles]
    return {"type": "FeatureCollection", "features": [*areas, *roads, *points], "bbox": _around(boxes)}


def _area(code: str, place: Place, states: list[NodeState]) -> dict[str, Any]:
    """Of a county without a node of its own its city's state."""
    serving = [one for one in states if covers(one.member.division_code, code)]
    nearest = max(serving, key=lambda one: len(one.member.division_code.rstrip("0")), default=None)
    properties = {"name": place.name, "tone": (nearest.tone if nearest else "") or "none", "here": False}
    return {"type": "Feature", "properties": properties, "geometry": place.boundary}


def _road(one: NodeState, middles: dict[str, tuple[float, float]]) -> dict[str, Any]:
    upper = one.upper.code if one.upper else ""
    line = {"type": "LineString", "coordinates": [middles[one.member.code], middles[upper]]}
    return {"type": "Feature", "properties": {"tone": one.tone or "none", "here": False}, "geometry": line}


def _point(one: NodeState, at: tuple[float, float]) -> dict[str, Any]:
    properties = {
        "name": f"{one.member.name} {one.condition.label}",
        "tone": one.tone or "none",
        "here": False,
    }
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": at}}


def _is_lowest(code: str, drawn: Iterable[str]) -> bool:
    """Whether nothing within it is drawn: an area must not hide its parts."""
    return not any(other != code and covers(code, other) for other in drawn)


def _middles(states: list[NodeState], drawn: dict[str, Place]) -> dict[str, tuple[float, float]]:
    """Where a node stands: amid its own area, else amid the areas within; a node above others a little off the middle one."""
    found: dict[str, tuple[float, float]] = {}
    for one in states:
        code = one.member.division_code
        own = [drawn[code]] if code in drawn else [place for at, place in drawn.items() if covers(code, at)]
        if own:
            west, south, east, north = _around([_box(place.boundary) for place in own])
            found[one.member.code] = ((west + east) / 2, (south + north) / 2)
    return found


def _box(geometry: Any) -> list[float]:
    points = list(_points(geometry["coordinates"]))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return [min(xs), min(ys), max(xs), max(ys)]


def _around(boxes: list[list[float]]) -> list[float]:
    if not boxes:
        return []
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return [min(wests), min(souths), max(easts), max(norths)]


def _points(coordinates: Any) -> Iterable[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _points(part)
