"""Who belongs to a household (户成员), today or as known on a day."""

from datetime import date
from uuid import UUID

from minzheng.foundation.access.scope import Scope
from minzheng.registry.models import Person, PersonClaim
from minzheng.registry.queries import believed_on, persons_in


def members_of(scope: Scope, household_id: UUID, *, known_on: date | None = None) -> list[UUID]:
    """The members whom the scope covers (户成员): of a past day those who were believed to belong then."""
    here = Person.objects.filter(persons_in(scope), household_id=household_id, superseded_by__isnull=True)
    now = list(here.values_list("id", flat=True))
    if known_on is None:
        return now
    left = PersonClaim.objects.filter(household_id=household_id, recorded_to__isnull=False)
    once = {*now, *left.values_list("person_id", flat=True)}
    said = believed_on(scope, once, known_on)
    return [one for one, values in said.items() if values.get("household_key") == household_id]
