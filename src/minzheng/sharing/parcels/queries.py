"""Asking about parcels (查询报文)."""

import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import Direction, State


def parcels(scope: Scope, *, direction: str = "", state: str = "") -> QuerySet[Parcel]:
    """Parcels of divisions and businesses within the scope, newest first (报文列表)."""
    found = Parcel.objects.filter(division_code__startswith=scope.prefix).order_by("-begun_at", "-id")
    if scope.businesses is not None:
        found = found.filter(data_set__in=feeds_in(scope))
    if direction:
        found = found.filter(direction=direction)
    return found.filter(state=state) if state else found


def overdue(scope: Scope, *, at: datetime.datetime) -> QuerySet[Parcel]:
    """Parcels sent whose receipt did not come in time (逾期未回执)."""
    late = Q(direction=Direction.SENT, state=State.MADE, reply_by_at__lt=at)
    return parcels(scope).filter(late)


def parcel_in(scope: Scope, parcel_id: UUID) -> Parcel | None:
    """One parcel within the scope, or None (报文). Known by the node's own number or by the maker's."""
    found = parcels(scope)
    return found.filter(pk=parcel_id).first() or found.filter(parcel_id=parcel_id).first()


def receivers(scope: Scope, *, at: datetime.datetime) -> list[Member]:  # noqa: ARG001 - names and codes are open to all
    """Members a parcel can be sealed for today (可接收报文的成员)."""
    found = Member.objects.filter(valid_from__lte=at, valid_to__gt=at).exclude(seal_key="").order_by("code")
    return list(found.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)).exclude(code=own_code()))
