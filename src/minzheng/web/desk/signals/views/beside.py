"""The signals of a person, a household, an organisation, a place: a section of their pages, today's or a past day's (线索)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.registry.places import DIVISION_CLASS
from minzheng.registry.queries import person_record
from minzheng.stewardship.lookup.queries import place_hit
from minzheng.stewardship.signals import beside_queries
from minzheng.stewardship.signals.models import Signal
from minzheng.web.desk.requests import acting_user, address, is_fragment, known_on, or_404, scope_of, with_day
from minzheng.web.desk.signals.shown import shown_signals
from minzheng.web.desk.signals.views.worklist import READERS

LISTED = 10  # of a division, whose others stand in the worklist


@requires(*READERS)
@require_safe
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A person's signals (某人的线索)."""
    scope, (on, _) = scope_of(request), known_on(request)
    person = or_404(person_record(scope, person_id))
    if not is_fragment(request):  # as a section it stands on the person's page, which has its own entry
        record(
            by=acting_user(request), action="person.view", object_kind="person", object_id=person_id,
            ip=address(request),
        )  # fmt: skip
    found = beside_queries.of_person(scope, person_id, known_on=on)
    return _section(request, found, on, whose=person.name, page=reverse("desk:person", args=[person_id]))


@requires(*READERS)
@require_safe
def of_household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The signals of a household's members (某户的线索)."""
    on, _ = known_on(request)
    found = beside_queries.of_household(scope_of(request), household_id, known_on=on)
    page = reverse("desk:lookup:household", args=[household_id])
    return _section(request, found, on, whose="这一户", page=page)


@requires(*READERS)
@require_safe
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """An organisation's signals (某机构的线索)."""
    on, _ = known_on(request)
    found = beside_queries.of_organisation(scope_of(request), organisation_id, known_on=on)
    page = reverse("desk:lookup:organisation", args=[organisation_id])
    return _section(request, found, on, whose="这个机构", page=page)


@requires(*READERS)
@require_safe
def of_place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """A division's open signals, or those that rest on what happened at a facility (某地点的线索)."""
    scope, (on, _) = scope_of(request), known_on(request)
    place = or_404(place_hit(scope, place_id))
    page, shown = reverse("desk:lookup:place", args=[place_id]), {"whose": place.name}
    if place.class_code != DIVISION_CLASS:
        found = beside_queries.of_facility(scope, place_id, known_on=on)
        return _section(request, found, on, page=page, **shown)
    found = beside_queries.of_division(scope, place.division_code or "", known_on=on)
    worklist = "" if on else f"{reverse('desk:signals:worklist')}?division={place.division_code}"
    more = len(found) > LISTED
    return _section(request, found[:LISTED], on, page=page, worklist=worklist, more=more, **shown)


def _section(
    request: HttpRequest, found: list[Signal], on: date | None, *, page: str, **said: Any
) -> HttpResponse:
    """A section of the page it stands on, or a page where there is no script."""
    context = {
        "signals": shown_signals(scope_of(request), found, today=on or timezone.localdate()), "on": on,
        "page": with_day(page, on), **said,
    }  # fmt: skip
    return render(request, f"desk/signals/{'section' if is_fragment(request) else 'beside'}.html", context)
