"""Systems that may come in (接入系统)."""

import re
from datetime import datetime

from django.db import transaction

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.kernel import division
from minzheng.sharing.grants.models import Client
from minzheng.sharing.grants.terms import GrantError

CODE = re.compile(r"[a-z][a-z0-9-]{2,39}")
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def register_client(
    *, code: str, name: str, office: str, division_code: str, by: User, at: datetime, is_test: bool = False,
    certificate_sha256: str = "",
) -> Client:  # fmt: skip
    """Enter a department's system (登记接入系统). Raises ``GrantError``; what it may have is said by grants."""
    code, name, office = code.strip(), " ".join(name.split()), " ".join(office.split())
    fingerprint = certificate_sha256.replace(":", "").strip().lower()
    if not CODE.fullmatch(code):
        raise GrantError("系统标识用小写字母、数字和连字符, 以字母开头, 3 至 40 位")
    if len(name) < 2 or len(office) < 2:
        raise GrantError("请写明系统名称和使用单位")
    if fingerprint and not FINGERPRINT.fullmatch(fingerprint):
        raise GrantError("证书指纹应为 SHA-256, 64 位十六进制")
    try:
        place = division.normalise(division_code)
    except ValueError as error:
        raise GrantError(str(error)) from None
    with transaction.atomic():
        if Client.objects.filter(pk=code).exists():
            raise GrantError(f"系统标识 {code} 已经登记")
        client = Client.objects.create(
            code=code, name=name[:100], office=office[:100], division_code=place, is_test=is_test,
            certificate_sha256=fingerprint, created_at=at, created_by=by,
        )  # fmt: skip
        record(by=by, action="grants.client", object_kind="client", object_id=code, at=at,
               detail={"office": client.office, "is_test": is_test})  # fmt: skip
    return client


def disable_client(*, client: Client, by: User, at: datetime) -> Client:
    """Let a system in no more, from its next call on (停用接入系统); its grants stay as they are and allow nothing."""
    with (
        transaction.atomic(),
        as_node(),
    ):  # a system is of the whole node, whoever may enter it may disable it
        client.disabled_at = at
        client.save(update_fields=["disabled_at"])
    record(by=by, action="grants.client_disable", object_kind="client", object_id=client.code, at=at)
    return client
