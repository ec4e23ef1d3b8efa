"""What a subscriber wants of what he is granted (筛选), said as data: kinds of change, elements, codes, a division."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minzheng.foundation.access.scope import Scope
from minzheng.kernel import division
from minzheng.sharing.grants.granted.reading import data_set_of, granted_fields, scope_of
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.services.asking import checked_condition
from minzheng.sharing.grants.terms import GrantError
from minzheng.sharing.subscriptions.terms import KINDS, SubscriptionError

PARTS = {"kinds", "fields", "codes", "division"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it is kept (筛选): what is left empty bounds nothing beyond the grant.

    ``fields``: the elements told of, and a row is told only when one of them has changed; ``codes``: element → codes that a row
    must bear.
    """

    kinds: tuple[str, ...] = KINDS
    fields: tuple[str, ...] = ()
    codes: Mapping[str, Sequence[str]] | None = None
    division: str = ""

    @classmethod
    def kept(cls, said: Mapping[str, Any]) -> "Filter":
        """As it stands in the table (读取)."""
        return cls(
            tuple(said.get("kinds") or KINDS), tuple(said.get("fields") or ()), said.get("codes") or {},
            str(said.get("division") or ""),
        )  # fmt: skip

    @classmethod
    def of(cls, said: Any, grant: Grant) -> "Filter":
        """As a subscriber says it, held against the grant (核对筛选). Raises ``SubscriptionError``."""
        if not isinstance(said, Mapping) or set(said) - PARTS:
            raise SubscriptionError(f"筛选只能写 {'、'.join(sorted(PARTS))}")
        kinds, fields, codes = said.get("kinds") or KINDS, said.get("fields") or (), said.get("codes") or {}
        if not _texts(kinds) or set(kinds) - set(KINDS):
            raise SubscriptionError(f"kinds 应为 {'、'.join(KINDS)} 中的若干")
        granted = [field.name for field in granted_fields(grant)]
        if not _texts(fields) or set(fields) - set(granted):
            raise SubscriptionError("fields 只能写授权内的字段")
        if not isinstance(codes, Mapping) or not all(_texts(one) for one in codes.values()):
            raise SubscriptionError("codes 应为字段和代码的列表")
        if set(codes) - set(granted):
            raise SubscriptionError("codes 只能按授权内的字段筛选")
        if set(codes) & set(grant.masked):
            raise SubscriptionError("codes 不能按遮蔽的字段筛选")
        try:
            chosen = checked_condition(data_set_of(grant), codes)
        except GrantError as error:
            raise SubscriptionError(str(error)) from None
        return cls(
            tuple(kind for kind in KINDS if kind in kinds), tuple(name for name in granted if name in fields), chosen,
            _division(said.get("division"), grant),
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """As it is kept and shown (筛选内容)."""
        return {
            "kinds": list(self.kinds), "fields": list(self.fields), "codes": {k: list(v) for k, v in (self.codes or {}).items()},
            "division": self.division,
        }  # fmt: skip

    def scope(self, grant: Grant) -> Scope:
        """How far it reaches: the grant's scope, or a division within it (筛选范围)."""
        most = scope_of(grant)
        return Scope(self.division, most.data_level, most.businesses) if self.division else most


def _texts(said: Any) -> bool:
    return isinstance(said, list | tuple) and all(isinstance(one, str) for one in said)


def _division(said: Any, grant: Grant) -> str:
    if not said:
        return ""
    try:
        place = division.normalise(str(said))
    except ValueError as error:
        raise SubscriptionError(str(error)) from None
    if not scope_of(grant).covers(place):
        raise SubscriptionError(f"区划 {place} 超出授权范围 ({grant.division_code})")
    return place
