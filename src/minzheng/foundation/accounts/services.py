"""What is done with accounts (账号办理): made, let in, locked, given a new password. Every act is audited."""

import datetime
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from minzheng.foundation.accounts.giving import check_gift, check_roles
from minzheng.foundation.accounts.models import PasswordHistory, User
from minzheng.foundation.audit.services import record

FAILURES_BEFORE_LOCK = 5
LOCKED_FOR = datetime.timedelta(minutes=15)


class MovedAwayError(ValueError):
    """The account's county has a node of its own now; says where, in Chinese (账号已迁出)."""


def create_user(
    *,
    username: str,
    password: str,
    display_name: str,
    division_code: str,
    roles: list[str],
    data_level: int = 2,
    businesses: Sequence[str] = (),
    must_change_password: bool = True,
    by: User | str | None = None,
    ip: str | None = None,
    at: datetime.datetime | None = None,
) -> User:
    """Make an account (新建账号). ``businesses`` none: every business.

    Raises ``ValidationError`` for a weak password, an unknown role, two roles that are held apart, and for more than
    whoever makes it may give (``giving``).
    """
    at = at or timezone.now()
    check_roles(roles)
    check_gift(by=by, division_code=division_code, data_level=data_level, businesses=businesses)
    user = User(
        username=User.objects.model.normalize_username(username),
        display_name=display_name,
        division_code=division_code,
        roles=sorted(set(roles)),
        data_level=data_level,
        businesses=sorted(set(businesses)),
        created_at=at,
    )
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        _store_password(user, password, must_change=must_change_password, at=at)
        record(
            by=by,
            action="account.create",
            object_kind="user",
            object_id=user.pk,
            detail={"username": username} | rights_of(user),
            ip=ip,
            at=at,
        )
    return user


def set_password(
    *,
    user: User,
    password: str,
    by: User | str | None,
    must_change: bool = False,
    ip: str | None = None,
    at: datetime.datetime | None = None,
) -> None:
    """Give a new password and lift a lock (设置密码). Raises ``ValidationError`` if the rules refuse it."""
    at = at or timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two changes at once must both see the history
        _store_password(user, password, must_change=must_change, at=at)
        record(by=by, action="account.password", object_kind="user", object_id=user.pk, ip=ip, at=at)


def authenticate(
    *, username: str, password: str, ip: str | None = None, at: datetime.datetime | None = None
) -> User | None:
    """The user if name and password are right and the account is open, else None (验证登录).

    Five failures lock the account for fifteen minutes, and the right password does not open it before
    (GB/T 22239-2019 8.1.4.1). A name that does not exist costs the same time and gets the same answer as a wrong password.
    ``MovedAwayError`` for the right password of an account whose county has moved to a node of its own.
    """
    at = at or timezone.now()
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username=User.normalize_username(username)).first()
        if user is None:
            make_password(password)
            _refuse(None, "unknown", ip, at)
            return None
        right = user.check_password(password)
        if user.locked_until and user.locked_until > at:
            _refuse(user, "locked", ip, at)
            return None
        moved = user.moved_to if right and not user.is_active else ""
        if not user.is_active:
            _refuse(user, "moved" if moved else "disabled", ip, at)
        if not user.is_active and not moved:
            return None
        if not right:
            _count_failure(user, at)
            _refuse(user, "wrong", ip, at)
            return None
        if not moved:
            user.failed_logins, user.locked_until, user.last_login = 0, None, at
            user.save(update_fields=["failed_logins", "locked_until", "last_login"])
            record(by=user, action="account.login", object_kind="user", object_id=user.pk, ip=ip, at=at)
            return user
    raise MovedAwayError(f"本县的业务已迁到本县自己的节点, 请到那里登录: {moved}")


def logged_out(*, user: User, ip: str | None = None, at: datetime.datetime | None = None) -> None:
    """Keep that a user left (退出登录)."""
    record(by=user, action="account.logout", object_kind="user", object_id=user.pk, ip=ip, at=at)


def rights_of(user: User) -> dict[str, object]:
    """What an account may, as the audit keeps it (账号权限)."""
    return {
        "division_code": user.division_code,
        "roles": list(user.roles),
        "level": user.data_level,
        "businesses": list(user.businesses),
    }


def _store_password(user: User, password: str, *, must_change: bool, at: datetime.datetime) -> None:
    validate_password(password, user)
    user.set_password(password)
    user.password_changed_at, user.must_change_password = at, must_change
    user.failed_logins, user.locked_until = 0, None
    user.save()
    PasswordHistory.objects.create(user=user, password=user.password, set_at=at)


def _count_failure(user: User, at: datetime.datetime) -> None:
    expired = user.locked_until is not None and user.locked_until <= at
    user.failed_logins = 1 if expired else user.failed_logins + 1
    user.locked_until = at + LOCKED_FOR if user.failed_logins >= FAILURES_BEFORE_LOCK else None
    user.save(update_fields=["failed_logins", "locked_until"])


def _refuse(user: User | None, why: str, ip: str | None, at: datetime.datetime) -> None:
    """Audited with the reason, while the caller always gets the same answer.

    A name that does not exist is not kept: it may be a password typed into the wrong box.
    """
    record(
        by=user,
        action="account.login",
        object_kind="user",
        object_id=user.pk if user else "",
        result="refused",
        detail={"reason": why},
        ip=ip,
        at=at,
    )
