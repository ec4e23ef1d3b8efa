"""A place whole (地点综合信息): where it lies, what lies in it, how many there are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from minzheng.exchange.declare import feeds
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import prefix
from minzheng.registry.known import end_of, known_by
from minzheng.registry.models import Organisation, Person, Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.registry.queries import persons_in
from minzheng.registry.wording import Wording
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import DivisionChangeSpec, DivisionSpec, division_tree
from minzheng.stewardship.lookup.counting import Count, about
from minzheng.stewardship.lookup.queries.organisations import organisations_in
from minzheng.stewardship.lookup.queries.places import places_in
from minzheng.stewardship.lookup.reading import PlaceHit, place_kind

LISTED = 100


@dataclass(frozen=True, slots=True)
class Near:
    """Another place by name (相关地点); ``id`` where it has a page within the scope."""

    name: str
    kind: str
    id: UUID | None


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place (地点综合信息). ``counts``: label → how many, in or at it."""

    id: UUID
    name: str
    kind: str
    division_code: str | None
    is_division: bool
    path: tuple[Near, ...]
    below: tuple[Near, ...]
    facilities: tuple[Near, ...]
    counts: tuple[tuple[str, Count], ...]
    point: tuple[float, float] | None
    entered_at: datetime
    ended_on: date | None
    spans: tuple[DivisionSpec, ...]
    changes: tuple[DivisionChangeSpec, ...]


def place_record(scope: Scope, place_id: UUID, *, known_on: date | None = None) -> PlaceRecord | None:
    """One place, or None where there is none within the scope (地点综合信息).

    ``known_on`` gives the divisions of that day and what was registered by then. How many persons and organisations there
    were then is not told: it would have to be counted from every claim.
    """
    place = Place.objects.filter(places_in(scope), pk=place_id).defer("boundary").first()
    if place is None:
        return None
    is_division = place.class_code == DIVISION_CLASS
    code = place.division_code or ""
    path = _path(code, known_on)
    below = division_tree().children(code, on=known_on) if is_division and path else []
    name = path[-1].name if is_division and path and known_on else place.name
    path = path[:-1] if is_division else path
    words = Wording()
    return PlaceRecord(
        id=place_id,
        name=name,
        kind=place_kind(words, place.class_code),
        division_code=place.division_code,
        is_division=is_division,
        path=tuple(_divisions(scope, path, known_on)),
        below=tuple(_divisions(scope, below, known_on)),
        facilities=tuple(_facilities(scope, code, words, known_on)) if is_division else (),
        counts=tuple(_counts(scope, place, known_on)),
        point=(place.longitude, place.latitude) if place.longitude and place.latitude else None,
        entered_at=place.created_at,
        ended_on=place.ended_on,
        spans=tuple(_spans(code, known_on)) if is_division else (),
        changes=tuple(_changes(code, known_on)) if is_division else (),
    )


def division_place(scope: Scope, code: str) -> UUID | None:
    """The place of a division within the scope, or None (区划地点)."""
    found = Place.objects.filter(places_in(scope), class_code=DIVISION_CLASS, division_code=code)
    return found.filter(ended_on__isnull=True).values_list("id", flat=True).first()


def place_hit(scope: Scope, place_id: UUID) -> PlaceHit | None:
    """One place in brief, or None where there is none within the scope (地点)."""
    found = Place.objects.filter(places_in(scope), pk=place_id)
    row = found.values_list("id", "name", "class_code", "division_code", "ended_on").first()
    return PlaceHit(*row) if row else None


def _path(code: str, on: date | None) -> list[DivisionSpec]:
    try:
        return division_tree().path(code, on=on)
    except UnknownStandardError:
        return []


def _spans(code: str, on: date | None) -> Iterable[DivisionSpec]:
    """Under which names the code stood, up to the day."""
    for span in division_tree().spans(code):
        if on is None:
            yield span
        elif (span.effective_from or date.min) <= on:
            yield span if span.effective_to and span.effective_to <= on else replace(span, effective_to=None)


def _changes(code: str, on: date | None) -> Iterable[DivisionChangeSpec]:
    """What became of it and what it came from, up to the day."""
    for change in division_tree().changes:
        if code in (change.from_code, change.to_code) and not (on and change.changed_on > on):
            yield change


def _divisions(scope: Scope, specs: list[DivisionSpec], on: date | None) -> Iterable[Near]:
    """Those that are places now; of a past day all, by the name they had, with a page where that name was a place's."""
    rows = Place.objects.filter(class_code=DIVISION_CLASS, division_code__in=[spec.code for spec in specs])
    rows = rows.filter(ended_on__isnull=True) if on is None else rows
    known = {
        (code, name): place_id for code, name, place_id in rows.values_list("division_code", "name", "id")
    }
    names = {key[0]: key[1] for key in known}
    for spec in specs:
        name = spec.name if on else names.get(spec.code)
        if name:
            within = spec.code.startswith(scope.prefix)
            yield Near(name, "", known.get((spec.code, name)) if within else None)


def _facilities(scope: Scope, code: str, words: Wording, on: date | None) -> Iterable[Near]:
    found = Place.objects.filter(places_in(scope), division_code__startswith=prefix(code))
    if on is None:
        found = found.filter(ended_on__isnull=True)
    else:
        standing = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
        found = found.filter(standing, created_at__lt=end_of(on))
    rows = found.exclude(class_code=DIVISION_CLASS).order_by("name").values_list("id", "name", "class_code")
    return [Near(name, place_kind(words, kind), place_id) for place_id, name, kind in rows[:LISTED]]


def _counts(scope: Scope, place: Place, on: date | None) -> Iterable[tuple[str, Count]]:
    if place.class_code != DIVISION_CLASS:
        return _at_facility(scope, place.id, on)
    return _in_division(scope, place.division_code or "") if on is None else ()


def _in_division(scope: Scope, code: str) -> Iterable[tuple[str, Count]]:
    start = prefix(code)
    persons = Person.objects.filter(
        persons_in(scope), hukou_division_code__startswith=start, superseded_by__isnull=True
    )
    organisations = Organisation.objects.filter(
        organisations_in(scope), division_code__startswith=start, superseded_by__isnull=True
    )
    yield "户籍人员", about(persons)
    yield "机构", about(organisations)


def _at_facility(scope: Scope, place_id: UUID, on: date | None) -> Iterable[tuple[str, Count]]:
    """The dealings that happened there, of the feeds that tell of a place."""
    for feed in feeds().values():
        if feed.place is not None and feed.record is not None and scope.allows_business(feed.business_code):
            there = {"place_id": place_id, "division_code__startswith": scope.prefix}
            at = feed.record._default_manager.filter(**there)
            yield feed.label, about(known_by(at, on))
