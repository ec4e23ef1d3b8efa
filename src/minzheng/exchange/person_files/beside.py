"""Files seen from the page of a household or an organisation (相关附件): of several persons at once, or of some records."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from minzheng.exchange.declare import feeds
from minzheng.exchange.person_files.reading import PERSON, FileBeside
from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.files.media import LABELS, attachment_type
from minzheng.foundation.files.models import Attachment
from minzheng.registry.models import OrganisationClaim, Person, PersonClaim
from minzheng.registry.queries import persons_in
from minzheng.registry.sources import sources_of

MOST = 50
Subject = tuple[str, UUID]  # a kind of attachment's subject, its identity


def files_of_household(scope: Scope, household_id: UUID) -> list[FileBeside]:
    """What hangs on the members whom the scope covers and on their records, the newest first (某户的附件)."""
    members = Person.objects.filter(
        persons_in(scope), household_id=household_id, superseded_by__isnull=True
    ).values_list("id", flat=True)
    own = {(PERSON, entry): person for entry, person in _entries(members).items()}
    tied = PersonClaim.objects.filter(person_id__in=own.values(), recorded_to__isnull=True)
    return _hanging(scope, own | _of_records(scope, tied))


def files_of_organisation(scope: Scope, organisation_id: UUID) -> list[FileBeside]:
    """What hangs on its registrations, by the persons they name whom the scope covers (某机构的附件)."""
    claims = OrganisationClaim.objects.filter(organisation_id=organisation_id, recorded_to__isnull=True)
    records = list(claims.filter(record_id__isnull=False).values_list("record_id", flat=True)[:MOST])
    named = PersonClaim.objects.filter(record_id__in=records, recorded_to__isnull=True)
    covered = Person.objects.filter(persons_in(scope), pk__in=named.values("person_id"))
    return _hanging(scope, _of_records(scope, named.filter(person_id__in=covered.values("id"))))


def _entries(persons: Iterable[UUID]) -> dict[UUID, UUID]:
    """Every entry that turned out to be one of these persons, and they themselves → the person."""
    found = {person: person for person in persons}
    step = list(found)
    while step:
        gone = Person.objects.filter(superseded_by__in=step).values_list("id", "superseded_by")
        step = []
        for entry, successor in gone:
            if successor is not None:
                found[entry] = found[successor]
                step.append(entry)
    return found


def _of_records(scope: Scope, claims: QuerySet[PersonClaim]) -> dict[Subject, UUID]:
    """What the claims' records are known by through their versions → a person whom they name."""
    by_feed: dict[str, dict[UUID, UUID]] = defaultdict(dict)
    allowed = set(feeds_in(scope))
    rows = list(claims.filter(record_id__isnull=False).values_list("source_id", "record_id", "person_id"))
    sources = sources_of({source for source, _, _ in rows})
    for source, record, person in rows:
        feed = sources[source].feed
        if feed in allowed and record is not None:
            by_feed[feed].setdefault(record, person)
    subjects: dict[Subject, UUID] = {}
    for key, named in by_feed.items():
        model = feeds()[key].record
        if model is not None:
            for record, digest in model._default_manager.filter(pk__in=named).values_list("id", "key_digest"):
                subjects.setdefault((key, digest), named[record])
    return subjects


def _hanging(scope: Scope, subjects: dict[Subject, UUID]) -> list[FileBeside]:
    if not subjects:
        return []
    ids: dict[str, list[UUID]] = defaultdict(list)
    for kind, subject in subjects:
        ids[kind].append(subject)
    where = Q()
    for kind, wanted in ids.items():
        where |= Q(subject_kind=kind, subject_id__in=wanted)
    entries = list(
        Attachment.objects.filter(where, removed_at__isnull=True).order_by("-attached_at", "-id")[:MOST]
    )
    whose = {entry.pk: subjects[entry.subject_kind, entry.subject_id] for entry in entries}
    covered = Person.objects.filter(persons_in(scope), pk__in=set(whose.values())).values_list("id", "name")
    names = {person: name or "(姓名不详)" for person, name in covered}
    return [
        FileBeside(
            whose[entry.pk], names[whose[entry.pk]], entry.title, entry.name, LABELS.get(kind, kind),
            "本人" if entry.subject_kind == PERSON else feeds()[entry.subject_kind].label, entry.attached_at,
        )
        for entry in entries
        if whose[entry.pk] in names
        for kind in (attachment_type(entry.name),)
    ]  # fmt: skip
