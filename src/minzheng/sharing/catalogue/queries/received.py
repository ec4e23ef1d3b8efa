"""What others have, and what is asked (收到的目录与需求查询)."""

from datetime import date
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.catalogue.models import (
    AllowedHost,
    CatalogueSource,
    Demand,
    Receipt,
    ReceivedEntry,
    ReceivedResource,
)
from minzheng.sharing.catalogue.terms import UNDER_WAY


def sources(scope: Scope) -> QuerySet[CatalogueSource]:  # noqa: ARG001 - the catalogue is open to every official
    """Whose catalogues are here, with how many entries stand in each (目录来源)."""
    standing = Count("entries", filter=Q(entries__withdrawn_at__isnull=True))
    return CatalogueSource.objects.annotate(total=standing).order_by("kind", "code")


def source(scope: Scope, source_id: int) -> CatalogueSource | None:
    """One of them (目录来源)."""
    return sources(scope).filter(pk=source_id).first()


def received_entries(scope: Scope, of: CatalogueSource, *, text: str = "") -> QuerySet[ReceivedEntry]:  # noqa: ARG001
    """Its entries, those that stand first (收到的条目)."""
    rows = ReceivedEntry.objects.filter(source=of)
    for word in text.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(provider__icontains=word) | Q(identifier__icontains=word)
        )
    return rows.order_by(F("withdrawn_at").asc(nulls_first=True), "identifier")


def resources_of(scope: Scope, of: CatalogueSource) -> dict[str, ReceivedResource]:  # noqa: ARG001
    """What it says of the data behind them, by code (资源状态)."""
    return {one.code: one for one in ReceivedResource.objects.filter(source=of)}


def receipts(scope: Scope, of: CatalogueSource) -> QuerySet[Receipt]:  # noqa: ARG001
    """When it was taken in and what came of it, newest first (接收记录)."""
    return Receipt.objects.filter(source=of).prefetch_related("changes__entry").order_by("-id")


def elsewhere(scope: Scope, data_set: str) -> QuerySet[ReceivedEntry]:  # noqa: ARG001
    """The same data set in other members' catalogues (各级同名资源)."""
    rows = ReceivedEntry.objects.filter(data_set=data_set, withdrawn_at__isnull=True)
    return rows.select_related("source").order_by("source__code")


def hosts(scope: Scope) -> QuerySet[AllowedHost]:  # noqa: ARG001
    """Hosts that may be harvested, and those that might (可采集主机)."""
    return AllowedHost.objects.order_by("ended_at", "host", "-id")


def demands(scope: Scope, *, state: str = "") -> QuerySet[Demand]:
    """Demands that are dealt with in the scope, the soonest due first (需求清单)."""
    rows = Demand.objects.filter(division_code__startswith=scope.prefix)
    if state == "under_way":
        return rows.filter(state__in=UNDER_WAY).order_by("due_on", "asked_at")
    return (rows.filter(state=state) if state else rows).order_by("-asked_at")


def demand(scope: Scope, demand_id: UUID) -> Demand | None:
    """One demand with its steps (需求)."""
    return demands(scope).filter(pk=demand_id).prefetch_related("events", "children").first()


def overdue(scope: Scope, *, on: date) -> int:
    """How many to be answered here are over their limit (逾期未答复)."""
    return demands(scope, state="under_way").filter(asked_of=own_code(), due_on__lt=on).count()


def members(scope: Scope) -> dict[str, str]:  # noqa: ARG001 - members are known to every official
    """Members' names by code (成员名称)."""
    return dict(Member.objects.order_by("code").values_list("code", "name"))
