"""The pages of households, organisations and places (户、机构、地点): whoever looks is written down."""

import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.registry.queries import person_record
from minzheng.stewardship.lookup import queries
from minzheng.web.desk.lookup.last import READERS
from minzheng.web.desk.lookup.shown import in_words
from minzheng.web.desk.person_view import ShownAttribute, shown_attribute, shown_dealings
from minzheng.web.desk.places import division_path
from minzheng.web.desk.requests import acting_user, address, is_fragment, known_on, or_404, scope_of, with_day

HEADS = ("hukou_division_code", "hukou_address", "residence_address", "phone")


@requires(*READERS)
@require_safe
def household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """Who belongs to a household and who did, what its members dealt with; as known on a day (户)."""
    on, problem = known_on(request)
    found = or_404(queries.household_record(scope_of(request), household_id, known_on=on))
    _log(request, "household", household_id, on)
    ones = [(shown_dealings([one.dealing])[0], one.names) for one in found.dealings]
    context = {
        "household": found, "dealings": ones, "division": division_path(found.division_code), "on": on, "problem": problem,
        "attributes": _of_head(request, found.head_id, on),
    }  # fmt: skip
    return render(request, "desk/lookup/household.html", context)


def _of_head(request: HttpRequest, head_id: UUID | None, on: datetime.date | None) -> list[ShownAttribute]:
    """What is said of where a household lives, by its head (户的属性)."""
    head = person_record(scope_of(request), head_id, known_on=on) if head_id else None
    return (
        [shown_attribute(one) for one in head.attributes if one.attribute in HEADS and one.value]
        if head
        else []
    )


@requires(*READERS)
@require_safe
def household_of(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """From a person to the household (所在户)."""
    return redirect("desk:lookup:household", or_404(queries.household_of(scope_of(request), person_id)))


@requires(*READERS)
@require_safe
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """What is stated of an organisation, who leads it, what it dealt with; as known on a day (机构)."""
    on, problem = known_on(request)
    found = or_404(queries.organisation_record(scope_of(request), organisation_id, known_on=on))
    if found.superseded_by:
        return redirect("desk:lookup:organisation", found.superseded_by)
    _log(request, "organisation", organisation_id, on)
    context = {
        "organisation": found, "dealings": shown_dealings(found.dealings), "on": on, "problem": problem,
    }  # fmt: skip
    return render(request, "desk/lookup/organisation.html", context)


@requires(*READERS)
@require_safe
def place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Where a place lies, what lies in it, how many there are; as known on a day (地点)."""
    on, problem = known_on(request)
    found = or_404(queries.place_record(scope_of(request), place_id, known_on=on))
    counts = [(label, f"{'' if c.exact else '约 '}{in_words(c.number)}".strip()) for label, c in found.counts]
    context: dict[str, Any] = {
        "place": found, "counts": counts, "on": on, "problem": problem,
    }  # fmt: skip
    return render(request, "desk/lookup/place.html", context)


@requires(*READERS)
@require_safe
def dealings_of_place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """What happened there, business by business and month by month (地点的业务往来)."""
    scope, (on, problem) = scope_of(request), known_on(request)
    found = or_404(queries.place_hit(scope, place_id))
    context = {
        "place": found, "on": on, "problem": problem, "page": with_day(reverse("desk:lookup:place", args=[place_id]), on),
        "dealings": queries.place_dealings(scope, found, today=timezone.localdate(), known_on=on),
    }  # fmt: skip
    name = "place_dealings" if is_fragment(request) else "place_dealings_page"
    return render(request, f"desk/lookup/{name}.html", context)


@requires(*READERS)
@require_safe
def division(request: HttpRequest, code: str) -> HttpResponse:
    """From a division code to its place (区划地点)."""
    return redirect("desk:lookup:place", or_404(queries.division_place(scope_of(request), code)))


def _log(request: HttpRequest, kind: str, object_id: UUID, on: datetime.date | None = None) -> None:
    record(
        by=acting_user(request), action=f"{kind}.view", object_kind=kind, object_id=object_id,
        detail={"known_on": on.isoformat()} if on else None, ip=address(request),
    )  # fmt: skip
