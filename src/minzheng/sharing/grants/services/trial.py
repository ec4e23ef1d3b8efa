"""The test system (试用系统): every call on the sample, for who writes a department's side; of no one's data."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import DataLevel
from minzheng.foundation.audit.services import record
from minzheng.sharing.grants.granted.fields import Shared, shared_sets
from minzheng.sharing.grants.models import Client, Grant
from minzheng.sharing.grants.terms import PER_MINUTE, Method

CODE = "trial"
GOOD_FOR = timedelta(days=366)
PER_DAY = 5_000


def trial_system(*, by: User, at: datetime) -> Client:
    """The node's test system, with a grant of every data set as the standard is now (试用系统); made where it is missing."""
    with transaction.atomic(), as_node():  # it belongs to the node, whoever tries first
        client, made = Client.objects.get_or_create(
            code=CODE,
            defaults={
                "name": "接口试用", "office": "接口开发单位", "division_code": settings.NODE_DIVISION_CODE, "is_test": True,
                "created_at": at, "created_by": by,
            },
        )  # fmt: skip
        if made:
            record(
                by=by,
                action="grants.client",
                object_kind="client",
                object_id=CODE,
                at=at,
                detail={"is_test": True},
            )
        for found in shared_sets():
            if not _granted(client, found, at):
                _grant(client, found, by, at)
    return client


def _granted(client: Client, found: Shared, at: datetime) -> bool:
    """Whether an open grant names every field there is now."""
    open_now = Grant.objects.filter(
        client=client, data_set=found.spec.key, until_at__gt=at, withdrawn_at__isnull=True, fields__contains=list(found.fields)
    )  # fmt: skip
    return open_now.exists()


def _grant(client: Client, found: Shared, by: User, at: datetime) -> None:
    masked = [name for name, field in found.fields.items() if field.element.rule in ("phone", "bank_account")]
    Grant.objects.create(
        client=client, data_set=found.spec.key, purpose="接口试用, 只返回样例", legal_basis="样例数据, 不含个人信息",
        fields=list(found.fields), masked=masked,
        division_code=settings.NODE_DIVISION_CODE, methods=list(Method.values), per_minute=PER_MINUTE, per_day=PER_DAY,
        data_level=DataLevel.L4, from_at=at, until_at=at + GOOD_FOR, granted_by=by,
    )  # fmt: skip
