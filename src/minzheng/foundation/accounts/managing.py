"""What an administrator does with others' accounts (账号管理): changed, closed, opened again, unlocked, a password reset.

No one does any of it to the own account, nor to one that reaches further than the own. Every act is audited with what was
before and after, and refusing it changes nothing.
"""

import datetime
import secrets
import string
from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from minzheng.foundation.accounts.giving import check_gift, check_roles
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import rights_of, set_password
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.kernel.division import prefix

LETTERS = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")
SIGNS = "-+=@"
LENGTH = 14


def change_user(
    *,
    user: User,
    display_name: str,
    division_code: str,
    roles: Sequence[str],
    data_level: int,
    businesses: Sequence[str],
    by: User | str | None,
    at: datetime.datetime,
    ip: str | None = None,
) -> User:
    """Give an account another name, division, level, other roles or businesses (修改账号); in force with its next request.

    Raises ``ValidationError``.
    """
    check_roles(roles)
    with transaction.atomic():
        held = _held(user, by)
        before = rights_of(held)
        check_gift(by=by, division_code=division_code, data_level=data_level, businesses=businesses)
        held.display_name, held.division_code, held.data_level = (
            display_name.strip(),
            division_code,
            data_level,
        )
        held.roles, held.businesses = sorted(set(roles)), sorted(set(businesses))
        held.full_clean(exclude=["password"])
        _someone_must_manage(held)
        held.save(update_fields=["display_name", "division_code", "data_level", "roles", "businesses"])
        _record("change", held, by, at, ip, {"before": before, "after": rights_of(held)})
    return held


def disable_user(*, user: User, by: User | str | None, at: datetime.datetime, ip: str | None = None) -> User:
    """Close an account; its sessions end with their next request, what it did keeps its name (停用账号)."""
    with transaction.atomic():
        held = _held(user, by)
        held.is_active = False
        _someone_must_manage(held)
        held.save(update_fields=["is_active"])
        _record("disable", held, by, at, ip)
    return held


def close_moved(*, division_code: str, moved_to: str, by: User | str | None, at: datetime.datetime) -> int:
    """Close the accounts of a county that works at a node of its own now; each is told where (账号随县迁出). Returns how many."""
    with transaction.atomic():
        held = list(
            User.objects.select_for_update().filter(
                division_code__startswith=prefix(division_code), is_active=True
            )
        )
        for one in held:
            one.is_active, one.moved_to = False, moved_to[:200]
            one.save(update_fields=["is_active", "moved_to"])
            _record("moved_away", one, by, at, None)
    return len(held)


def enable_user(*, user: User, by: User | str | None, at: datetime.datetime, ip: str | None = None) -> User:
    """Open a closed account again (启用账号)."""
    with transaction.atomic():
        held = _held(user, by)
        held.is_active, held.moved_to = True, ""
        held.save(update_fields=["is_active", "moved_to"])
        _record("enable", held, by, at, ip)
    return held


def unlock_user(*, user: User, by: User | str | None, at: datetime.datetime, ip: str | None = None) -> User:
    """Let a locked account try again before its time (解除锁定)."""
    with transaction.atomic():
        held = _held(user, by)
        held.failed_logins, held.locked_until = 0, None
        held.save(update_fields=["failed_logins", "locked_until"])
        _record("unlock", held, by, at, ip)
    return held


def reset_password(*, user: User, by: User | str | None, at: datetime.datetime, ip: str | None = None) -> str:
    """A drawn password, to be handed over once and changed at the next login (重置密码); it is kept nowhere in clear."""
    with transaction.atomic():
        held = _held(user, by)
        drawn = draw_password()
        set_password(user=held, password=drawn, by=by, must_change=True, ip=ip, at=at)
    return drawn


def draw_password() -> str:
    """A password that the rules accept (随机密码)."""
    while True:
        drawn = "".join(secrets.choice(LETTERS) for _ in range(LENGTH - 1)) + secrets.choice(SIGNS)
        try:
            validate_password(drawn)
        except ValidationError:
            continue
        return drawn


def _held(user: User, by: User | str | None) -> User:
    """The account, locked for the change. Raises ``ValidationError`` where it is not for ``by`` to touch."""
    held = User.objects.select_for_update().get(pk=user.pk)
    if isinstance(by, User):
        if by.pk == held.pk:
            raise ValidationError("不能修改自己的账号, 请由另一位系统管理员办理", code="own")
        check_gift(
            by=by, division_code=held.division_code, data_level=held.data_level, businesses=held.businesses
        )
    return held


def _someone_must_manage(held: User) -> None:
    """The last administrator stays one: nobody could put it right again from the pages."""
    managing = User.objects.filter(pk=held.pk, is_active=True, roles__contains=[Role.ADMINISTRATOR]).exists()
    if not managing or (held.is_active and Role.ADMINISTRATOR in held.roles):
        return
    others = User.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR]).exclude(pk=held.pk)
    if not others.exists():
        raise ValidationError("这是最后一个系统管理员账号, 不能停用或取消其角色", code="last")


def _record(
    act: str, held: User, by: User | str | None, at: datetime.datetime, ip: str | None, detail: dict[str, object] | None = None
) -> None:  # fmt: skip
    record(
        by=by, action=f"account.{act}", object_kind="user", object_id=held.pk,
        detail={"username": held.username} | (detail or {}), ip=ip, at=at,
    )  # fmt: skip
