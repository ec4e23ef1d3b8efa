"""What an administrator may choose from (可选项): never more than the own account covers."""

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import DataLevel, Role
from minzheng.standards import queries
from minzheng.standards.errors import UnknownStandardError

Choices = list[tuple[str, str]]
BUSINESSES = "BUSINESS_DOMAIN"
INDENT = {"province": "", "city": "　", "county": "　　"}


def divisions(scope: Scope) -> Choices:
    """The user's own division and those below it, down to the county (区划选项)."""
    try:
        own = queries.division_tree().get(scope.division_code)
        below = [
            one
            for level in ("city", "county")
            for one in queries.divisions(under=scope.division_code, level=level)
        ]
    except UnknownStandardError:
        return [(scope.division_code, scope.division_code)]
    found = sorted({one.code: one for one in [own, *below]}.values(), key=lambda one: one.code)
    return [(one.code, f"{INDENT.get(one.level, '')}{one.name}") for one in found]


def businesses(user: User) -> Choices:
    """The businesses the user may give (业务选项)."""
    try:
        known = queries.codes(BUSINESSES)
    except UnknownStandardError:
        return [(code, code) for code in user.businesses]
    return [(one.code, one.name) for one in known if not user.businesses or one.code in user.businesses]


def levels(user: User) -> Choices:
    """The data levels up to the user's own (级别选项)."""
    return [(str(level.value), str(level.label)) for level in DataLevel if level <= user.data_level]


def roles() -> Choices:
    """All roles (角色选项)."""
    return [(str(role.value), str(role.label)) for role in Role]


def business_names(codes: list[str]) -> list[str]:
    """The names of businesses; the code where the standard does not know it (业务名称)."""
    return [queries.label(BUSINESSES, code) for code in codes]


def role_names(codes: list[str]) -> list[str]:
    """The names of roles (角色名称)."""
    return [str(Role(code).label) if code in Role.values else code for code in codes]
