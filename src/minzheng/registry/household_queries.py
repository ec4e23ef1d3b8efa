"""Who belongs to a household (户成员), today or as known on a day."""

from datetime import date
from uuid import UUID

from minzheng.foundation.access.scope import Scope
from minzheng.registry.models import Person, PersonClaim
from minzheng.registry.queries import believed_on, persons_in


def members_of(scope: Scope, household_id: UUID, *, known_on: date | None = None) -> list[UUID]:
    """The members whom the scope covers (户成员): of a past day those who were believed to belong then."""
    if known_on is None:
        return _now(scope, household_id)
    said = believed_on(scope, once_of(scope, household_id), known_on)
    return [one for one, values in said.items() if values.get("household_key") == household_id]


def once_of(scope: Scope, household_id: UUID) -> list[UUID]:
    """Those whom the scope covers and who belong or once belonged to it (历来成员)."""
    left = PersonClaim.objects.filter(household_id=household_id, recorded_to__isnull=False)
    covered = Person.objects.filter(persons_in(scope), pk__in=left.values("person_id"))
    once = covered.filter(superseded_by__isnull=True).values_list("id", flat=True)
    return list({*_now(scope, household_id), *once})


def _now(scope: Scope, household_id: UUID) -> list[UUID]:
    here = Person.objects.filter(persons_in(scope), household_id=household_id, superseded_by__isnull=True)
    return list(here.values_list("id", flat=True))
