"""One row beside the persons it may mean (并列比对): compared, decided, taken on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.exchange.held.staging import HeldRow, HeldRowError, held_row, mentioned
from minzheng.exchange.looking_up import search
from minzheng.exchange.models import ReviewItem
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import bulk
from minzheng.registry.linkage.explain import explain
from minzheng.stewardship.review import pairing, queries, services
from minzheng.stewardship.review.standing import Standing
from minzheng.stewardship.review.terms import WHY, Kind, State
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of
from minzheng.web.desk.review.asked import carried, narrowed
from minzheng.web.desk.review.shown import age, labels, shown_decisions, waterfall
from minzheng.web.desk.review.views.listing import DECIDERS, READERS

FOUND = 8
LOADED = {"link": "已关联并入库", "separate": "已另建新人并入库"}


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, item_id: int) -> HttpResponse:
    """The row and its candidates; by POST a decision, or a search for someone else (待核处置)."""
    services.finish_left(scope_of(request))
    item = _item(request, item_id)
    if request.method != "POST":
        return _page(request, item)
    if "find" in request.POST:
        return _find(request, item)
    if not acting_user(request).has_role(*DECIDERS):
        return _page(request, item, problem="您的角色不能处置待核行。")
    return _decide(request, item)


def _decide(request: HttpRequest, item: ReviewItem) -> HttpResponse:
    chosen, _, person = request.POST.get("choice", "").partition(":")
    seen = request.POST.get("seen", "")
    _, after = queries.neighbours(scope_of(request), item, **narrowed(request, request.GET))
    try:
        if chosen not in Kind.values:
            raise services.ReviewError("请选择一种处置")
        decision = services.decide(
            scope_of(request), item.pk, kind=Kind(chosen), person_id=_uuid(person), reason=request.POST.get("reason", ""),
            seen=int(seen) if seen.isdigit() else None, by=acting_user(request), at=timezone.now(), ip=address(request),
        )  # fmt: skip
    except services.ReviewError as refused:
        return _page(request, _item(request, item.pk), problem=f"{refused}。")
    item.refresh_from_db()
    done = "已提出，等待另一名复核人复核" if decision.needs_second else "已办理"
    if not decision.needs_second and decision.kind in (Kind.LINK, Kind.SEPARATE):
        others = [i for i in _siblings(request, item) if i.state != State.DECIDED]
        done = "已记下，同一行的其他人员处置后一并入库" if others else LOADED[decision.kind]
    undo = reverse("desk:review:decision", args=[decision.pk])
    messages.success(
        request, format_html('{}：{}。<a href="{}">查看或撤销</a>', decision.get_kind_display(), done, undo)
    )
    query = carried(request.GET)
    return redirect(
        reverse("desk:review:pair", args=[after]) + query if after else reverse("desk:review:waiting") + query
    )


def _find(request: HttpRequest, item: ReviewItem) -> HttpResponse:
    """Someone who is no candidate, by name, number or certificate; by POST, so that no number stands in an address."""
    asked = request.POST.get("q", "").strip()[:100]
    hits = search(scope_of(request), asked, limit=FOUND) if asked else []
    record(
        by=acting_user(request), action="person.search", object_kind="review_item", object_id=item.pk, purpose="待核处置",
        detail={"hits": len(hits)}, ip=address(request), at=timezone.now(),
    )  # fmt: skip
    told = "" if hits else "没有查到，请核对姓名、公民身份号码或证件字号。"
    return _page(request, item, found=[hit.id for hit in hits], asked=asked, told=told)


@requires(*READERS)
@require_safe
def reasons(request: HttpRequest, item_id: int) -> HttpResponse:
    """The model's reasons for each candidate, as a waterfall of match weights (匹配理由)."""
    item = _item(request, item_id)
    wanted = [UUID(c["person_id"]) for c in item.candidates]
    extra = [_uuid(text) for text in request.GET.getlist("person")]
    wanted += [one for one in extra if one is not None and one not in wanted]
    hidden = set(queries.unseen(scope_of(request), wanted))
    problem, explained = "", []
    try:
        with bulk() as work:
            mention = next(
                m for m in mentioned(held_row(work, item.batch_id, item.row_no)) if m["role"] == item.role
            )
            explained = explain(work, mention, [one for one in wanted if one not in hidden])
    except HeldRowError as error:
        problem = f"{error}。"
    people, _ = pairing.candidates(scope_of(request), [(one.person_id, None) for one in explained])
    names = {one.id: one.name for one in people}
    shown = [waterfall(names.get(one.person_id, ""), one) for one in explained]
    page = "desk/review/reasons_part.html" if is_fragment(request) else "desk/review/reasons.html"
    return render(request, page, {"explained": shown, "problem": problem, "item": item})


@requires(*DECIDERS)
@require_POST
def assign(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take the row on, or give it back (认领)."""
    item, by = _item(request, item_id), acting_user(request)
    try:
        if "release" in request.POST:
            services.release(scope_of(request), item.pk, by=by, at=timezone.now())
        else:
            services.assign(scope_of(request), item.pk, by=by, at=timezone.now())
    except services.ReviewError as refused:
        messages.error(request, f"{refused}。")
    return redirect(reverse("desk:review:pair", args=[item.pk]) + carried(request.GET))


def _item(request: HttpRequest, item_id: int) -> ReviewItem:
    found = queries.item_in(scope_of(request), item_id)
    if found is None:
        raise Http404
    return found


def _siblings(request: HttpRequest, item: ReviewItem) -> list[ReviewItem]:
    """The other roles of the same row that wait for someone."""
    return queries.roles_of_row(scope_of(request), item)


def _page(
    request: HttpRequest,
    item: ReviewItem,
    *,
    problem: str = "",
    found: list[UUID] | None = None,
    asked: str = "",
    told: str = "",
) -> HttpResponse:
    scope, user = scope_of(request), acting_user(request)
    scored: list[tuple[UUID, float | None]] = [
        (UUID(c["person_id"]), c.get("score")) for c in item.candidates
    ]
    hidden = queries.unseen(scope, [one for one, _ in scored])
    scored += [(one, None) for one in found or [] if one not in dict(scored)]
    people, sides = pairing.candidates(scope, scored)
    decisions = queries.decisions_on_row(scope, item.batch_id, item.row_no)
    before, after = queries.neighbours(scope, item, **narrowed(request, request.GET))
    feed_label, role_label = labels(item)
    context: dict[str, Any] = {
        "item": item, "feed_label": feed_label, "role_label": role_label, "why": WHY.get(item.reason, ""),
        "age": age(item.created_at), "state_label": State(item.state).label,
        "open": item.state in (State.OPEN, State.ASIDE), "people": people, "first_found": len(scored) - len(found or []),
        "hidden": len(hidden), "decisions": shown_decisions(decisions, user), "seen": Standing(decisions).last(),
        "before": before, "after": after, "carried": carried(request.GET), "problem": problem, "told": told,
        "asked": asked, "taken": queries.assignments(scope, [item.pk]).get(item.pk), "may_decide": user.has_role(*DECIDERS),
        "siblings": [(one, labels(one)[1], State(one.state).label) for one in _siblings(request, item)],
        "reason": request.POST.get("reason", ""), "choice": request.POST.get("choice", ""),
    }  # fmt: skip
    context |= _row(item, sides)
    record(
        by=user, action="review.view", object_kind="review_item", object_id=item.pk, purpose="待核处置",
        detail={"persons": [str(one.id) for one in people]}, ip=address(request), at=timezone.now(),
    )  # fmt: skip
    return render(request, "desk/review/pair.html", context)


def _row(item: ReviewItem, sides: list[pairing.Side]) -> dict[str, Any]:
    """The row's own side; a row that today's standard refuses is shown as it came."""
    row: HeldRow | None = None
    try:
        with bulk() as work:
            row = held_row(work, item.batch_id, item.row_no)
        left = pairing.row_side(row, item.role)
    except HeldRowError as error:
        return {"row_problem": f"{error}。", "whole": pairing.whole_row(row) if row else [], "source": ""}
    return {
        "lines": pairing.lines(left, sides), "whole": pairing.whole_row(row), "row_name": left.texts.get("name", ""),
        "source": row.batch.source_name, "received_at": row.batch.received_at,
    }  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
