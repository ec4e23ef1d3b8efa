"""What was known on a day (某日所知): of claims, by when they were recorded and when they were closed."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from minzheng.registry.models import PersonClaim


def end_of(day: date) -> datetime:
    """The moment a day ends here: what was recorded before it was known on that day (日终)."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def known_by(claims: Any, known_on: date | None) -> Any:
    """Of some claims those known at the end of a day, today if none is said: recorded by then, not yet closed (某日所知主张)."""
    if known_on is None:
        return claims.filter(recorded_to__isnull=True)
    end = end_of(known_on)
    return claims.filter(recorded_from__lt=end).filter(
        Q(recorded_to__isnull=True) | Q(recorded_to__gte=end, recorded_to__gt=F("recorded_from"))
    )


def still_of(claims: Any) -> Any:
    """Of some claims of persons those that did not turn out to be another's (未另归他人的主张).

    A claim that was closed because its link was wrong says nothing of the person it was taken from: its statement stands
    for another, or stood when this one was closed. Looked up by its digest, or among those of its household.
    """
    same = PersonClaim.objects.filter(
        batch_id=OuterRef("batch_id"), row_no=OuterRef("row_no"), role=OuterRef("role")
    ).exclude(person_id=OuterRef("person_id"))
    now = same.filter(digest=OuterRef("digest"), recorded_to__isnull=True)
    then = same.filter(
        household_id=OuterRef("household_id"), recorded_from__lte=OuterRef("recorded_to"),
        recorded_to__gt=OuterRef("recorded_to"),
    )  # fmt: skip
    return claims.exclude(Exists(now)).exclude(Exists(then))
