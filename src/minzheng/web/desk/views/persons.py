"""A person's page (人员综合信息): the whole record, revealing an identifier with a purpose."""

import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange.queries import timeline
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import DataLevel, Role
from minzheng.foundation.audit.services import record
from minzheng.registry.queries import SEALED, person_record
from minzheng.registry.reading import PersonRecord
from minzheng.registry.terms import LABELS
from minzheng.web.desk.person_view import shown_person
from minzheng.web.desk.requests import acting_user, address, known_on, or_404, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200
COVERED_AFTER_S = 60


@requires(*READERS)
@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A person's whole record, as known today or on a chosen day; looking is audited (人员综合信息)."""
    on, problem = known_on(request)
    found = _record(request, person_id, on)
    if found.superseded_by:
        return redirect("desk:person", found.superseded_by)
    record(
        by=acting_user(request),
        action="person.view",
        object_kind="person",
        object_id=person_id,
        detail={"known_on": on.isoformat()} if on else None,
        ip=address(request),
    )
    context = {
        "person": shown_person(found, timeline(scope_of(request), found.links), on or timezone.localdate()),
        "on": on,
        "problem": problem,
    }
    return render(request, "desk/person.html", context)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, person_id: UUID, field: str) -> HttpResponse:
    """One identifier in clear, for a purpose that is written down; audited before it is shown (查看号码)."""
    if field not in SEALED:
        raise Http404
    on, _ = known_on(request)
    purpose = request.POST.get("purpose", "").strip()[:LONGEST_PURPOSE]
    context: dict[str, Any] = {"person_id": person_id, "field": field, "label": LABELS[field], "on": on}
    if request.method == "GET" or len(purpose) < SHORTEST_PURPOSE:
        _record(request, person_id, on)  # outside the scope there is nothing to ask about
        if request.method == "POST":
            context["problem"] = "请写明用途。"
        answer = render(request, "desk/parts/reveal.html", context)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#dialog", "innerHTML"
        return answer
    if not scope_of(request).allows_level(DataLevel.L3):  # identified persons are L3 (GB/T 43697-2024)
        raise PermissionDenied("您的数据级别不能查看完整号码")
    masked = _attribute(_record(request, person_id, on), field)
    record(
        by=acting_user(request),
        action="person.reveal",
        object_kind="person",
        object_id=person_id,
        purpose=purpose,
        detail={"attribute": field},
        ip=address(request),
    )
    clear = _attribute(_record(request, person_id, on, reveal=True), field)
    context |= {"value": clear, "masked": masked, "seconds": COVERED_AFTER_S}
    answer = render(request, "desk/parts/revealed.html", context)
    answer.headers["HX-Trigger"] = "closeDialog"
    return answer


def _record(
    request: HttpRequest, person_id: UUID, on: datetime.date | None, *, reveal: bool = False
) -> PersonRecord:
    return or_404(person_record(scope_of(request), person_id, known_on=on, reveal=reveal))


def _attribute(found: PersonRecord, field: str) -> str:
    value = next(a.value for a in found.attributes if a.attribute == field)
    if not value:
        raise Http404
    return value
