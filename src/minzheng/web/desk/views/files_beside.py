"""The files beside a household, an organisation or a place (相关附件): a section of its page; each is opened on its person's."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from minzheng.exchange.person_files import beside_queries
from minzheng.exchange.person_files.reading import FileBeside
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.registry.places import DIVISION_CLASS
from minzheng.stewardship.lookup.queries import place_hit
from minzheng.web.desk.requests import acting_user, address, is_fragment, known_on, or_404, scope_of, with_day
from minzheng.web.desk.views.person_files import READERS


@requires(*READERS)
@require_safe
def of_household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """What hangs on the members of a household and their records (某户的附件)."""
    on, _ = known_on(request)
    found = beside_queries.files_of_household(scope_of(request), household_id, known_on=on)
    return _section(request, found, "household", household_id, "这一户", on)


@requires(*READERS)
@require_safe
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """What hangs on the registrations of an organisation (某机构的附件)."""
    on, _ = known_on(request)
    found = beside_queries.files_of_organisation(scope_of(request), organisation_id, known_on=on)
    return _section(request, found, "organisation", organisation_id, "这个机构", on)


@requires(*READERS)
@require_safe
def of_place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """The newest files of a division's persons and records, or of what happened at a facility (某地点的附件)."""
    scope, (on, _) = scope_of(request), known_on(request)
    place = or_404(place_hit(scope, place_id))
    if place.class_code == DIVISION_CLASS:
        found = beside_queries.files_of_division(scope, place.division_code or "", known_on=on)
    else:
        found = beside_queries.files_of_facility(scope, place_id, known_on=on)
    return _section(request, found, "place", place_id, place.name, on)


def _section(
    request: HttpRequest, found: Sequence[FileBeside], kind: str, object_id: UUID, whose: str, on: date | None
) -> HttpResponse:
    detail = {"files": len(found)} | ({"known_on": on.isoformat()} if on else {})
    record(
        by=acting_user(request), action=f"{kind}.files", object_kind=kind, object_id=object_id, detail=detail,
        ip=address(request),
    )  # fmt: skip
    context = {
        "files": found, "whose": whose, "page": with_day(reverse(f"desk:lookup:{kind}", args=[object_id]), on),
        "on": on, "all_told": len(found) < beside_queries.MOST,
    }  # fmt: skip
    name = "parts/files_beside.html" if is_fragment(request) else "files_beside.html"
    return render(request, f"desk/{name}", context)
