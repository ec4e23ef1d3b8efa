"""Where persons, households, organisations and places lie (所在), today or as known on a day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import open_text
from minzheng.registry.household_queries import members_of, once_of
from minzheng.registry.models import Household, Person, Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.registry.queries import believed_on, persons_in
from minzheng.stewardship.lookup.located import Located, located
from minzheng.stewardship.lookup.queries.organisation_pages import believed_of
from minzheng.stewardship.lookup.queries.places import places_in

Where = tuple[Located, ...]


def where_person(scope: Scope, person_id: UUID, *, known_on: date | None = None) -> Where | None:
    """Where a person is registered and where the person lives, or None outside the scope (人员所在)."""
    if not Person.objects.filter(persons_in(scope), pk=person_id).exists():
        return None
    said = _said(scope, [person_id], known_on).get(person_id, {})
    return _told(
        _at("户籍地", said.get("hukou_division_code"), said.get("hukou_address"), known_on),
        _at("现居地", None, said.get("residence_address"), known_on),
    )


def where_household(scope: Scope, household_id: UUID, *, known_on: date | None = None) -> Where | None:
    """Where a household is registered, by its head where the scope covers the head (户所在); None outside the scope."""
    household = Household.objects.filter(pk=household_id).first()
    if household is None or not once_of(scope, household_id):
        return None
    members = members_of(scope, household_id, known_on=known_on)
    heads = Person.objects.filter(pk__in=members, id_number_blind=household.key_blind)
    said = _said(scope, list(heads.values_list("id", flat=True)), known_on)
    head = next(iter(said.values()), {})
    division = head.get("hukou_division_code") or (household.division_code if known_on is None else None)
    return _told(
        _at("户籍地", division, head.get("hukou_address"), known_on),
        _at("户主现居地", None, head.get("residence_address"), known_on),
    )


def where_organisation(scope: Scope, organisation_id: UUID, *, known_on: date | None = None) -> Where | None:
    """Where an organisation has its seat, with its point where the register of places knows it (机构所在)."""
    said = believed_of(scope, organisation_id, known_on=known_on)
    if said is None:
        return None
    seat = _seen("住所", said.get("division_code"), said.get("address") or "", known_on)
    if seat is None or known_on is not None or not seat.code:
        return _told(seat)
    same = Place.objects.filter(
        places_in(scope), name=said.get("name"), division_code__startswith=seat.code[:6]
    )
    point = same.filter(ended_on__isnull=True, longitude__isnull=False).values_list("id", flat=True).first()
    return _told(_with_point(seat, point))


def where_place(scope: Scope, place_id: UUID, *, known_on: date | None = None) -> Where | None:
    """Where a facility lies, or what is drawn for a division (地点所在); None outside the scope."""
    place = Place.objects.filter(places_in(scope), pk=place_id).defer("boundary").first()
    if place is None:
        return None
    itself = place.class_code == DIVISION_CLASS
    day = known_on or (place.ended_on - timedelta(days=1) if place.ended_on else None)
    seat = _seen("区划" if itself else "所在区划", place.division_code, "", day, itself=itself)
    return _told(_with_point(seat, place.id if place.longitude is not None else None))


def _said(scope: Scope, ids: list[UUID], known_on: date | None) -> dict[UUID, dict[str, Any]]:
    """Person → division and sealed addresses as believed."""
    if known_on is not None:
        return believed_on(scope, ids, known_on)
    rows = Person.objects.filter(persons_in(scope), pk__in=ids).values_list(
        "id", "hukou_division_code", "hukou_address_cipher", "residence_address_cipher"
    )
    names = ("hukou_division_code", "hukou_address", "residence_address")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _at(label: str, stated: str | None, cipher: Any, known_on: date | None) -> Located | None:
    return _seen(label, stated, open_text("address", cipher) or "", known_on)


def _seen(
    label: str, stated: str | None, address: str, known_on: date | None, *, itself: bool = False
) -> Located | None:
    return located(label, stated, address=address, on=known_on, today=timezone.localdate(), itself=itself)


def _with_point(seat: Located | None, point: UUID | None) -> Located | None:
    if seat is None or point is None:
        return seat
    return Located(seat.label, seat.name, seat.code, seat.areas, "按登记的坐标标出，坐标仅供示意", point)


def _told(*found: Located | None) -> Where:
    return tuple(one for one in found if one is not None)
