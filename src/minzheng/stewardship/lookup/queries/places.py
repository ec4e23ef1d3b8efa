"""Places by name or division code (查地点): divisions and facilities.

A part of a name is found by the index on a name's characters; whether they stand together is checked on what that leaves.
"""

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value

from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry.models import Place
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.reading import Found, PlaceHit, page_found
from minzheng.stewardship.lookup.terms import LEADS_TO, Kind, Typed

PAGE = 30
CHARACTERS = Func(F("name"), Value(None), function="string_to_array", output_field=ArrayField(TextField()))


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
        characters = list(dict.fromkeys(recognised.text))
        found = found.alias(characters=CHARACTERS).filter(characters__contains=characters)  # type: ignore[misc]  # an alias is unknown to the stubs
        found = found.filter(name__contains=recognised.text)
    if asked.division:
        found = found.filter(division_code__startswith=prefix(asked.division))
    if after is not None and len(after.key) == 2:
        code, last_id = after.key
        found = found.filter(Q(division_code__gt=code) | Q(division_code=code, id__gt=last_id))
    columns = found.order_by("division_code", "id").values_list(
        "id", "name", "class_code", "division_code", "ended_on"
    )
    page = page_found(
        list(columns[: size + 1]), size, after, key=lambda row: (row[3] or "", str(row[0])), about=found.count
    )
    return replace(page, hits=tuple(PlaceHit(*row) for row in page.hits))
