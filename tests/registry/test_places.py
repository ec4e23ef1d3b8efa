"""Every current division is a place, once, however often one looks."""

import pytest
from django.db.models import Count
from tests.node import Node
from tests.registry.claims import moment

from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS, ensure_division_places
from minzheng.standards.queries import divisions

AT = moment("2026-03-05 09:00")
LATER = moment("2026-04-05 09:00")


@pytest.fixture
def places(node: Node) -> int:
    return ensure_division_places(at=AT)


def test_every_division_is_a_place_and_the_second_time_nothing_changes(places: int) -> None:
    current = {d.code: d.name for d in divisions()}
    assert places == len(current) == Place.objects.count() > 25_000
    assert dict(Place.objects.values_list("division_code", "name")) == current
    assert not Place.objects.exclude(class_code=DIVISION_CLASS, shape="area", ended_on=None).exists()
    shaped = set(Place.objects.filter(boundary__isnull=False).values_list("division_code", flat=True))
    assert len(shaped) >= 90 + 11 and shaped <= set(current)
    before = set(Place.objects.values_list("id", flat=True))
    assert ensure_division_places(at=LATER) == 0
    assert set(Place.objects.values_list("id", flat=True)) == before

    # One is missing, one is no more, one had ended and is back, a facility is none of its business.
    Place.objects.filter(division_code="330106002").delete()
    Place.objects.filter(division_code="330106").update(ended_on=AT.date())
    gone = Place.objects.create(
        id=uuid7(AT),
        class_code=DIVISION_CLASS,
        name="江干区",
        division_code="330104",
        shape="area",
        created_at=AT,
    )
    home = Place.objects.create(
        id=uuid7(AT),
        class_code="11000",
        name="西湖区福利院",
        division_code="330104",
        shape="point",
        created_at=AT,
    )
    assert ensure_division_places(at=LATER) == 3
    for place in (gone, home):
        place.refresh_from_db()
    assert (gone.ended_on, home.ended_on) == (LATER.date(), None)
    assert Place.objects.get(division_code="330106", class_code=DIVISION_CLASS).ended_on is None
    assert Place.objects.filter(division_code="330106002", ended_on=None).count() == 1
    assert ensure_division_places(at=LATER) == 0
    twice = Place.objects.filter(ended_on=None, class_code=DIVISION_CLASS).values("division_code")
    assert not twice.annotate(n=Count("id")).filter(n__gt=1).exists()
