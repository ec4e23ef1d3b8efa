"""Places by name or division code (查地点): divisions and facilities.

There are some thirty thousand divisions in a province and fewer facilities, so a part of a name is looked for among all of
them within the scope.
"""

from django.db.models import Q

from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry.models import Place
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.reading import Found, PlaceHit, page_of, rounded
from minzheng.stewardship.lookup.terms import LEADS_TO, Kind, Typed

PAGE = 30


def places_in(scope: Scope) -> Q:
    """Which places a scope covers (辖区内地点)."""
    return Q(division_code__startswith=scope.prefix)


def find_places(
    scope: Scope, asked: Asked, *, after: Cursor | None = None, size: int = PAGE
) -> Found[PlaceHit]:
    """A page of the places a question means, by division code, those that are no more left out (查地点)."""
    recognised = asked.recognised
    found = Place.objects.filter(places_in(scope), ended_on__isnull=True)
    if Kind.PLACES not in LEADS_TO[recognised.kind]:
        found = found.none()
    elif recognised.kind == Typed.DIVISION:
        found = found.filter(division_code=recognised.text)
    else:
        found = found.filter(name__contains=recognised.text)
    if asked.division:
        found = found.filter(division_code__startswith=prefix(asked.division))
    if after is not None and len(after.key) == 2:
        code, last_id = after.key
        found = found.filter(Q(division_code__gt=code) | Q(division_code=code, id__gt=last_id))
    columns = found.order_by("division_code", "id").values_list(
        "id", "name", "class_code", "division_code", "ended_on"
    )
    shown, more = page_of(list(columns[: size + 1]), size)
    page = after.page if after else 1
    seen = (page - 1) * size + len(shown)
    estimate = seen if not more else (after.estimate if after else rounded(found.count()))
    last = Cursor((shown[-1][3] or "", str(shown[-1][0])), estimate, page + 1) if more else None
    return Found(tuple(PlaceHit(*row) for row in shown), estimate, not more, page, last)
