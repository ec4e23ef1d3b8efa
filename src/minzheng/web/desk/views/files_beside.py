"""The files beside a household or an organisation (相关附件): a section of their pages; a file is opened on its person's."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from minzheng.exchange.person_files.beside import files_of_household, files_of_organisation
from minzheng.exchange.person_files.reading import FileBeside
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of
from minzheng.web.desk.views.person_files import READERS


@requires(*READERS)
@require_safe
def of_household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """What hangs on the members of a household and their records (某户的附件)."""
    found = files_of_household(scope_of(request), household_id)
    return _section(request, found, "household", household_id, "这一户")


@requires(*READERS)
@require_safe
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """What hangs on the registrations of an organisation (某机构的附件)."""
    found = files_of_organisation(scope_of(request), organisation_id)
    return _section(request, found, "organisation", organisation_id, "这个机构")


def _section(
    request: HttpRequest, found: Sequence[FileBeside], kind: str, object_id: UUID, whose: str
) -> HttpResponse:
    record(
        by=acting_user(request), action=f"{kind}.files", object_kind=kind, object_id=object_id,
        detail={"files": len(found)}, ip=address(request),
    )  # fmt: skip
    context = {"files": found, "whose": whose, "page": reverse(f"desk:lookup:{kind}", args=[object_id])}
    name = "parts/files_beside.html" if is_fragment(request) else "files_beside.html"
    return render(request, f"desk/{name}", context)
