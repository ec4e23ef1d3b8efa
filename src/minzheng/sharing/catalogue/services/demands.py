"""Demands between the levels (供需对接): asked, answered within a limit, passed up, and the answer passed back."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.catalogue.models import CatalogueEntry, Demand
from minzheng.sharing.catalogue.services.demand_steps import ASKED, checked, event, make, settle, tell
from minzheng.sharing.catalogue.services.editions import may_write
from minzheng.sharing.catalogue.terms import ANSWERED, UNDER_WAY, CatalogueError, DemandState, EditionState


def ask(*, asked_of: str, values: Mapping[str, str], by: User, at: datetime) -> Demand:
    """Ask another member, or this node itself on a department's behalf, for data (提出需求). Raises ``CatalogueError``."""
    may_write(by)
    texts = checked(values)
    if asked_of == own_code():
        if not texts["on_behalf"]:
            raise CatalogueError("向本节点提出的需求须写明需求部门")
    elif not Member.objects.filter(code=asked_of, kind=Member.NODE).exists():
        raise CatalogueError("提供方不在成员名录中")
    with transaction.atomic():
        made = make(
            uuid7(at),
            asked_by=own_code(),
            asked_of=asked_of,
            path=[own_code()],
            texts=texts,
            by_name=str(by),
            at=at,
        )
        record(
            by=by, action="demand.ask", object_kind="demand", object_id=made.pk,
            purpose=made.purpose, detail={"asked_of": asked_of, "title": made.title}, at=at,
        )  # fmt: skip
    return made


def answer(
    *, demand_id: UUID, outcome: DemandState, text: str, code: str = "", by: User, at: datetime
) -> Demand:
    """Provide or refuse (答复): provided names a resource of the catalogue in force or says how; refused says why."""
    may_write(by)
    text, code = " ".join(text.split()), code.strip()
    if outcome not in ANSWERED:
        raise CatalogueError("答复应为“提供”或“不予提供”")
    if outcome == DemandState.REFUSED and not text:
        raise CatalogueError("不予提供的须写明理由")
    if outcome == DemandState.PROVIDED and not (text or code):
        raise CatalogueError("提供的须指明信息资源代码，或写明怎样取得")
    if code and not _is_ours(code):
        raise CatalogueError(f"现行目录中没有信息资源 {code[:64]}")
    with transaction.atomic():
        found = _to_be_answered(demand_id)
        settle(found, outcome, text[:500], code, str(by), at)
        record(
            by=by, action=f"demand.{outcome}", object_kind="demand", object_id=found.pk,
            detail={"asked_by": found.asked_by, "code": code}, at=at,
        )  # fmt: skip
    return found


def forward(*, demand_id: UUID, by: User, at: datetime) -> Demand:
    """Pass a demand to the member above (转上级); its answer comes back by itself. Gives the demand made of it."""
    may_write(by)
    own = Member.objects.filter(code=own_code()).first()
    upper = own.upper_code if own else ""
    if not upper or not Member.objects.filter(code=upper).exists():
        raise CatalogueError("成员名录中没有本节点的上级，不能转办")
    with transaction.atomic():
        found = _to_be_answered(demand_id)
        if upper in found.path:
            raise CatalogueError("这项需求就是从上级来的，不能再转回去")
        texts = {name: str(getattr(found, name)) for name in ASKED}
        made = make(
            uuid5(found.pk, upper), asked_by=own_code(), asked_of=upper, path=found.path,
            texts=texts, by_name=str(by), at=at, parent=found,
        )  # fmt: skip
        found.state, found.revision = DemandState.FORWARDED.value, found.revision + 1
        found.save(update_fields=["state", "revision"])
        event(found, at, str(by), f"转 {upper}")
        record(
            by=by,
            action="demand.forward",
            object_kind="demand",
            object_id=found.pk,
            detail={"to": upper},
            at=at,
        )
    return made


def withdraw(*, demand_id: UUID, by: User, at: datetime) -> Demand:
    """Take back what this node asked and nobody has answered (撤回需求)."""
    may_write(by)
    with transaction.atomic():
        found = Demand.objects.select_for_update().filter(pk=demand_id, asked_by=own_code()).first()
        if found is None or found.state not in UNDER_WAY or found.parent_id is not None:
            raise CatalogueError("只能撤回本节点提出、还没有答复的需求")
        found.state = DemandState.WITHDRAWN.value
        found.save(update_fields=["state"])
        event(found, at, str(by), "")
        record(by=by, action="demand.withdraw", object_kind="demand", object_id=found.pk, at=at)
    return found


def tell_overdue(*, at: datetime) -> int:
    """A notice for each demand whose limit is over without an answer; once (催办)."""
    rows = Demand.objects.filter(asked_of=own_code(), state__in=UNDER_WAY, due_on__lt=timezone.localdate(at))
    for one in rows:
        tell(one, f"供需对接：“{one.title}”逾期未答复", f"demand-overdue:{one.pk}", at)
    return len(rows)


def _to_be_answered(demand_id: UUID) -> Demand:
    found = Demand.objects.select_for_update().filter(pk=demand_id, asked_of=own_code()).first()
    if found is None or found.state != DemandState.OPEN:
        raise CatalogueError("这项需求不由本节点答复，或已经办理")
    return found


def _is_ours(code: str) -> bool:
    return CatalogueEntry.objects.filter(edition__state=EditionState.PUBLISHED, code=code).exists()
