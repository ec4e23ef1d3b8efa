"""Maps (地图): a section of the pages of persons, households, organisations and places, had when it is scrolled to; its shapes.

What a map shows is geography, the same for everyone; whose place it marks stands in the section's words alone.
"""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.stewardship.lookup import queries
from minzheng.stewardship.lookup.located import ranked
from minzheng.stewardship.lookup.queries.located import Where
from minzheng.web.desk.lookup.last import READERS
from minzheng.web.desk.requests import acting_user, address, is_fragment, known_on, or_404, scope_of, with_day

AREA = re.compile(r"([1-9][0-9]{5})-([1-9])")  # a county, the number of what lies there
AT_MOST = 8  # what one person's, household's or organisation's divisions may have become


@requires(*READERS)
@require_safe
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Where a person is registered and lives (人员地图)."""
    on, _ = known_on(request)
    found = or_404(queries.where_person(scope_of(request), person_id, known_on=on))
    return _section(request, found, "person", person_id, reverse("desk:person", args=[person_id]))


@requires(*READERS)
@require_safe
def of_household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """Where a household is registered (户地图)."""
    on, _ = known_on(request)
    found = or_404(queries.where_household(scope_of(request), household_id, known_on=on))
    page = reverse("desk:lookup:household", args=[household_id])
    return _section(request, found, "household", household_id, page)


@requires(*READERS)
@require_safe
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Where an organisation has its seat (机构地图)."""
    on, _ = known_on(request)
    found = or_404(queries.where_organisation(scope_of(request), organisation_id, known_on=on))
    page = reverse("desk:lookup:organisation", args=[organisation_id])
    return _section(request, found, "organisation", organisation_id, page)


@requires(*READERS)
@require_safe
def of_place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """A place among its neighbours, a division with what lies below (地点地图); of a past day what it has become."""
    scope, (on, _) = scope_of(request), known_on(request)
    found = or_404(queries.where_place(scope, place_id, known_on=on))
    now = on is None and queries.is_drawn(scope, place_id)
    shapes = reverse("desk:lookup:place_shapes", args=[place_id]) if now else ""
    page = reverse("desk:lookup:place", args=[place_id])
    return _section(request, found, "place", place_id, page, shapes=shapes)


@requires(*READERS)
@require_safe
def place_shapes(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """A place's surroundings (地点的地图数据)."""
    return _json(or_404(queries.place_map(scope_of(request), place_id)))


@requires(*READERS)
@require_safe
def shapes(request: HttpRequest) -> HttpResponse:
    """Some counties among their neighbours, and a place's point (示意图数据)."""
    asked = [AREA.fullmatch(one) for one in request.GET.getlist("area")[:AT_MOST]]
    areas = {one[1]: int(one[2]) for one in asked if one}
    try:
        at = UUID(request.GET["point"]) if request.GET.get("point") else None
    except ValueError:
        at = None
    return _json(queries.map_around(scope_of(request), areas, at=at))


def _section(
    request: HttpRequest, found: Where, kind: str, object_id: UUID, page: str, *, shapes: str = ""
) -> HttpResponse:
    """The section, or a page of its own without a script; as a section it stands on a page that has its own entry."""
    on, _ = known_on(request)
    if not is_fragment(request):
        record(
            by=acting_user(request), action=f"{kind}.view", object_kind=kind, object_id=object_id,
            detail={"known_on": on.isoformat()} if on else None, ip=address(request),
        )  # fmt: skip
    ranks = ranked(found)
    asked = [("area", f"{code}-{rank}") for code, rank in ranks.items()]
    asked += [("point", str(one.point)) for one in found if one.point]
    context: dict[str, Any] = {
        "found": [(ranks[one.areas[0]] if one.areas else 0, one) for one in found],
        "shapes": shapes or (f"{reverse('desk:lookup:shapes')}?{urlencode(asked)}" if asked else ""),
        "tiles": settings.MAP_TILES, "on": on, "page": with_day(page, on),
    }  # fmt: skip
    return render(request, f"desk/lookup/{'map' if is_fragment(request) else 'map_page'}.html", context)


def _json(found: dict[str, Any]) -> JsonResponse:
    """Shapes with the pages of those that have one."""
    for feature in found["features"]:
        own = feature["properties"].pop("id", None)
        if own and not feature["properties"]["here"]:
            feature["properties"]["url"] = reverse("desk:lookup:place", args=[own])
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})
