"""The rule a view carries (访问规则). A view without one is refused by ``middleware.DenyByDefault``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role

View = TypeVar("View", bound=Callable[..., Any])


Gate = Callable[[HttpRequest, dict[str, Any]], HttpResponse | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a view (访问规则): anyone, any user, holders of one of ``roles``, or whom ``gate`` lets in.

    A door with a way of its own to know who comes (``web.machine``: by token) brings its gate; it opens to no account.
    """

    login: bool
    roles: frozenset[str] = frozenset()
    gate: Gate | None = None

    def admits(self, user: User) -> bool:
        """Whether a logged-in user may (是否许可)."""
        return self.gate is None and (not self.roles or user.has_role(*self.roles))


def public(view: View) -> View:
    """Anyone may, without login (公开)."""
    return _mark(view, Rule(login=False))


def authenticated(view: View) -> View:
    """Any user who is logged in may (登录即可)."""
    return _mark(view, Rule(login=True))


def requires(*roles: str) -> Callable[[View], View]:
    """Holders of any of these roles may (须具有角色之一). Raises ``ValueError`` for an unknown role."""
    unknown = set(roles) - set(Role.values)
    if unknown or not roles:
        raise ValueError(f"没有这样的角色: {', '.join(sorted(unknown)) or '(空)'}")

    def mark(view: View) -> View:
        return _mark(view, Rule(login=True, roles=frozenset(roles)))

    return mark


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """The rule a view carries, or None (视图的规则). Class-based views carry it on the class."""
    rule = getattr(view, "access_rule", None) or getattr(
        getattr(view, "view_class", None), "access_rule", None
    )
    return rule if isinstance(rule, Rule) else None


def _mark(view: View, rule: Rule) -> View:
    view.access_rule = rule  # type: ignore[attr-defined]
    return view
