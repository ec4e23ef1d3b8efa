"""Looking people up (人员查询): search, a person's whole record, revealing an identifier with a purpose."""

import base64
import binascii
import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange.looking_up import search
from minzheng.exchange.queries import timeline
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import DataLevel, Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_text, seal
from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.registry.queries import SEALED, person_record
from minzheng.registry.reading import PersonRecord
from minzheng.registry.terms import LABELS
from minzheng.web.desk.person_view import shown_hits, shown_person
from minzheng.web.desk.requests import acting_user, address, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
LISTED = 50
LONGEST_QUERY = 100
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200
COVERED_AFTER_S = 60


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def persons(request: HttpRequest) -> HttpResponse:
    """Search by name, number or certificate (人员查询).

    By POST, so that no number stands in an address or a log. The answer is a GET that shows the last
    search of the session, so that going back from a person needs no second sending.
    """
    if request.method == "POST":
        return _search(request, request.POST.get("q", "").strip()[:LONGEST_QUERY])
    asked = _last_search(request)
    context: dict[str, Any] = {"q": asked, "asked": asked}
    if asked:
        hits = search(scope_of(request), asked, limit=LISTED)
        context |= {"people": shown_hits(hits), "more": len(hits) >= LISTED}
    return render(request, "desk/persons.html", context)


@requires(*READERS)
@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A person's whole record, as known today or on a chosen day; looking is audited (人员综合信息)."""
    on, problem = _day(request.GET.get("on", ""))
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
        "today": timezone.localdate(),
        "problem": problem,
    }
    return render(request, "desk/person.html", context)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, person_id: UUID, field: str) -> HttpResponse:
    """One identifier in clear, for a purpose that is written down; audited before it is shown (查看号码)."""
    if field not in SEALED:
        raise Http404
    on, _ = _day(request.POST.get("on", "") or request.GET.get("on", ""))
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


def _search(request: HttpRequest, asked: str) -> HttpResponse:
    # What was asked may be an identifier: it does not lie in the session in clear.
    request.session["search"] = base64.b64encode(seal("row", asked)).decode()
    if not asked:
        return redirect("desk:persons")
    hits = search(scope_of(request), asked, limit=LISTED)
    record(
        by=acting_user(request),
        action="person.search",
        object_kind="person",
        object_id=hits[0].id if len(hits) == 1 else "",
        detail={"hits": len(hits)},
        ip=address(request),
    )
    if len(hits) == 1 and any(character.isdigit() for character in asked):
        return redirect("desk:person", hits[0].id)
    return redirect("desk:persons")


def _last_search(request: HttpRequest) -> str:
    try:
        return open_text("row", base64.b64decode(request.session.get("search", ""))) or ""
    except (IntegrityError, binascii.Error, ValueError):  # none yet, or the node's keys have changed
        return ""


def _record(
    request: HttpRequest, person_id: UUID, on: datetime.date | None, *, reveal: bool = False
) -> PersonRecord:
    found = person_record(scope_of(request), person_id, known_on=on, reveal=reveal)
    if found is None:
        raise Http404
    return found


def _attribute(found: PersonRecord, field: str) -> str:
    value = next(a.value for a in found.attributes if a.attribute == field)
    if not value:
        raise Http404
    return value


def _day(text: str) -> tuple[datetime.date | None, str]:
    """A day asked for, and what is wrong with it. Today and later are the same as not asking."""
    if not text:
        return None, ""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None, f"“{text[:20]}”不是日期, 已显示今天所知。"
    return (day if day < timezone.localdate() else None), ""
