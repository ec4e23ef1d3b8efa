"""What maps show (地图数据): the real bounds of counties and cities as GeoJSON, for display; nothing of anybody.

Townships and villages have no bounds here: they are said in words beside the map.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_tree
from minzheng.stewardship.lookup.queries.places import places_in


def _bounded() -> QuerySet[Place]:
    """The divisions of today that have bounds (有界线的区划)."""
    return Place.objects.filter(class_code=DIVISION_CLASS, ended_on__isnull=True, boundary__isnull=False)


def place_map(scope: Scope, place_id: UUID) -> dict[str, Any] | None:
    """The place's surroundings, or None outside the scope (地点的地图).

    What lies below with bounds of its own; where nothing has, the place among its neighbours.
    """
    place = Place.objects.filter(places_in(scope), pk=place_id).first()
    if place is None:
        return None
    return _drawn(scope, _shapes_of(place), {place_id: 1})


def is_drawn(scope: Scope, place_id: UUID) -> bool:
    """Whether a place is a division of today that has a map of its own (可画地图)."""
    place = Place.objects.filter(
        places_in(scope), pk=place_id, ended_on__isnull=True, class_code=DIVISION_CLASS
    )
    one = place.defer("boundary").first()
    return one is not None and _shapes_of(one).exists()


def map_around(scope: Scope, areas: Mapping[str, int], *, at: UUID | None = None) -> dict[str, Any]:
    """Some counties or cities, code → rank, among their neighbours, and a place's point (示意图).

    The bounds are the same for everyone; what lies outside the scope leads to no page.
    """
    near = Q(division_code__in=list(areas))
    for county in areas:
        near |= Q(division_code__startswith=county[:4]) & ~Q(division_code__endswith="00")
    found = list(_bounded().filter(near)) if areas else []
    ranks = {one.id: areas[code] for one in found if (code := one.division_code or "") in areas}
    points = Place.objects.filter(places_in(scope), pk__in=[at] if at else [], longitude__isnull=False)
    return _drawn(scope, [*found, *points], ranks | ({at: 1} if at else {}))


def _shapes_of(place: Place) -> QuerySet[Place]:
    """The areas and points that a map of the place shows (所画的区划和点)."""
    code, areas = place.division_code or "", _bounded()
    if place.class_code == DIVISION_CLASS:
        try:
            below = [spec.code for spec in division_tree().children(code)]
        except UnknownStandardError:
            below = []
        if areas.filter(division_code__in=below).exists():
            return areas.filter(division_code__in=below)
    county = code[:6]
    if place.longitude is not None:
        return areas.filter(division_code=county) | Place.objects.filter(pk=place.pk)
    return areas.filter(division_code__startswith=county[:4])


def _drawn(scope: Scope, shapes: Iterable[Place], here: Mapping[UUID, int]) -> dict[str, Any]:
    """A FeatureCollection with a ``bbox`` round what is ``here``, each of which has its rank; those first, then by code."""
    features: list[dict[str, Any]] = []
    for one in sorted(shapes, key=lambda one: (here.get(one.id, len(here) + 1), one.division_code or "")):
        near: dict[str, Any] = {"name": one.name, "here": one.id in here, "id": str(one.id)}
        if one.id in here:
            near["rank"] = here[one.id]
        if not (one.division_code or "").startswith(scope.prefix):
            del near["id"]
        geometry = one.boundary or {"type": "Point", "coordinates": [one.longitude, one.latitude]}
        features.append({"type": "Feature", "properties": near, "geometry": geometry})
    # A point says nothing of its surroundings: one alone is shown among all that is drawn.
    told = [f for f in features if f["properties"]["here"] and f["geometry"]["type"] != "Point"]
    return {"type": "FeatureCollection", "features": features, "bbox": _bounds(told or features)}


def _bounds(features: list[dict[str, Any]]) -> list[float]:
    points = [point for feature in features for point in _points(feature["geometry"]["coordinates"])]
    if not points:
        return []
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return [min(xs), min(ys), max(xs), max(ys)]


def _points(coordinates: Any) -> Iterable[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _points(part)
