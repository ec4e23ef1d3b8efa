"""What is asked of a person's files (附件查询). Nothing is told of a person outside the scope."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from minzheng.exchange.declare import feeds
from minzheng.exchange.person_files.reading import PERSON, Hook, PersonFile, PersonFiles
from minzheng.exchange.queries import Dealing, timeline
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.files.media import LABELS, attachment_type
from minzheng.foundation.files.models import Attachment
from minzheng.registry.known import end_of, known_by
from minzheng.registry.models import Person, PersonClaim, Source
from minzheng.registry.queries import persons_in
from minzheng.registry.reading import ClaimLink
from minzheng.registry.superseding import entries_of, standing_for


def person_files(scope: Scope, person_id: UUID, *, known_on: date | None = None) -> PersonFiles | None:
    """What hangs on a person and the person's records, or None where there is no such person within the scope.

    ``known_on`` tells what hung there at the end of that day (附件资料).
    """
    person = Person.objects.filter(persons_in(scope), pk=person_id, superseded_by__isnull=True)
    found = person.values_list("name", flat=True)[:1]
    if not found:
        return None
    end = end_of(known_on) if known_on else None
    own = Hook(PERSON, tuple(entries_of([person_id])), "本人")
    hooks = (own, *_record_hooks(scope, _links(person_id, known_on)))
    return PersonFiles(person_id, found[0] or "(姓名不详)", hooks, tuple(_hanging(hooks, end)))


def person_file(scope: Scope, person_id: UUID, file_id: int) -> PersonFile | None:
    """One file of a person within the scope, or None (附件)."""
    found = person_files(scope, person_id)
    return next((file for file in found.files if file.id == file_id), None) if found else None


def owner_of(scope: Scope, file_id: int) -> UUID | None:
    """A person within the scope to whom this file belongs, or None (附件所属人员)."""
    entry = Attachment.objects.filter(pk=file_id).first()
    if entry is None:
        return None
    candidates = [entry.subject_id] if entry.subject_kind == PERSON else _persons_of(entry)
    for person_id in standing_for(candidates).values():
        if person_file(scope, person_id, file_id):
            return person_id
    return None


def _links(person_id: UUID, known_on: date | None) -> list[ClaimLink]:
    """The person's records as they are tied today, or were on a day; nothing sealed is opened."""
    claims = known_by(PersonClaim.objects.filter(person_id=person_id, record_id__isnull=False), known_on)
    rows = list(claims.values_list("source_id", "record_id", "role", "rule", "score", "recorded_from"))
    sources = Source.objects.in_bulk({row[0] for row in rows})
    return [
        ClaimLink(sources[source].feed, sources[source].name, record, role, rule, score, recorded_from, None)
        for source, record, role, rule, score, recorded_from in rows
        if record is not None
    ]


def _record_hooks(scope: Scope, links: list[ClaimLink]) -> list[Hook]:
    """One hook a certificate, or a record without one; reached in several roles it is still one."""
    dealings = timeline(scope, links)
    keys = _keys_of(dealings)
    groups: dict[tuple[str, str], list[Dealing]] = defaultdict(list)
    for dealing in dealings:
        groups[dealing.feed, dealing.certificate or str(keys[dealing.records[0]])].append(dealing)
    hooks = []
    for (feed, _), group in groups.items():
        ids = dict.fromkeys(keys[record] for dealing in group for record in dealing.records)
        hooks.append(Hook(feed, tuple(ids), _label(group), group[0].certificate))
    return hooks


def _keys_of(dealings: Iterable[Dealing]) -> dict[UUID, UUID]:
    """Version of a record → what stays the same through its versions."""
    by_feed: dict[str, set[UUID]] = defaultdict(set)
    for dealing in dealings:
        by_feed[dealing.feed].update(dealing.records)
    keys: dict[UUID, UUID] = {}
    for key, ids in by_feed.items():
        model = feeds()[key].record
        if model is not None:
            keys |= dict(model._default_manager.filter(pk__in=ids).values_list("id", "key_digest"))
    return keys


def _label(group: list[Dealing]) -> str:
    first = group[0]
    roles = "、".join(dict.fromkeys(dealing.role for dealing in group))
    when = f"{first.last_on:%Y-%m-%d}" if first.last_on and first.first_on == first.last_on else ""
    return " ".join(part for part in (f"{first.label}({roles})", first.title, when) if part)


def _hanging(hooks: Iterable[Hook], end: datetime | None) -> Iterable[PersonFile]:
    where = Q()
    ids: dict[str, list[UUID]] = defaultdict(list)
    for hook in hooks:
        ids[hook.kind] += hook.ids
    for kind, subjects in ids.items():
        where |= Q(subject_kind=kind, subject_id__in=subjects)
    found = Attachment.objects.filter(where).select_related("file").order_by("-attached_at", "-id")
    if end is not None:
        found = found.filter(attached_at__lt=end)
    named = {(hook.kind, subject): hook for hook in hooks for subject in hook.ids}
    for entry in found:
        yield _shown(entry, named[entry.subject_kind, entry.subject_id], end)


def _shown(entry: Attachment, hook: Hook, end: datetime | None) -> PersonFile:
    kind = attachment_type(entry.name)
    gone = entry.removed_at is not None and (end is None or entry.removed_at < end)
    return PersonFile(
        id=entry.pk,
        sm3=entry.file_id,
        name=entry.name,
        title=entry.title,
        media_type=kind,
        type_label=LABELS.get(kind, kind),
        size=entry.file.size,
        hook=hook,
        attached_at=entry.attached_at,
        attached_by=entry.attached_by,
        removed_at=entry.removed_at if gone else None,
        removed_by=entry.removed_by if gone else None,
        removed_reason=entry.removed_reason if gone else None,
    )


def _persons_of(entry: Attachment) -> list[UUID]:
    """Whom the record speaks of on which a file hangs."""
    feed = feeds().get(entry.subject_kind)
    if feed is None or feed.record is None:
        return []
    records = feed.record._default_manager.filter(key_digest=entry.subject_id, recorded_to__isnull=True)
    claims = PersonClaim.objects.filter(record_id__in=list(records.values_list("id", flat=True)))
    return list(claims.filter(recorded_to__isnull=True).values_list("person_id", flat=True).distinct())
