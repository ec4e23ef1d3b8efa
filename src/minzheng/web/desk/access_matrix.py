"""Which role opens which address (权限矩阵), read from the addresses and the rules on their views: it can't say otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from minzheng.foundation.access.rules import rule_of
from minzheng.foundation.accounts.terms import Role

TERM = re.compile(r"\(([^()]*[一-鿿][^()]*)\)")


@dataclass(frozen=True, slots=True)
class Page:
    """An address of the product (网址): ``roles`` empty with ``login`` is any account, without it anyone."""

    place: str
    name: str
    label: str
    login: bool
    roles: tuple[str, ...]

    def admits(self, role: str) -> bool:
        """Whether an account of this role alone may open it (是否可用)."""
        return not self.roles or role in self.roles

    def as_dict(self) -> dict[str, Any]:
        """As plain data (数据)."""
        return {
            "address": self.place,
            "name": self.name,
            "label": self.label,
            "login": self.login,
            "roles": {role: self.admits(role) for role in Role.values},
        }


@cache
def pages() -> tuple[Page, ...]:
    """Every address that carries a rule, in their order (全部网址); one without is refused to all and is not listed.

    Nor is one that opens to systems and to no account.
    """
    found = []
    for place, name, pattern in _patterns(get_resolver()):
        rule = rule_of(pattern.callback)
        if rule is not None and rule.gate is None:
            order = tuple(str(role) for role in Role.values if role in rule.roles)
            found.append(Page(f"/{place}", name, _label(pattern.callback), rule.login, order))
    return tuple(found)


def _patterns(
    resolver: URLResolver, before: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    for entry in resolver.url_patterns:
        place = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _patterns(entry, place, inner)
        else:
            yield place, f"{space}{entry.name or ''}", entry


def _label(view: Any) -> str:
    """The Chinese term a view's description ends with."""
    said = (getattr(view, "__doc__", "") or "").strip().split("\n\n")[0]
    terms = TERM.findall(said)
    return terms[-1] if terms else said.split("\n")[0]
