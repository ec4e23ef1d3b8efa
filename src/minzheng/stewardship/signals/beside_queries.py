"""Signals seen from a page (某页的线索): of a person, a household, an organisation, a place; today or as they stood on a day.

Of a past day: those raised by then, in the state and with the amount they had then. What they said then is not kept
apart from what they say now.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import BooleanField, Min, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.scope import Scope
from minzheng.registry.household_queries import members_of
from minzheng.registry.known import end_of
from minzheng.registry.models import Organisation, OrganisationClaim
from minzheng.registry.superseding import entries_of
from minzheng.stewardship.signals.models import Signal, SignalEvent
from minzheng.stewardship.signals.queries import NEVER, Wanted, signals
from minzheng.stewardship.signals.terms import OPEN, State

MOST = 100
REGISTRATIONS = 100
ORDER = {State.NEW: 0, State.CONFIRMED: 1, State.CLOSED: 2, State.DISCARDED: 3}


def of_person(scope: Scope, person_id: UUID, *, known_on: date | None = None) -> list[Signal]:
    """A person's signals within the scope, open ones first; under whichever entry they were raised (某人的线索)."""
    return _open_first(scope, Q(person_ids__overlap=list(entries_of([person_id]))), known_on)


def of_household(scope: Scope, household_id: UUID, *, known_on: date | None = None) -> list[Signal]:
    """The signals of those members of a household whom the scope covers (某户的线索)."""
    members = entries_of(members_of(scope, household_id, known_on=known_on))
    return _open_first(scope, Q(person_ids__overlap=list(members)), known_on)


def of_organisation(scope: Scope, organisation_id: UUID, *, known_on: date | None = None) -> list[Signal]:
    """The signals of an organisation, and those that rest on its registrations (某机构的线索)."""
    entries = list(entries_of([organisation_id], among=Organisation))
    claims = OrganisationClaim.objects.filter(organisation_id__in=entries, record_id__isnull=False)
    records = list(claims.values_list("record_id", flat=True).distinct()[:REGISTRATIONS])
    return _open_first(scope, Q(subject_id__in=entries) | Q(record_ids__overlap=records), known_on)


def of_division(scope: Scope, code: str, *, known_on: date | None = None) -> list[Signal]:
    """The open signals of a division, the newest first, at most ``MOST`` (某区划的线索)."""
    found = signals(scope, Wanted(division=code), today=NEVER)
    if known_on is None:
        return list(found.filter(state__in=OPEN).order_by("-raised_at", "-id")[:MOST])
    return [one for one in _as_stood(found, known_on) if one.state in OPEN]


def of_facility(scope: Scope, place_id: UUID, *, known_on: date | None = None) -> list[Signal]:
    """The signals of the persons whose dealings happened at a facility (某设施的线索)."""
    there = [
        _ONE_THERE.format(signals=Signal._meta.db_table, records=feed.record._meta.db_table)
        for feed in declared_in(scope)
        if feed.place is not None and feed.record is not None
    ]
    which = RawSQL(f"({' OR '.join(there) or 'false'})", [place_id] * len(there), BooleanField())  # noqa: S611 - declared names
    return _open_first(scope, Q(which), known_on)


# Asked from the signals' side: they are few, a crematory's records many.
_ONE_THERE = """EXISTS (SELECT FROM registry_personclaim c JOIN {records} r ON r.id = c.record_id
    WHERE c.person_id = ANY ({signals}.person_ids) AND r.place_id = %s)"""


def _open_first(scope: Scope, which: Q, known_on: date | None) -> list[Signal]:
    found = signals(scope, Wanted(), today=NEVER).filter(which)
    rows = list(found.order_by("-raised_at")[:MOST]) if known_on is None else _as_stood(found, known_on)
    return sorted(rows, key=lambda s: ORDER[State(s.state)])


def _as_stood(found: QuerySet[Signal], known_on: date) -> Sequence[Signal]:
    """Of these signals those raised by the end of a day, the newest first, as they stood then."""
    end = end_of(known_on)
    first = SignalEvent.objects.filter(signal=OuterRef("pk")).order_by().values("signal")
    raised = first.annotate(first=Min("at")).values("first")
    rows = list(found.alias(first=raised).filter(first__lt=end).order_by("-raised_at", "-id")[:MOST])
    events = SignalEvent.objects.filter(signal__in=[row.pk for row in rows], at__lt=end).order_by("id")
    last = {event.signal_id: event for event in events}
    for row in rows:
        row.state, row.amount_fen = last[row.pk].to_state, last[row.pk].amount_fen
    return rows
