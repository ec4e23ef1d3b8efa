"""Which hosts may be harvested (可采集主机): an administrator says, and nobody else."""

import re
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.db import IntegrityError, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.sharing.catalogue.models import AllowedHost
from minzheng.sharing.catalogue.terms import CatalogueError

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})?(\.[a-z0-9]([a-z0-9-]{0,62})?)*", re.ASCII)


def allow_host(*, host: str, internal: bool = False, by: User | str, at: datetime) -> AllowedHost:
    """Let a host be harvested; ``internal`` also at a private address (许可主机). Raises ``CatalogueError``."""
    _may(by)
    name = host.strip().lower().rstrip(".")
    if not _NAME.fullmatch(name) and not _is_address(name):
        raise CatalogueError("请填写主机名或 IP 地址，不含协议、端口和路径")
    try:
        with transaction.atomic():
            made = AllowedHost.objects.create(
                host=name, internal=internal, allowed_at=at, by_name=str(by)[:64]
            )
            record(
                by=by, action="harvest.allow", object_kind="harvest_host", object_id=name,
                detail={"internal": internal}, at=at,
            )  # fmt: skip
    except IntegrityError:
        raise CatalogueError(f"主机 {name} 已在许可之内；要改内网设置，请先停用") from None
    return made


def end_host(*, host_id: int, by: User | str, at: datetime) -> AllowedHost:
    """Harvest it no more; what came from it stays (停用主机)."""
    _may(by)
    with transaction.atomic():
        found = AllowedHost.objects.select_for_update().filter(pk=host_id, ended_at__isnull=True).first()
        if found is None:
            raise CatalogueError("这台主机已经停用")
        found.ended_at, found.ended_by_name = at, str(by)[:64]
        found.save(update_fields=["ended_at", "ended_by_name"])
        record(by=by, action="harvest.forbid", object_kind="harvest_host", object_id=found.host, at=at)
    return found


def _may(by: User | str) -> None:
    if isinstance(by, User) and not (
        by.has_role(Role.ADMINISTRATOR) and Scope.of(by).covers(settings.NODE_DIVISION_CODE)
    ):
        raise CatalogueError("只有本节点的系统管理员可以许可采集主机")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
