"""Entries that turned out to be another's (并入): everyone an entry stands for, and who an entry stands for today."""

from collections.abc import Iterable
from uuid import UUID

from minzheng.registry.models import Organisation, Person

Entries = type[Person] | type[Organisation]


def entries_of(ids: Iterable[UUID], *, among: Entries = Person) -> dict[UUID, UUID]:
    """Every entry that turned out to be one of these, step by step, and they themselves → the one of these (所含条目)."""
    found = {one: one for one in ids}
    step = list(found)
    while step:
        gone = among._default_manager.filter(superseded_by__in=step).values_list("id", "superseded_by")
        step = []
        for entry, successor in gone:
            if successor is not None and entry not in found:
                found[entry] = found[successor]
                step.append(entry)
    return found


def standing_for(ids: Iterable[UUID], *, among: Entries = Person) -> dict[UUID, UUID]:
    """Who each of these entries is today, to the end of the chain (现为); one that was never entered in another is itself."""
    now = {one: one for one in ids}
    seen = set[UUID]()
    while asked := set(now.values()) - seen:
        seen |= asked
        gone = among._default_manager.filter(pk__in=asked, superseded_by__isnull=False)
        step = dict(gone.values_list("id", "superseded_by"))
        now = {one: step.get(last) or last for one, last in now.items()}
    return now
