"""Files seen from the page of a household, an organisation or a place (相关附件): of several persons or records at once."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from minzheng.exchange.declare import feeds
from minzheng.exchange.person_files.reading import PERSON, FileBeside
from minzheng.exchange.queries import declared_in, feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.files.media import LABELS, attachment_type
from minzheng.foundation.files.models import Attachment
from minzheng.kernel.division import prefix
from minzheng.registry.household_queries import members_of
from minzheng.registry.known import end_of, known_by
from minzheng.registry.models import OrganisationClaim, Person, PersonClaim
from minzheng.registry.queries import persons_in
from minzheng.registry.sources import sources_of
from minzheng.registry.superseding import entries_of, standing_for

MOST = 50
Subject = tuple[str, UUID]  # a kind of attachment's subject, its identity


def files_of_household(scope: Scope, household_id: UUID, *, known_on: date | None = None) -> list[FileBeside]:
    """What hangs on the members whom the scope covers and on their records, the newest first (某户的附件).

    ``known_on``: what hung there at the end of that day, on those who were members then.
    """
    own = {
        (PERSON, entry): person
        for entry, person in entries_of(members_of(scope, household_id, known_on=known_on)).items()
    }
    tied = known_by(PersonClaim.objects.filter(person_id__in=own.values()), known_on)
    return _hanging(scope, own | _of_records(scope, tied), known_on)


def files_of_organisation(
    scope: Scope, organisation_id: UUID, *, known_on: date | None = None
) -> list[FileBeside]:
    """What hangs on its registrations, by the persons they name whom the scope covers (某机构的附件)."""
    claims = known_by(OrganisationClaim.objects.filter(organisation_id=organisation_id), known_on)
    records = list(claims.filter(record_id__isnull=False).values_list("record_id", flat=True)[:MOST])
    return _hanging(scope, _of_records(scope, _naming(scope, records, known_on)), known_on)


def files_of_division(scope: Scope, code: str, *, known_on: date | None = None) -> list[FileBeside]:
    """The newest of what hangs on those registered in a division and on its records (某区划的附件)."""
    here = prefix(code)
    persons = Person.objects.filter(persons_in(scope), hukou_division_code__startswith=here)
    return _newest(scope, persons, {"division_code__startswith": here}, known_on)


def files_of_facility(scope: Scope, place_id: UUID, *, known_on: date | None = None) -> list[FileBeside]:
    """The newest of what hangs on the records of what happened at a facility (某设施的附件)."""
    return _newest(scope, Person.objects.none(), {"place_id": place_id}, known_on)


def _newest(
    scope: Scope, persons: QuerySet[Person], records: dict[str, Any], known_on: date | None
) -> list[FileBeside]:
    """Asked from the files' side, for they are fewer than what they may hang on."""
    where: Any = Q(subject_kind=PERSON) & Exists(persons.filter(id=OuterRef("subject_id")))
    for feed in declared_in(scope):
        if feed.record is not None and ("place_id" not in records or feed.place is not None):
            there = feed.record._default_manager.filter(key_digest=OuterRef("subject_id"), **records)
            where |= Q(subject_kind=feed.key) & Exists(known_by(there, known_on))
    found = list(_standing(known_on).filter(where).values_list("subject_kind", "subject_id")[:MOST])
    subjects: dict[Subject, UUID] = {
        (PERSON, entry): person
        for entry, person in standing_for(one for kind, one in found if kind == PERSON).items()
    }
    for feed in declared_in(scope):
        keys = [one for kind, one in found if kind == feed.key]
        if keys and feed.record is not None:
            versions = known_by(feed.record._default_manager.filter(key_digest__in=keys), known_on)
            ids = list(versions.values_list("id", flat=True))
            subjects |= _of_records(scope, _naming(scope, ids, known_on))
    return _hanging(scope, subjects, known_on)


def _naming(scope: Scope, records: list[UUID], known_on: date | None) -> QuerySet[PersonClaim]:
    """The claims by which records name persons whom the scope covers."""
    named = known_by(PersonClaim.objects.filter(record_id__in=records), known_on)
    covered = Person.objects.filter(persons_in(scope), pk__in=named.values("person_id"))
    claims: QuerySet[PersonClaim] = named.filter(person_id__in=covered.values("id"))
    return claims


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


def _standing(known_on: date | None) -> QuerySet[Attachment]:
    """What is hung and not withdrawn, today or at the end of a day, the newest first."""
    if known_on is None:
        found = Attachment.objects.filter(removed_at__isnull=True)
    else:
        end = end_of(known_on)
        left = Q(removed_at__isnull=True) | Q(removed_at__gte=end)
        found = Attachment.objects.filter(left, attached_at__lt=end)
    return found.order_by("-attached_at", "-id")


def _hanging(scope: Scope, subjects: dict[Subject, UUID], known_on: date | None) -> list[FileBeside]:
    if not subjects:
        return []
    ids: dict[str, list[UUID]] = defaultdict(list)
    for kind, subject in subjects:
        ids[kind].append(subject)
    where = Q()
    for kind, wanted in ids.items():
        where |= Q(subject_kind=kind, subject_id__in=wanted)
    entries = list(_standing(known_on).filter(where)[:MOST])
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
