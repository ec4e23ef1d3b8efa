"""An audit entry in words (审计记录的写法)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.audit.terms import ACTIONS, KINDS, RESULTS
from minzheng.web.desk.places import division_name


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A line of the trail (审计行)."""

    id: int
    at: datetime
    user: str
    division: str
    action: str
    object: str
    object_id: str
    purpose: str
    result: str
    refused: bool
    ip: str
    detail: str


def shown_entries(found: Iterable[AuditEntry]) -> list[ShownEntry]:
    """Entries in words (审计记录)."""
    return [shown_entry(one) for one in found]


def shown_entry(one: AuditEntry) -> ShownEntry:
    """One entry in words (审计记录)."""
    return ShownEntry(
        id=one.pk,
        at=one.at,
        user=one.user_name or "节点",
        division=division_name(one.division_code),
        action=ACTIONS.get(one.action, one.action),
        object=KINDS.get(one.object_kind, one.object_kind),
        object_id=one.object_id,
        purpose=one.purpose,
        result=RESULTS.get(one.result, one.result),
        refused=one.result == "refused",
        ip=one.ip or "",
        detail=json.dumps(one.detail, ensure_ascii=False) if one.detail else "",
    )
