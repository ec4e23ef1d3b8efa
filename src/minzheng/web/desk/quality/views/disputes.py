"""Disputing a value (提出校核) from a person's page, and the source's answer."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.exchange.clean.columns import SEALED_RULES
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import DataLevel, Role
from minzheng.foundation.audit.services import record
from minzheng.registry.queries import persons_by_id
from minzheng.standards import queries as standards
from minzheng.stewardship.quality import disputing, queries
from minzheng.stewardship.quality.disputable import Disputable, disputable
from minzheng.stewardship.quality.models import Dispute, Ticket
from minzheng.stewardship.quality.services import TicketError
from minzheng.web.desk.quality.shown import feed_label
from minzheng.web.desk.quality.views.overview import READERS
from minzheng.web.desk.requests import acting_user, address, or_404, scope_of


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Choose a value of a person, say what it should be and why (提出校核)."""
    scope = scope_of(request)
    hits = persons_by_id(scope, [person_id])
    values = disputable(scope, person_id)
    if not hits or not values:
        raise Http404
    said = {name: request.POST.get(name, "") for name in ("value", "proposed", "reason", "evidence")}
    context = {"person": hits[0], "groups": _groups(values), "said": said}
    record(
        by=acting_user(request), action="person.view", object_kind="person", object_id=person_id,
        detail={"for": "dispute"}, ip=address(request),
    )  # fmt: skip
    if request.method == "GET":
        return render(request, "desk/quality/dispute_new.html", context)
    try:
        made = disputing.raise_dispute(
            scope, person_id, said["value"], proposed=said["proposed"], reason=said["reason"], evidence=said["evidence"],
            by=acting_user(request), at=timezone.now(), ip=address(request),
        )  # fmt: skip
    except TicketError as refused:
        return render(
            request, "desk/quality/dispute_new.html", context | {"problem": f"{refused}。"}, status=422
        )
    messages.success(request, "校核已提出，转送来源单位所在节点；结论返回后在这里显示。")
    return redirect("desk:quality:ticket", made.ticket_id)


@requires(Role.DATA_OFFICER)
@require_POST
def answer(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The source's answer: put right, or not and why (答复校核)."""
    ticket = or_404(queries.ticket_in(scope_of(request), ticket_id))
    found = or_404(disputing.of_ticket(ticket))
    by, at, text = acting_user(request), timezone.now(), request.POST.get("answer", "")
    try:
        if request.POST.get("verdict") == "accepted":
            disputing.accept(found, value=request.POST.get("value", ""), text=text, by=by, at=at)
            messages.success(request, "已更正入库，并随数据送达各有关节点。")
        else:
            disputing.refuse(found, text=text, by=by, at=at)
            messages.success(request, "已答复，结论将返回提出的节点。")
    except TicketError as refused:
        messages.error(request, f"{refused}。")
    return redirect("desk:quality:ticket", ticket_id)


def shown_dispute(request: HttpRequest, ticket: Ticket) -> Dispute | None:
    """What a ticket's page says of its dispute; looking is audited (工单中的校核)."""
    found = disputing.of_ticket(ticket)
    if found is None:
        return None
    user, scope = acting_user(request), scope_of(request)
    found.held, found.proposed = disputing.values_of(found)  # type: ignore[attr-defined]
    found.may_answer = disputing.may_be_answered(found) and user.has_role(Role.DATA_OFFICER)  # type: ignore[attr-defined]
    if is_sealed(found) and not (found.may_answer and scope.allows_level(DataLevel.L3)):  # type: ignore[attr-defined]
        found.held, found.proposed = _masked(found.held), _masked(found.proposed)  # type: ignore[attr-defined]
    found.persons = persons_by_id(scope, [found.person_id])  # type: ignore[attr-defined]
    record(by=user, action="quality.dispute_view", object_kind="quality_ticket", object_id=ticket.pk,
           detail={"dispute": str(found.id)}, ip=address(request))  # fmt: skip
    return found


def is_sealed(dispute: Dispute) -> bool:
    """Whether the column holds what is masked elsewhere (是否遮蔽)."""
    for field in standards.data_set(dispute.feed).fields:
        if field.heading == dispute.heading:
            return (standards.element(field.element).rule or "") in SEALED_RULES
    return True


def _masked(value: str) -> str:
    return f"{value[:3]}****{value[-2:]}" if len(value) > 7 else "****" if value else ""


def _groups(values: list[Disputable]) -> list[tuple[str, list[Disputable]]]:
    """By source and day, as a choice shows them; what a source leaves empty may be disputed too."""
    found: dict[str, list[Disputable]] = {}
    for one in values:
        found.setdefault(f"{feed_label(one.feed)}（{one.source_name}，{one.since:%Y-%m-%d}）", []).append(one)
    return list(found.items())
