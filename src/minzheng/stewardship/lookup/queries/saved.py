"""A user's saved searches (常用查询): seen by that user alone."""

from dataclasses import dataclass

from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.models import SavedSearch

AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Saved:
    """A search that was kept (常用查询)."""

    id: int
    name: str
    asked: Asked


def saved_searches(scope: Scope) -> list[Saved]:
    """The user's own, by name (常用查询列表)."""
    if scope.user_id is None:
        return []
    kept = SavedSearch.objects.filter(user_id=scope.user_id).order_by("name")[:AT_MOST]
    return [Saved(one.pk, one.name, Asked.opened(one.query_cipher)) for one in kept]


def saved_search(scope: Scope, saved_id: int) -> Saved | None:
    """One of the user's own, or None (常用查询)."""
    return next((one for one in saved_searches(scope) if one.id == saved_id), None)
