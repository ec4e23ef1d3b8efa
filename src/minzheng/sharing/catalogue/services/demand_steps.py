"""Steps of a demand that are the same on both ends (需求办理步骤)."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.notices.services import notify
from minzheng.sharing.catalogue.models import Demand, DemandEvent
from minzheng.sharing.catalogue.terms import DEMAND_STEP, UNDER_WAY, CatalogueError, DemandState
from minzheng.standards.due import due
from minzheng.standards.errors import UnknownStandardError

# What is asked: the name in a form and in a document → how long it may be, and whether it must be there.
ASKED: dict[str, tuple[int, bool]] = {
    "title": (200, True), "resource_code": (64, False), "items": (1000, False), "purpose": (500, True),
    "basis": (500, True), "cycle_code": (8, False), "on_behalf": (200, False),
}  # fmt: skip


def settle(
    found: Demand,
    state: DemandState,
    text: str,
    code: str,
    by_name: str,
    at: datetime,
    *,
    revision: int | None = None,
) -> None:
    """Keep an answer; where the demand was passed on for another, that one is answered by it too (答复)."""
    found.state, found.answer, found.answer_code = state.value, text, code
    found.answered_by_name, found.answered_at = by_name[:64], at
    found.revision = revision if revision is not None else found.revision + 1
    found.save()
    event(found, at, by_name, text)
    if found.parent is not None and found.parent.state in UNDER_WAY:
        settle(found.parent, state, text, code, by_name, at)


def make(
    key: UUID, *, asked_by: str, asked_of: str, path: list[str], texts: Mapping[str, str], by_name: str,
    at: datetime, asked_at: datetime | None = None, parent: Demand | None = None,
) -> Demand:  # fmt: skip
    """A demand with its first step (立需求)."""
    made = Demand.objects.create(
        id=key, asked_by=asked_by, asked_of=asked_of, path=path, parent=parent, by_name=by_name[:64],
        division_code=settings.NODE_DIVISION_CODE, asked_at=asked_at if asked_at and asked_at.tzinfo else at,
        due_on=_due_on(at), state=DemandState.OPEN.value, **texts,
    )  # fmt: skip
    event(made, at, by_name, "")
    return made


def _due_on(at: datetime) -> date | None:
    try:
        return due(DEMAND_STEP, start=timezone.localdate(at), division_code=settings.NODE_DIVISION_CODE).due
    except UnknownStandardError:
        return None


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """What is asked, tidied. Raises ``CatalogueError`` for what is missing or too long (核对填报)."""
    labels = {name: str(getattr(Demand._meta.get_field(name), "verbose_name", name)) for name in ASKED}
    texts = {name: " ".join(values.get(name, "").split()) for name in ASKED}
    for name, (longest, needed) in ASKED.items():
        if needed and not texts[name]:
            raise CatalogueError(f"请填写{labels[name]}")
        if len(texts[name]) > longest:
            raise CatalogueError(f"{labels[name]}不能超过 {longest} 字")
    return texts


def event(one: Demand, at: datetime, by_name: str, text: str) -> None:
    """Keep a step (记一步)."""
    DemandEvent.objects.create(demand=one, at=at, state=one.state, by_name=by_name[:64], text=text[:500])


def tell(one: Demand, title: str, key: str, at: datetime) -> None:
    """Tell the data officers whose desk deals with it, once (通知)."""
    notify(
        division_code=one.division_code, roles=[Role.DATA_OFFICER], title=title, key=key,
        url=f"/catalogue/demands/{one.pk}/", at=at,
    )  # fmt: skip
