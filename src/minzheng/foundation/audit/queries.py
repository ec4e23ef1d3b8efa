"""What is asked of the audit trail (审计查询): what was done by accounts of the own division and below."""

from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.models import AuditEntry


def entries(
    scope: Scope,
    *,
    user_id: int | None = None,
    user_name: str = "",
    action: str = "",
    object_kind: str = "",
    object_id: str = "",
    division: str = "",
    result: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """Entries, newest first (审计记录). Both days are whole and included; ``division``: the actor's, with those below."""
    found = AuditEntry.objects.filter(division_code__startswith=scope.prefix)
    if user_id is not None:
        found = found.filter(user_id=user_id)
    if user_name:
        found = found.filter(Q(user__username=user_name) | Q(user_name=user_name))
    if action:
        found = found.filter(action=action)
    if object_kind:
        found = found.filter(object_kind=object_kind)
    if object_id:
        found = found.filter(object_id=object_id)
    if division:
        found = found.filter(division_code__startswith=Scope(division, 1).prefix)
    if result:
        found = found.filter(result=result)
    if since:
        found = found.filter(at__gte=_start(since))
    if until:
        found = found.filter(at__lt=_start(until + timedelta(days=1)))
    return found.order_by("-at", "-id")


def after(found: QuerySet[AuditEntry], cursor: str) -> QuerySet[AuditEntry]:
    """What follows the last line shown (下一页): ``cursor`` is its time and number, ``at~id``; anything else is the start."""
    moment, _, number = cursor.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return found
    if at.tzinfo is None:
        return found
    return found.filter(Q(at__lt=at) | Q(at=at, id__lt=last)).filter(at__lte=at)


def entry_in(scope: Scope, entry_id: int) -> AuditEntry | None:
    """One entry within the scope, or None (一条审计)."""
    return entries(scope).filter(pk=entry_id).first()


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
