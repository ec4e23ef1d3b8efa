"""Whether money hangs on it (涉及发放): feeds declare an amount; what touches such a record takes two officials."""

from collections.abc import Iterable
from uuid import UUID

from minzheng.exchange.declare import feeds
from minzheng.registry.models import PersonClaim, Source


def paying_feeds() -> set[str]:
    """Feeds whose records are payments."""
    return {feed.key for feed in feeds().values() if feed.amount is not None}


def is_paid(persons: Iterable[UUID]) -> bool:
    """Whether any record of money paid speaks of one of these persons now."""
    sources = Source.objects.filter(feed__in=paying_feeds()).values_list("id", flat=True)
    claims = PersonClaim.objects.filter(person_id__in=list(persons), recorded_to__isnull=True)
    return claims.filter(source_id__in=list(sources)).exists()
