"""The signals of a person, a household, an organisation: a section of their pages (某人、某户、某机构的线索)."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.registry.queries import person_record
from minzheng.stewardship.signals import queries
from minzheng.stewardship.signals.models import Signal
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of
from minzheng.web.desk.signals.shown import shown_signals
from minzheng.web.desk.signals.views.worklist import READERS


@requires(*READERS)
@require_safe
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A person's signals (某人的线索)."""
    scope = scope_of(request)
    person = person_record(scope, person_id)
    if person is None:
        raise Http404
    if not is_fragment(request):  # as a section it stands on the person's page, which has its own entry
        record(
            by=acting_user(request), action="person.view", object_kind="person", object_id=person_id,
            ip=address(request),
        )  # fmt: skip
    page = reverse("desk:person", args=[person_id])
    return _section(request, queries.of_person(scope, person_id), whose=person.name, page=page)


@requires(*READERS)
@require_safe
def of_household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The signals of a household's members (某户的线索)."""
    found = queries.of_household(scope_of(request), household_id)
    return _section(
        request, found, whose="这一户", page=reverse("desk:lookup:household", args=[household_id])
    )


@requires(*READERS)
@require_safe
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """An organisation's signals (某机构的线索)."""
    found = queries.of_organisation(scope_of(request), organisation_id)
    return _section(
        request, found, whose="这个机构", page=reverse("desk:lookup:organisation", args=[organisation_id])
    )


def _section(request: HttpRequest, found: list[Signal], *, whose: str, page: str) -> HttpResponse:
    """A section of the page it stands on, or a page where there is no script."""
    context = {
        "whose": whose, "page": page, "signals": shown_signals(scope_of(request), found, today=timezone.localdate()),
    }  # fmt: skip
    return render(request, f"desk/signals/{'section' if is_fragment(request) else 'beside'}.html", context)
