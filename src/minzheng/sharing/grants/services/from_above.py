"""Grants of the level above (上级授权): what the province has granted holds here within its rows, and ends when it ends there.

They travel in the province's signed configuration (``sharing.between``), each time all of them, so that a lost one is made good
by the next. Here they stand beside this node's own, named by ``origin_code`` and ``origin_id``; nobody here changes them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.audit.services import record
from minzheng.kernel.division import covers
from minzheng.sharing.grants.models import Client, Grant

PLAIN = (
    "data_set", "purpose", "legal_basis", "fields", "masked", "division_code", "condition", "methods", "per_minute",
    "per_day", "data_level", "withdrawn_reason",
)  # fmt: skip
DAYS, MOMENTS = ("rows_from_on", "rows_to_on"), ("from_at", "until_at", "withdrawn_at")
CLIENT = ("name", "office", "division_code", "certificate_sha256")
TOLD_FOR = timedelta(days=90)  # after a grant has ended


def export_grants(*, at: datetime) -> list[dict[str, Any]]:
    """This node's own grants that stand or have ended lately, as plain data (出具授权)."""
    with as_node():
        lately = Q(until_at__gte=at - TOLD_FOR) & (Q(withdrawn_at=None) | Q(withdrawn_at__gte=at - TOLD_FOR))
        found = Grant.objects.filter(lately, origin_code="", client__is_test=False).select_related("client")
        return [_written(one) for one in found.order_by("id")]


def take_grants(said: Sequence[Mapping[str, Any]], *, origin: str, at: datetime) -> None:
    """Let the grants of ``origin`` hold here as it says now; one it does not name any more has ended (接收授权).

    Within the caller's transaction. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no list of grants.
    """
    with as_node(), transaction.atomic():
        named = []
        for one in said:
            if not _concerns(str(one["division_code"])):
                continue
            named.append(int(one["id"]))
            client = _client(one["client"], at)
            values: dict[str, Any] = {name: one[name] for name in PLAIN}
            values |= {name: date.fromisoformat(one[name]) if one[name] else None for name in DAYS}
            values |= {name: datetime.fromisoformat(one[name]) if one[name] else None for name in MOMENTS}
            _, new = Grant.objects.update_or_create(
                origin_code=origin, origin_id=int(one["id"]), defaults=values | {"client": client}
            )
            if new:
                record(
                    by=None,
                    action="grants.from_above",
                    object_kind="grant",
                    object_id=f"{origin}/{one['id']}",
                    at=at,
                )
        gone = Grant.objects.filter(origin_code=origin, withdrawn_at=None).exclude(origin_id__in=named)
        gone.update(withdrawn_at=at, withdrawn_reason="上级不再列明")


def _concerns(division_code: str) -> bool:
    """Whether a grant's rows may lie on this node."""
    own = str(settings.NODE_DIVISION_CODE)
    return covers(division_code, own) or covers(own, division_code)


def _client(said: Mapping[str, Any], at: datetime) -> Client:
    """The system it is for; one that this node has entered itself keeps what was said here."""
    values = {name: said[name] for name in CLIENT}
    disabled = datetime.fromisoformat(said["disabled_at"]) if said["disabled_at"] else None
    client, new = Client.objects.get_or_create(
        code=said["code"], defaults=values | {"created_at": at, "disabled_at": disabled}
    )
    if not new and client.created_by_id is None:
        for name, value in (values | {"disabled_at": disabled}).items():
            setattr(client, name, value)
        client.save()
    return client


def _written(grant: Grant) -> dict[str, Any]:
    client = {"code": grant.client.code, "disabled_at": _text(grant.client.disabled_at)}
    client |= {name: getattr(grant.client, name) for name in CLIENT}
    said = {"id": grant.pk, "client": client} | {name: getattr(grant, name) for name in PLAIN}
    return said | {name: _text(getattr(grant, name)) for name in (*DAYS, *MOMENTS)}


def _text(value: date | None) -> str | None:
    return value.isoformat() if value else None
