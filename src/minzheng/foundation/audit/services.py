"""Writing the audit trail (写审计)."""

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry


def record(
    *,
    by: User | str | None,
    action: str,
    object_kind: str,
    object_id: object,
    purpose: str = "",
    result: str = "ok",
    detail: dict[str, Any] | None = None,
    ip: str | None = None,
    at: datetime.datetime | None = None,
) -> AuditEntry:
    """Keep one act (记一条审计): one INSERT in the caller's transaction.

    ``by`` a name is someone at the command line; None is the node itself, or someone not logged in.
    ``detail`` is JSON without identifiers in clear.
    """
    user = by if isinstance(by, User) else None
    entry = AuditEntry(
        at=at or timezone.now(),
        user=user,
        user_name=str(by or "")[:64],
        division_code=user.division_code if user else settings.NODE_DIVISION_CODE,
        ip=ip or None,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id)[:128],
        purpose=purpose[:500],
        result=result,
        detail=detail or {},
    )
    entry.save(force_insert=True)
    return entry
