"""Who asked what under which grant (使用记录): the owner sees the uses of its rows, a user's side only its own systems' uses.

What was said is not kept; that something was asked, how often and with what result is.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.sharing.grants.models import Use

OWNER, USER = "owner", "user"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which uses (查询条件): ``side`` of whose; days from and to, both counted; words of the office or system; a data set."""

    side: str
    from_on: date
    to_on: date
    text: str = ""
    data_set: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """What came together (合计): ``of`` the grant's columns, the data set or the day."""

    of: dict[str, Any]
    calls: int
    units: int
    hits: int
    refused: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The uses asked for, counted three ways, and some of them (使用情况)."""

    by_grant: list[Sums]
    by_data_set: list[Sums]
    by_day: list[Sums]
    total: int
    rows: list[Use]


def uses(scope: Scope, asked: Asked, *, page: int = 1, size: int = 50) -> Found:
    """Uses within the scope, on one's own side (使用记录).

    The user's side is asked as the node: its grants lie on rows of divisions above or beside it, and what is shown of them
    is only that its own systems asked.
    """
    if asked.side == USER:
        with as_node():
            return _found(
                _chosen(asked, Q(grant__client__division_code__startswith=scope.prefix)), page, size
            )
    mine = Q(grant__division_code__startswith=scope.prefix)
    if scope.businesses is not None:
        mine &= Q(grant__data_set__in=feeds_in(scope))
    return _found(_chosen(asked, mine), page, size)


def uses_of_client(client: str, *, from_on: date, to_on: date, page: int = 1, size: int = 200) -> Found:
    """The uses of one system, for that system (本系统使用记录); the door has made sure who it is."""
    with as_node():
        return _found(_chosen(Asked(USER, from_on, to_on), Q(grant__client_id=client)), page, size)


def _chosen(asked: Asked, whose: Q) -> QuerySet[Use]:
    found = Use.objects.filter(whose, at__gte=_begin(asked.from_on), at__lte=_end(asked.to_on))
    if asked.text:
        who = Q(grant__client__office__icontains=asked.text) | Q(grant__client__name__icontains=asked.text)
        found = found.filter(who)
    return found.filter(grant__data_set=asked.data_set) if asked.data_set else found


def _found(chosen: QuerySet[Use], page: int, size: int) -> Found:
    grant = ("grant_id", "grant__client__office", "grant__client__name", "grant__data_set", "grant__purpose")
    by_grant = _sums(chosen, *grant)
    rows = chosen.select_related("grant__client").defer("subject_ids", "request_digest", "answer_digest")
    return Found(
        by_grant, _sums(chosen, "grant__data_set"),
        sorted(_sums(chosen.annotate(day=TruncDate("at")), "day"), key=lambda one: one.of["day"]),
        sum(one.calls for one in by_grant), list(rows.order_by("-at", "-id")[(page - 1) * size : page * size]),
    )  # fmt: skip


def _sums(chosen: QuerySet[Use], *of: str) -> list[Sums]:
    counted = chosen.order_by().values(*of).annotate(
        calls=Count("id"), many=Sum("units"), found=Sum("hits"), turned=Count("id", filter=Q(status__gte=400)), last=Max("at")
    )  # fmt: skip
    found = [
        Sums(
            {name: row[name] for name in of},
            row["calls"],
            row["many"],
            row["found"],
            row["turned"],
            row["last"],
        )
        for row in counted
    ]
    return sorted(found, key=lambda one: -one.calls)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))
