"""What is asked of applications and grants (授信查询): those of rows within the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.grants.models import Application, Client, Grant, Use
from minzheng.sharing.grants.terms import State


@dataclass(frozen=True, slots=True)
class UseSum:
    """What has been had under a grant in one way (使用合计)."""

    method: str
    calls: int
    units: int
    hits: int
    refused: int
    last_at: datetime


def applications(scope: Scope, *, state: str = "") -> QuerySet[Application]:
    """What is asked of rows within the scope; what waits first, the soonest due first (申请列表)."""
    found = Application.objects.filter(division_code__startswith=scope.prefix).select_related("client")
    if state in State.values:
        found = found.filter(state=state)
    return found.order_by("due_on", "id") if state == State.WAITING else found.order_by("-id")


def application_in(scope: Scope, application_id: int) -> Application | None:
    """One application within the scope, or None (申请)."""
    return applications(scope).filter(pk=application_id).first()


def waiting_count(scope: Scope) -> int:
    """How many wait for an answer (待答复数)."""
    return applications(scope, state=State.WAITING).count()


def grants(
    scope: Scope, *, at: datetime, text: str = "", standing: str = "", data_set: str = ""
) -> QuerySet[Grant]:
    """Grants of rows within the scope, newest first (授权列表)."""
    found = Grant.objects.filter(division_code__startswith=scope.prefix).select_related("client")
    if text:
        found = found.filter(Q(client__office__icontains=text) | Q(client__name__icontains=text))
    if data_set:
        found = found.filter(data_set=data_set)
    stands = Q(withdrawn_at__isnull=True)
    which = {
        "open": stands & Q(from_at__lte=at, until_at__gt=at), "expired": stands & Q(until_at__lte=at),
        "not_yet": stands & Q(from_at__gt=at), "withdrawn": ~stands,
    }.get(standing, Q())  # fmt: skip
    return found.filter(which).order_by("-id")


def grant_in(scope: Scope, grant_id: int) -> Grant | None:
    """One grant within the scope, or None (授权)."""
    return (
        Grant.objects.filter(division_code__startswith=scope.prefix, pk=grant_id)
        .select_related("client")
        .first()
    )


def uses(scope: Scope, grant: Grant) -> QuerySet[Use]:
    """The uses of a grant, newest first; none where it lies outside the scope (使用记录)."""
    return Use.objects.filter(grant=grant, grant__division_code__startswith=scope.prefix).order_by("-at")


def sums(scope: Scope, grant: Grant) -> list[UseSum]:
    """What has been had under a grant, by method (使用合计)."""
    found = uses(scope, grant).order_by().values("method").annotate(
        calls=Count("id"), units_sum=Sum("units"), hits_sum=Sum("hits"), refused=Count("id", filter=Q(status__gte=400)),
        last_at=Max("at"),
    )  # fmt: skip
    return [
        UseSum(one["method"], one["calls"], one["units_sum"], one["hits_sum"], one["refused"], one["last_at"])
        for one in found.order_by("method")
    ]


def used_lately(scope: Scope, found: Sequence[Grant], *, at: datetime) -> dict[int, int]:
    """How many calls each grant has answered in thirty days (近30日次数)."""
    lately = Use.objects.filter(
        grant__in=[one.pk for one in found], grant__division_code__startswith=scope.prefix, at__gte=at - timedelta(days=30)
    )  # fmt: skip
    return dict(lately.values_list("grant").annotate(n=Count("id")).order_by())


def clients(scope: Scope) -> QuerySet[Client]:
    """The systems that may come in, the newest first (接入系统); of offices within the scope."""
    return Client.objects.filter(division_code__startswith=scope.prefix).order_by("-created_at")


def client_in(scope: Scope, code: str) -> Client | None:
    """One system, or None (接入系统)."""
    return clients(scope).filter(pk=code).first()
