"""Divisions as places (区划地点): every current division is a place of the register, counties and cities with their bounds."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Place
from minzheng.standards.queries import divisions

DIVISION_CLASS = "21000"


def ensure_division_places(*, at: datetime) -> int:
    """Add the places of divisions that have none and end those of divisions that are no more; returns how many changed.

    A division that comes back under its old code and name takes its old place again.
    """
    current = {division.code: division for division in divisions()}
    known = Place.objects.filter(class_code=DIVISION_CLASS)
    have = dict(known.filter(ended_on__isnull=True).values_list("division_code", "id"))
    ended = {(code, name): place for code, name, place in known.exclude(ended_on__isnull=True).values_list(
        "division_code", "name", "id"
    )}  # fmt: skip
    missing = [division for code, division in current.items() if code not in have]
    back = [ended[d.code, d.name] for d in missing if (d.code, d.name) in ended]
    missing = [division for division in missing if (division.code, division.name) not in ended]
    gone = [place for code, place in have.items() if code not in current]
    if not missing and not back and not gone:
        return 0
    bounds = _boundaries()
    places = [
        Place(id=uuid7(at), class_code=DIVISION_CLASS, name=d.name, division_code=d.code, shape="area",
              boundary=bounds.get(d.code), created_at=at)
        for d in missing
    ]  # fmt: skip
    with transaction.atomic():
        Place.objects.bulk_create(places, batch_size=2000, ignore_conflicts=True)
        known.filter(pk__in=back).update(ended_on=None)
        known.filter(pk__in=gone).update(ended_on=at.date())
    return len(places) + len(back) + len(gone)


def _boundaries() -> dict[str, object]:
    """Division code → geometry, of every layer's boundaries.geojson."""
    found: dict[str, object] = {}
    for path in sorted(Path(settings.PACKS_DIR).glob("*/divisions/boundaries.geojson")):
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            found[feature["properties"]["code"]] = feature["geometry"]
    return found
