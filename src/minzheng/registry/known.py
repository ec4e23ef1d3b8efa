"""What was known on a day (某日所知): of claims, by when they were recorded and when they were closed."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone


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
