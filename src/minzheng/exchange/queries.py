"""What is asked of batches and of records across rooms (批次与往来查询)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from minzheng.exchange.clean.columns import SEALED_RULES
from minzheng.exchange.declare import Column, Feed, feeds
from minzheng.exchange.models import Batch
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import Kind, open_text
from minzheng.foundation.database.planned import planned_once
from minzheng.registry.models import PersonClaim
from minzheng.registry.reading import ClaimLink
from minzheng.registry.wording import Wording
from minzheng.standards.queries import data_set, element


@dataclass(frozen=True)
class Dealing:
    """One line of a person's timeline (业务往来): a record, or repeated payments of one certificate drawn together.

    ``first_on``–``last_on`` are equal for a single event. ``amount_fen`` is the latest, ``count`` on how many dates.
    ``records`` are the versions it is drawn from, the earliest event first.
    """

    feed: str
    label: str
    role: str
    title: str
    certificate: str
    first_on: date | None
    last_on: date | None
    count: int
    amount_fen: int | None
    division: str
    source: str
    rule: str
    score: float | None
    recorded_from: Any
    records: tuple[UUID, ...] = ()


def batches(scope: Scope, *, feed: str | None = None, stage: str | None = None) -> QuerySet[Batch]:
    """Batches received by nodes within the scope, newest first (批次列表)."""
    found = Batch.objects.filter(division_code__startswith=scope.prefix).order_by("-received_at")
    if scope.businesses is not None:
        found = found.filter(feed__in=feeds_in(scope))
    if feed:
        found = found.filter(feed=feed)
    if stage:
        found = found.filter(stage=stage)
    return found


def batch_in(scope: Scope, batch_id: UUID) -> Batch | None:
    """One batch within the scope, or None (批次)."""
    return batches(scope).filter(pk=batch_id).first()


def declared_in(scope: Scope) -> list[Feed]:
    """The feeds whose business the scope allows, as they are declared (可见数据集)."""
    return [feed for feed in feeds().values() if scope.allows_business(feed.business_code)]


def feeds_in(scope: Scope) -> list[str]:
    """The keys of these feeds (可见数据集)."""
    return [feed.key for feed in declared_in(scope)]


def timeline(scope: Scope, links: Iterable[ClaimLink]) -> list[Dealing]:
    """What the links of a person's record lead to, newest first: one query a room (业务时间线).

    Links of businesses outside the scope lead nowhere; dealings of any division are shown, for they are the person's.
    """
    by_feed: dict[str, list[ClaimLink]] = {}
    for link in links:
        by_feed.setdefault(link.feed, []).append(link)
    dealings: list[Dealing] = []
    wording = Wording()
    for key, found in by_feed.items():
        feed = feeds().get(key)
        if feed is not None and feed.record is not None and scope.allows_business(feed.business_code):
            dealings.extend(_dealings(feed, found, wording))
    return sorted(dealings, key=lambda d: (d.last_on or date.min, d.title), reverse=True)


def _dealings(feed: Feed, links: Sequence[ClaimLink], wording: Wording) -> list[Dealing]:
    if feed.record is None:
        return []
    rows = feed.record._default_manager.filter(_one_of(links)).values_list(*_shown_columns(feed))
    records: dict[UUID, Any] = {row.id: row for row in planned_once(rows)}
    groups: dict[tuple[object, ...], list[tuple[ClaimLink, Any]]] = {}
    for link in links:
        record = records.get(link.record_id)
        if record is not None:
            one = (link.role, getattr(record, feed.certificate or "id") if feed.period else record.id)
            groups.setdefault(one, []).append((link, record))
    return [_dealing(feed, group, wording) for group in groups.values()]


def _one_of(links: Sequence[ClaimLink]) -> RawSQL:
    """One value to bind, however many there are; as a sub-select, so that their number does not change the plan."""
    wanted = ",".join({link.record_id.hex for link in links})
    return RawSQL("id = ANY((SELECT %s::uuid[])::uuid[])", [f"{{{wanted}}}"], BooleanField())


def _dealing(feed: Feed, group: list[tuple[ClaimLink, Any]], wording: Wording) -> Dealing:
    group.sort(key=lambda pair: pair[1].happened_on or date.min)
    link, record = group[-1]
    roles = {party.role: party.label for party in feed.persons}
    return Dealing(
        feed=feed.key,
        label=feed.label,
        role=roles.get(link.role, link.role),
        title=_title(feed, record, wording),
        certificate=str(getattr(record, feed.certificate, "") or "") if feed.certificate else "",
        first_on=group[0][1].happened_on,
        last_on=record.happened_on,
        count=len({r.happened_on or r.id for _, r in group}),
        amount_fen=getattr(record, feed.amount) if feed.amount else None,
        division=wording.division(record.division_code),
        source=link.source,
        rule=link.rule,
        score=link.score,
        recorded_from=link.recorded_from,
        records=tuple(link.record_id for link, _ in group),
    )


def _shown_columns(feed: Feed) -> list[str]:
    """The record's columns a timeline speaks of, each once; the sealed ones stay where they are."""
    named = [name for _, name, _, _ in Formatter().parse(feed.title) if name]
    asked = ("id", "division_code", "happened_on", feed.certificate, feed.amount, *named, *feed.codes)
    return list(dict.fromkeys(column for column in asked if column))


def _title(feed: Feed, record: Any, wording: Wording) -> str:
    values = record._asdict()
    for column, table in feed.codes.items():
        values[column] = wording.code(table, values.get(column))
    return feed.title.format_map({k: "" if v is None else v for k, v in values.items()})


def persons_by_certificate(scope: Scope, certificate: str, *, limit: int = 50) -> list[UUID]:
    """Persons named by current records that bear this certificate number, in any room the scope allows (按证号查人).

    Returns identities only; ``registry.queries.persons_by_id`` shows them within a scope.
    """
    wanted = certificate.strip().upper()
    records: list[UUID] = []
    for feed in feeds().values():
        if feed.record is not None and feed.certificate and scope.allows_business(feed.business_code):
            found = feed.record._default_manager.filter(
                recorded_to__isnull=True, **{feed.certificate: wanted}
            )
            records.extend(found.values_list("id", flat=True)[:limit])
    if not records:
        return []
    claims = PersonClaim.objects.filter(record_id__in=records, recorded_to__isnull=True)
    return list(claims.values_list("person_id", flat=True).distinct()[:limit])


def record_values(feed: Feed, record: Any, *, reveal: bool) -> dict[str, Any]:
    """A record's columns as shown; sealed ones opened only when revealed (业务记录字段)."""
    kinds = sealed_kinds(feed)
    shown: dict[str, Any] = {}
    for name in feed.fields:
        if name in kinds:
            cipher = getattr(record, f"{name}_cipher")
            shown[name] = open_text(kinds[name], cipher) if reveal else ("***" if cipher else "")
        else:
            shown[name] = getattr(record, name)
    return shown


def sealed_kinds(feed: Feed) -> dict[str, Kind]:
    """Record column → kind under which it is sealed, as its element's rule says."""
    staged = {f"{f.role}_{f.element}" if f.role else f.element: f.element for f in data_set(feed.key).fields}
    rules = {name: element(key).rule for name, key in staged.items()}
    sealed = {}
    for column, said in feed.fields.items():
        rule = rules.get(said.name) if isinstance(said, Column) else None
        if rule in SEALED_RULES:
            sealed[column] = SEALED_RULES[rule]
    return sealed
