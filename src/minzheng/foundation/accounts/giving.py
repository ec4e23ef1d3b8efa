"""What one may give to an account (授权范围): never more than one has, never two roles that are held apart."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import HELD_APART, Role
from minzheng.kernel.division import normalise, prefix


def check_roles(roles: Iterable[str]) -> None:
    """Raises ``ValidationError`` for no role, an unknown one, or two that are held apart (三员分立)."""
    unknown = set(roles) - set(Role.values)
    if unknown:
        raise ValidationError(f"没有这样的角色: {', '.join(sorted(unknown))}", code="unknown_role")
    if len(HELD_APART & set(roles)) > 1:
        raise ValidationError("系统管理员、安全管理员、审计管理员不得由同一账号兼任", code="roles_held_apart")


def check_gift(
    *, by: User | str | None, division_code: str, data_level: int, businesses: Iterable[str]
) -> None:
    """Raises ``ValidationError`` where more is given than the giver covers (不得超出授权人的范围).

    A user gives within the own division, up to the own level and of the own businesses; the node and whoever sits at its
    command line give what the node serves.
    """
    try:
        whole = normalise(division_code)
    except ValueError as error:
        raise ValidationError(str(error), code="division") from error
    if whole != division_code:
        raise ValidationError(f"区划代码应写作 {whole}", code="division")
    if not division_code.startswith(prefix(settings.NODE_DIVISION_CODE)):
        raise ValidationError(f"区划 {division_code} 不在本节点范围内", code="outside")
    if not isinstance(by, User):
        return
    if not division_code.startswith(prefix(by.division_code)):
        raise ValidationError(f"区划 {division_code} 不在您的管辖范围内", code="outside")
    if data_level > by.data_level:
        raise ValidationError("数据级别不得高于您自己的数据级别", code="level")
    if by.businesses and (not set(businesses) or not set(businesses) <= set(by.businesses)):
        raise ValidationError("业务范围不得超出您自己的业务范围", code="businesses")
