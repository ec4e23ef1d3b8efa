"""The pages of households, organisations and places (户、机构、地点): whoever looks is written down."""

import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.stewardship.lookup import queries
from minzheng.web.desk.lookup.last import READERS
from minzheng.web.desk.lookup.shown import in_words
from minzheng.web.desk.person_view import shown_dealings
from minzheng.web.desk.places import division_path
from minzheng.web.desk.requests import acting_user, address, scope_of


@requires(*READERS)
@require_safe
def household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """Who belongs to a household and who did, and what its members dealt with (户)."""
    found = queries.household_record(scope_of(request), household_id)
    if found is None:
        raise Http404
    _log(request, "household", household_id)
    ones = [(shown_dealings([one.dealing])[0], one.names) for one in found.dealings]
    context = {"household": found, "dealings": ones, "division": division_path(found.division_code)}
    return render(request, "desk/lookup/household.html", context)


@requires(*READERS)
@require_safe
def household_of(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """From a person to the household (所在户)."""
    found = queries.household_of(scope_of(request), person_id)
    if found is None:
        raise Http404
    return redirect("desk:lookup:household", found)


@requires(*READERS)
@require_safe
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """What is stated of an organisation, who leads it, what it dealt with; as known on a day (机构)."""
    on, problem = _day(request.GET.get("on", ""))
    found = queries.organisation_record(scope_of(request), organisation_id, known_on=on)
    if found is None:
        raise Http404
    if found.superseded_by:
        return redirect("desk:lookup:organisation", found.superseded_by)
    _log(request, "organisation", organisation_id, on)
    context = {
        "organisation": found, "dealings": shown_dealings(found.dealings), "on": on,
        "today": timezone.localdate(), "problem": problem,
    }  # fmt: skip
    return render(request, "desk/lookup/organisation.html", context)


@requires(*READERS)
@require_safe
def place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Where a place lies, what lies in it, how many there are (地点)."""
    found = queries.place_record(scope_of(request), place_id)
    if found is None:
        raise Http404
    counts = [(label, f"{'' if c.exact else '约 '}{in_words(c.number)}".strip()) for label, c in found.counts]
    context: dict[str, Any] = {"place": found, "counts": counts, "tiles": settings.MAP_TILES}
    return render(request, "desk/lookup/place.html", context)


@requires(*READERS)
@require_safe
def division(request: HttpRequest, code: str) -> HttpResponse:
    """From a division code to its place (区划地点)."""
    found = queries.division_place(scope_of(request), code)
    if found is None:
        raise Http404
    return redirect("desk:lookup:place", found)


@requires(*READERS)
@require_safe
def place_map(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """The map's shapes (地图数据)."""
    found = queries.place_map(scope_of(request), place_id)
    if found is None:
        raise Http404
    for feature in found["features"]:
        own = feature["properties"].pop("id", None)
        if own and not feature["properties"]["here"]:
            feature["properties"]["url"] = reverse("desk:lookup:place", args=[own])
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


def _log(request: HttpRequest, kind: str, object_id: UUID, on: datetime.date | None = None) -> None:
    record(
        by=acting_user(request), action=f"{kind}.view", object_kind=kind, object_id=object_id,
        detail={"known_on": on.isoformat()} if on else None, ip=address(request),
    )  # fmt: skip


def _day(text: str) -> tuple[datetime.date | None, str]:
    """A day asked for, and what is wrong with it. Today and later are the same as not asking."""
    if not text:
        return None, ""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None, f"“{text[:20]}”不是日期, 已显示今天所知。"
    return (day if day < timezone.localdate() else None), ""
