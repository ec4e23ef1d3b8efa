"""What is asked of accounts (账号查询): those of the own division and below."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User

STATES = {"open": "正常", "locked": "锁定", "disabled": "停用", "first": "未改初始密码"}


def accounts(
    scope: Scope, *, text: str = "", role: str = "", state: str = "", division: str = "", business: str = ""
) -> QuerySet[User]:
    """Accounts by division and name (账号列表). ``state``: one of ``STATES``; ``division``: the beginning of a code."""
    found = User.objects.filter(division_code__startswith=scope.prefix)
    if text:
        found = found.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    if role:
        found = found.filter(roles__contains=[role])
    if division:
        found = found.filter(division_code__startswith=division)
    if business:
        found = found.filter(Q(businesses__contains=[business]) | Q(businesses=[]))
    if state:
        found = found.filter(_in_state(state))
    return found.order_by("division_code", "username")


def account_in(scope: Scope, user_id: int) -> User | None:
    """One account within the scope, or None (账号)."""
    return accounts(scope).filter(pk=user_id).first()


def account_named(scope: Scope, username: str) -> User | None:
    """The account of this name within the scope, or None (按用户名取账号)."""
    return accounts(scope).filter(username=User.normalize_username(username)).first()


def state_of(user: User) -> str:
    """One of ``STATES`` (账号状态)."""
    if not user.is_active:
        return "disabled"
    if user.locked_until and user.locked_until > timezone.now():
        return "locked"
    return "first" if user.must_change_password else "open"


def _in_state(state: str) -> Q:
    locked = Q(locked_until__gt=timezone.now())
    return {
        "disabled": Q(is_active=False),
        "locked": Q(is_active=True) & locked,
        "first": Q(is_active=True, must_change_password=True) & ~locked,
        "open": Q(is_active=True, must_change_password=False) & ~locked,
    }[state]
