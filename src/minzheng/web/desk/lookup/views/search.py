"""The one search (综合查询): asked by POST, so that no number stands in an address or a log.

A page's script is answered at once, and the address it is given is that of the GET, which the browser asks when the page is
reloaded or gone back to. Without a script the answer is sent for by a redirect.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.stewardship.lookup.asked import Asked, AskedWronglyError, Cursor
from minzheng.stewardship.lookup.queries import find_organisations, find_persons, find_places, saved_searches
from minzheng.stewardship.lookup.reading import Found
from minzheng.stewardship.lookup.terms import EXACT, LEADS_TO, Kind, State, Typed
from minzheng.web.desk.lookup.last import READERS, keep, last
from minzheng.web.desk.lookup.shown import Section, divisions_to_choose, section
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of

FEW = 5  # lines of a kind that stands beside others
_PAGES = {
    Kind.PERSONS: "desk:person",
    Kind.ORGANISATIONS: "desk:lookup:organisation",
    Kind.PLACES: "desk:lookup:place",
}


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The box, what it was taken for, and what was found by kind (综合查询)."""
    if request.method == "POST":
        return _ask(request)
    return _page(request, last(request))


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def former_address(request: HttpRequest) -> HttpResponse:
    """Where persons were looked up before there was one search (原人员查询)."""
    return _ask(request) if request.method == "POST" else redirect("desk:lookup:search")


def _ask(request: HttpRequest) -> HttpResponse:
    try:
        asked = Asked.read(request.POST)
    except AskedWronglyError as wrong:
        return _page(request, Asked(text=request.POST.get("q", "").strip()), problem=str(wrong), run=False)
    keep(request, asked)
    straight = _straight(request, asked) if asked.recognised.kind in EXACT else None
    if not is_fragment(request):
        return straight or redirect("desk:lookup:search")
    if straight:
        return HttpResponse(status=204, headers={"HX-Redirect": straight.url})
    answer = _page(request, asked)
    answer.headers["HX-Push-Url"] = reverse("desk:lookup:search")
    return answer


def _straight(request: HttpRequest, asked: Asked) -> HttpResponseRedirect | None:
    """An identifier that leads to one thing leads to its page at once."""
    found = _all_kinds(request, asked)
    hits = [(kind, hit) for kind, one in found.items() for hit in one.hits]
    if len(hits) != 1:
        return None
    _log(request, asked, found)
    ((kind, hit),) = hits
    return redirect(_PAGES[kind], hit.id)


def _page(request: HttpRequest, asked: Asked, *, problem: str = "", run: bool = True) -> HttpResponse:
    scope, recognised = scope_of(request), asked.recognised
    context: dict[str, Any] = {
        "asked": asked, "q": asked.text, "problem": problem, "recognised": recognised, "saved": saved_searches(scope),
        "divisions": divisions_to_choose(scope), "businesses": declared_in(scope), "states": State.choices,
        "kinds": [Kind(kind) for kind in LEADS_TO[recognised.kind]],
    }  # fmt: skip
    if asked.text and run and recognised.kind != Typed.SHORT:
        sections = _found(request, asked)
        context |= {"sections": sections, "none": not any(one.rows for one in sections)}
    # The form on the page itself changes what is below it; the one in the frame may be on any page, and brings the whole.
    context["layout"] = "desk/main.html" if request.headers.get("HX-Target") == "main" else "desk/base.html"
    return render(request, "desk/lookup/search.html", context, status=422 if problem else 200)


def _found(request: HttpRequest, asked: Asked) -> list[Section]:
    """All kinds the text may mean, the others in brief; or one kind, page by page."""
    one = request.GET.get("kind", "")
    if one in LEADS_TO[asked.recognised.kind]:
        kind = Kind(one)
        found = {kind: _find(request, asked, kind, after=Cursor.of(request.GET.get("after", "")))}
    else:
        found = _all_kinds(request, asked)
    _log(request, asked, found)
    alone = len(found) == 1
    return [section(kind, page, whole=alone or kind == Kind.PERSONS) for kind, page in found.items()]


def _all_kinds(request: HttpRequest, asked: Asked) -> dict[Kind, Found[Any]]:
    kinds = LEADS_TO[asked.recognised.kind]
    if asked.business or asked.state or asked.since or asked.until:  # only persons have these
        kinds = tuple(kind for kind in kinds if kind == Kind.PERSONS)
    beside = len(kinds) > 1
    return {kind: _find(request, asked, kind, few=beside and kind != Kind.PERSONS) for kind in kinds}


def _find(
    request: HttpRequest, asked: Asked, kind: Kind, *, after: Cursor | None = None, few: bool = False
) -> Found[Any]:
    scope, size = scope_of(request), {"size": FEW} if few else {}
    if kind == Kind.PERSONS:
        return find_persons(scope, asked, after=after, **size)
    if kind == Kind.ORGANISATIONS:
        return find_organisations(scope, asked, after=after, **size)
    return find_places(scope, asked, after=after, **size)


def _log(request: HttpRequest, asked: Asked, found: dict[Kind, Found[Any]]) -> None:
    """Who looked, by what kind of thing, and how many were shown; never what was typed."""
    persons = found.get(Kind.PERSONS)
    one = persons is not None and len(persons.hits) == 1
    detail = {"typed": str(asked.recognised.kind), "filtered": asked.filtered}
    detail |= {"hits": sum(len(page.hits) for page in found.values())}
    record(
        by=acting_user(request), action="person.search", object_kind="person",
        object_id=persons.hits[0].id if persons and one else "", detail=detail, ip=address(request),
    )  # fmt: skip
