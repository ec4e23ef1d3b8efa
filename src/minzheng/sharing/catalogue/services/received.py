"""Taking in what another says it has (接收目录): one set check, whoever it comes from and by whatever road.

What is unchanged leaves no trace but the receipt; what changed is written once and told once; what is gone is withdrawn and kept;
what can't be read is refused with its reason, and what was there of it stays. The same document again does nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from minzheng.sharing.catalogue.content import differences, digest
from minzheng.sharing.catalogue.models import CatalogueSource, Receipt, ReceivedChange, ReceivedEntry
from minzheng.sharing.catalogue.terms import ChangeKind, SourceKind

MOST_ENTRIES = 20_000
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as a source says it (来源条目): ``content`` with ``name``, and what else of ``terms.CONTENT_LABELS`` is known."""

    identifier: str
    content: Mapping[str, Any]
    data_set: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that can't be read, and why (退回条目)."""

    identifier: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole catalogue of a source (来源目录). ``number``: its edition where it has one."""

    entries: Sequence[Said]
    refusals: Sequence[Refusal] = ()
    number: int | None = None

    @property
    def digest(self) -> str:
        """Of all it says, in whatever order it says it."""
        told = sorted((one.identifier, one.data_set, digest(dict(one.content))) for one in self.entries)
        return digest([told, sorted((one.identifier, one.reason) for one in self.refusals)])


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a catalogue in came to (接收结果)."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    returned: int = 0
    refused: tuple[Refusal, ...] = ()
    problem: str = ""
    stale: bool = False

    @property
    def queued(self) -> int:
        """How many entries there are now for someone to look at (待阅)."""
        return self.new + self.changed + self.withdrawn + self.returned


@dataclass(slots=True)
class _Sorted:
    """Entries by what became of them."""

    new: list[ReceivedEntry] = field(default_factory=list)
    moved: list[tuple[ChangeKind, ReceivedEntry, list[str]]] = field(default_factory=list)
    unchanged: int = 0


def take(*, kind: SourceKind, code: str, name: str, said: Catalogue, by_name: str, at: datetime) -> Taken:
    """Take a source's catalogue in (接收). A receipt is kept unless it is the very same again, or older than what is here."""
    with transaction.atomic():
        source = _source(kind, code, name)
        if said.number is not None and said.number < source.number:
            return Taken(stale=True)
        whole = said.digest
        if source.digest == whole:
            CatalogueSource.objects.filter(pk=source.pk).update(
                taken_at=at, name=name, number=said.number or 0
            )
            return Taken(unchanged=len(said.entries), refused=tuple(said.refusals))
        kept = {one.identifier: one for one in ReceivedEntry.objects.filter(source=source)}
        found = _compared(source, said.entries, kept, at)
        unread = {one.identifier for one in said.refusals}
        found.moved += _gone(kept, {one.identifier for one in said.entries} | unread, at)
        taken = _result(found, said)
        _write(source, found, taken, whole, by_name, at)
        source.digest, source.taken_at, source.name = whole, at, name[:200]
        source.number = said.number or 0
        source.save(update_fields=["digest", "taken_at", "name", "number"])
    return taken


def refuse(*, kind: SourceKind, code: str, name: str, problem: str, by_name: str, at: datetime) -> Taken:
    """Nothing of a document could be taken; what is here stays (整份退回)."""
    with transaction.atomic():
        source = _source(kind, code, name)
        last = Receipt.objects.filter(source=source).order_by("-id").first()
        if last is None or last.problem != problem[:400]:  # the same trouble again is told once
            Receipt.objects.create(source=source, at=at, by_name=by_name[:64], problem=problem[:400])
    return Taken(problem=problem)


def _source(kind: SourceKind, code: str, name: str) -> CatalogueSource:
    """The source, held until the end: two runs at once take turns."""
    CatalogueSource.objects.get_or_create(code=code, defaults={"kind": kind.value, "name": name[:200]})
    return CatalogueSource.objects.select_for_update().get(code=code)


def _compared(
    source: CatalogueSource, entries: Sequence[Said], kept: Mapping[str, ReceivedEntry], at: datetime
) -> _Sorted:
    found = _Sorted()
    for one in entries:
        content = dict(one.content)
        mark = digest([one.data_set, content])
        former = kept.get(one.identifier)
        if former is None:
            former = ReceivedEntry(source=source, identifier=one.identifier, first_at=at)
            found.new.append(former)
        elif former.withdrawn_at is not None:
            found.moved.append((ChangeKind.RETURNED, former, _labels(former.content, content)))
        elif former.digest != mark:
            found.moved.append((ChangeKind.CHANGED, former, _labels(former.content, content)))
        else:
            found.unchanged += 1
            continue
        former.data_set, former.content, former.digest = one.data_set, content, mark
        former.name, former.provider = str(content["name"])[:400], str(content.get("provider", ""))[:400]
        former.share_type = str(content.get("share_type", ""))[:8]
        former.changed_at, former.withdrawn_at = at, None
    return found


def _gone(
    kept: Mapping[str, ReceivedEntry], said: set[str], at: datetime
) -> list[tuple[ChangeKind, ReceivedEntry, list[str]]]:
    gone = [one for key, one in kept.items() if key not in said and one.withdrawn_at is None]
    for one in gone:
        one.withdrawn_at = one.changed_at = at
    return [(ChangeKind.WITHDRAWN, one, []) for one in gone]


def _labels(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [one.label for one in differences(before, after)]


def _result(found: _Sorted, said: Catalogue) -> Taken:
    of = [kind for kind, _, _ in found.moved]
    return Taken(
        new=len(found.new),
        changed=of.count(ChangeKind.CHANGED),
        unchanged=found.unchanged,
        withdrawn=of.count(ChangeKind.WITHDRAWN),
        returned=of.count(ChangeKind.RETURNED),
        refused=tuple(said.refusals),
    )


def _write(
    source: CatalogueSource, found: _Sorted, taken: Taken, whole: str, by_name: str, at: datetime
) -> None:
    receipt = Receipt.objects.create(
        source=source, at=at, by_name=by_name[:64], digest=whole, added=taken.new,
        changed=taken.changed + taken.returned, unchanged=taken.unchanged, withdrawn=taken.withdrawn,
        refusals=[{"identifier": one.identifier[:400], "reason": one.reason} for one in taken.refused[:1000]],
    )  # fmt: skip
    ReceivedEntry.objects.bulk_create(found.new, batch_size=_PIECE)
    columns = [
        "data_set", "name", "provider", "share_type", "content", "digest", "changed_at", "withdrawn_at",
    ]  # fmt: skip
    ReceivedEntry.objects.bulk_update([one for _, one, _ in found.moved], columns, batch_size=_PIECE)
    told = [(ChangeKind.NEW, one, list[str]()) for one in found.new] + found.moved
    ReceivedChange.objects.bulk_create(
        [ReceivedChange(receipt=receipt, entry=one, kind=kind, fields=said) for kind, one, said in told],
        batch_size=_PIECE,
    )
