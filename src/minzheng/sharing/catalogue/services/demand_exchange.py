"""Demands as they travel (供需文书): what a member is told of them, and what is taken from it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.dateparse import parse_datetime

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.catalogue.models import Demand
from minzheng.sharing.catalogue.services.demand_steps import ASKED, checked, event, make, settle, tell
from minzheng.sharing.catalogue.terms import ANSWERED, DEMAND_LABELS, UNDER_WAY, CatalogueError, DemandState

TOLD_FOR = timedelta(days=180)


def told_to(member: str, *, at: datetime) -> list[dict[str, Any]]:
    """What this node asks of a member and what it answers it, as plain data (供需文书内容): open ones, and those of late."""
    since = at - TOLD_FOR
    between = Demand.objects.filter(asked_by=own_code(), asked_of=member) | Demand.objects.filter(
        asked_by=member, asked_of=own_code()
    )
    rows = (
        between.filter(asked_at__gte=since)
        | between.filter(state__in=UNDER_WAY)
        | between.filter(answered_at__gte=since)
    )
    return [_told(one) for one in rows.exclude(asked_by=own_code(), asked_of=own_code()).order_by("id")]


def take_one(said: Any, *, member: Member, at: datetime) -> str:
    """Take one demand or answer from a member (接收需求): ``new``, ``changed`` or ``unchanged``. Raises ``CatalogueError``."""
    if not isinstance(said, Mapping):
        raise CatalogueError("需求不能识别")
    try:
        key, state = UUID(str(said.get("id"))), DemandState(str(said.get("state")))
    except ValueError:
        raise CatalogueError("需求的标识或状态不能识别") from None
    ends = said.get("asked_by"), said.get("asked_of")
    with transaction.atomic():
        known = Demand.objects.select_for_update().filter(pk=key).first()
        if known is not None and (known.asked_by, known.asked_of) != ends:
            raise CatalogueError("同一标识的需求另有提出方或提供方")
        if ends == (member.code, own_code()):
            return _take_asked(key, state, said, known, member, at)
        if ends == (own_code(), member.code):
            return _take_answer(state, said, known, member, at)
    raise CatalogueError("需求的提出方、提供方与发送方不符")


def _take_asked(
    key: UUID, state: DemandState, said: Mapping[str, Any], known: Demand | None, member: Member, at: datetime
) -> str:
    if known is None:
        if state == DemandState.WITHDRAWN:
            return "unchanged"
        path = [str(one)[:32] for one in said.get("path") or [] if isinstance(one, str)][:20]
        texts = checked({name: str(said.get(name) or "") for name in ASKED})
        made = make(
            key, asked_by=member.code, asked_of=own_code(), path=[*path, own_code()], texts=texts,
            by_name=str(said.get("by_name") or member.name), at=at, asked_at=parse_datetime(str(said.get("asked_at"))),
        )  # fmt: skip
        tell(made, f"供需对接：{member.name}需要“{made.title}”", f"demand:{made.pk}", at)
        return "new"
    if state == DemandState.WITHDRAWN and known.state in UNDER_WAY:
        known.state = state.value
        known.save(update_fields=["state"])
        event(known, at, member.name, "提出方撤回")
        return "changed"
    return "unchanged"


def _take_answer(
    state: DemandState, said: Mapping[str, Any], known: Demand | None, member: Member, at: datetime
) -> str:
    revision = said.get("revision")
    if known is None:
        raise CatalogueError("本节点没有提出过这项需求")
    if not isinstance(revision, int) or revision <= known.revision or known.state not in UNDER_WAY:
        return "unchanged"
    if state in ANSWERED:
        text, code = str(said.get("answer") or "")[:500], str(said.get("answer_code") or "")[:64]
        settle(known, state, text, code, member.name, at, revision=revision)
        title = f"供需对接：{member.name}已答复“{known.title}”（{DEMAND_LABELS[state]}）"
        tell(known, title, f"demand-answer:{known.pk}:{revision}", at)
    elif state == DemandState.FORWARDED:
        known.state, known.revision = state.value, revision
        known.save(update_fields=["state", "revision"])
        event(known, at, member.name, "")
    else:
        return "unchanged"
    return "changed"


def _told(one: Demand) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ASKED}
    said |= {"id": str(one.pk), "asked_by": one.asked_by, "asked_of": one.asked_of, "path": one.path}
    said |= {
        "state": one.state,
        "revision": one.revision,
        "answer": one.answer,
        "answer_code": one.answer_code,
    }
    return said | {"by_name": one.by_name, "asked_at": one.asked_at.isoformat()}
