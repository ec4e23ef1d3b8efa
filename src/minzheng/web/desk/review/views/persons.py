"""Putting links right from a person's page (关联更正): split off what is another's, join who is the same."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange.looking_up import search
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import bulk
from minzheng.registry.linkage.explain import explain
from minzheng.registry.models import Person
from minzheng.registry.queries import persons_by_id
from minzheng.registry.reading import PersonHit
from minzheng.stewardship.review import pairing, queries, services
from minzheng.stewardship.review.models import Decision
from minzheng.web.desk.person_view import shown_hits
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of
from minzheng.web.desk.review.claims_view import choices, chosen
from minzheng.web.desk.review.shown import shown_decisions, waterfall
from minzheng.web.desk.review.views.listing import DECIDERS, READERS

LISTED = 20
COMPARED = (
    "name_key", "name_pinyin", "birth_date", "sex_code", "hukou_division_code", "hukou_address_blind", "phone_blind",
    "relation_to_head_code", "household_id",
)  # fmt: skip


@requires(*READERS)
@require_safe
def place(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The section of a person's page: what was decided on his links, and the ways to put them right (关联更正)."""
    hit = _person(request, person_id)
    decisions = queries.decisions_on_person(scope_of(request), person_id)
    context = {
        "person": hit, "decisions": shown_decisions(decisions, acting_user(request)),
        "may_decide": acting_user(request).has_role(*DECIDERS),
    }  # fmt: skip
    page = "desk/review/person_part.html" if is_fragment(request) else "desk/review/person.html"
    if not is_fragment(request):  # the section's own page has its entry, as the person's page has
        _looked(request, person_id)
    return render(request, page, context)


@requires(*DECIDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Choose which statements are another's (拆分)."""
    hit, problem = _person(request, person_id), ""
    if request.method == "POST":
        try:
            decision = services.split_person(
                scope_of(request), person_id, chosen(request.POST.getlist("claims")), reason=request.POST.get("reason", ""),
                by=acting_user(request), at=timezone.now(), ip=address(request),
            )  # fmt: skip
        except services.ReviewError as refused:
            problem = f"{refused}。"
        else:
            return _done(request, decision, "已拆分为两人")
    claims = choices(scope_of(request), queries.current_claims(scope_of(request), person_id))
    _looked(request, person_id)
    context = {
        "person": hit, "choices": claims, "problem": problem, "reason": request.POST.get("reason", ""),
        "checked": request.POST.getlist("claims"),
    }  # fmt: skip
    return render(request, "desk/review/split.html", context)


@requires(*DECIDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Find who is the same person; by POST, so that no number stands in an address (合并)."""
    hit, asked = _person(request, person_id), request.POST.get("q", "").strip()[:100]
    context: dict[str, Any] = {"person": hit, "asked": asked}
    if asked:
        hits = [h for h in search(scope_of(request), asked, limit=LISTED) if h.id != person_id]
        record(
            by=acting_user(request), action="person.search", object_kind="person", object_id=person_id, purpose="合并查找",
            detail={"hits": len(hits)}, ip=address(request), at=timezone.now(),
        )  # fmt: skip
        context["people"] = shown_hits(hits)
    else:
        _looked(request, person_id)
    return render(request, "desk/review/join.html", context)


@requires(*DECIDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def join_pair(request: HttpRequest, person_id: UUID, other_id: UUID) -> HttpResponse:
    """Both side by side, with the model's reasons; by POST they are joined (合并)."""
    _person(request, person_id)
    _person(request, other_id)
    problem = ""
    if request.method == "POST":
        kept, gone = (
            (other_id, person_id) if request.POST.get("kept") == str(other_id) else (person_id, other_id)
        )
        try:
            decision = services.join_persons(
                scope_of(request), kept, gone, reason=request.POST.get("reason", ""), by=acting_user(request),
                at=timezone.now(), ip=address(request),
            )  # fmt: skip
        except services.ReviewError as refused:
            problem = f"{refused}。"
        else:
            return _done(request, decision, "已合并为一人")
    people, sides = pairing.candidates(scope_of(request), [(person_id, None), (other_id, None)])
    if len(people) < 2:
        messages.info(request, "其中一人已被合并，请看现在的情况。")
        return redirect("desk:person", person_id)
    _looked(request, person_id, other_id)
    with bulk() as work:
        mention = Person.objects.filter(pk=other_id).values(*COMPARED).get()
        (why,) = explain(work, mention, [person_id])
    context = {
        "people": people, "right": people[1:], "lines": pairing.lines(sides[0], sides[1:]), "problem": problem,
        "reason": request.POST.get("reason", ""), "explained": [waterfall("", why)],
    }  # fmt: skip
    return render(request, "desk/review/join_pair.html", context)


def _done(request: HttpRequest, decision: Decision, done: str) -> HttpResponse:
    told = (
        "已提出，等待另一名复核人复核。"
        if decision.needs_second
        else f"{done}，主档、同户和对外交换已随之更正。"
    )
    messages.success(request, told)
    return redirect("desk:review:decision", decision.pk)


def _person(request: HttpRequest, person_id: UUID) -> PersonHit:
    found = persons_by_id(scope_of(request), [person_id])
    if not found:
        raise Http404
    return found[0]


def _looked(request: HttpRequest, *person_ids: UUID) -> None:
    for person_id in person_ids:
        record(
            by=acting_user(request), action="person.view", object_kind="person", object_id=person_id, purpose="关联更正",
            ip=address(request), at=timezone.now(),
        )  # fmt: skip
