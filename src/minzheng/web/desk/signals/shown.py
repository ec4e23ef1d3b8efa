"""Signals as pages show them (线索的样子)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from minzheng.exchange.declare import Column, Feed
from minzheng.exchange.queries import record_values
from minzheng.foundation.access.scope import Scope
from minzheng.registry.queries import persons_by_id
from minzheng.registry.reading import PersonHit
from minzheng.registry.wording import Wording
from minzheng.standards.queries import data_set
from minzheng.stewardship.signals.declare import Kind, kinds
from minzheng.stewardship.signals.models import Signal
from minzheng.stewardship.signals.queries import RecordOf, organisation_name
from minzheng.stewardship.signals.terms import State

TONES = {State.NEW: "warn", State.CONFIRMED: "bad", State.DISCARDED: "", State.CLOSED: "ok"}


@dataclass(frozen=True, slots=True)
class ShownSignal:
    """A line of the worklist (清单行)."""

    id: int
    kind: Kind
    who: str
    said: str
    division: str
    amount_fen: int | None
    state: str
    state_label: str
    tone: str
    since: date | None
    due_on: date | None
    is_overdue: bool
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The records of one feed side by side (并列记录): a row a field, a column a record."""

    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...], bool], ...]


def shown_signals(scope: Scope, found: Sequence[Signal], *, today: date) -> list[ShownSignal]:
    """Signals with who they are about; persons outside the scope are not named (清单)."""
    wanted = list({one for signal in found for one in signal.person_ids[:3]})
    names = {hit.id: hit.name for hit in persons_by_id(scope, wanted)}
    return [_shown(scope, signal, names, today) for signal in found]


def _shown(scope: Scope, signal: Signal, names: Mapping[UUID, str], today: date) -> ShownSignal:
    kind = kinds()[signal.kind]
    return ShownSignal(
        id=signal.pk,
        kind=kind,
        who=_who(scope, signal, kind, names),
        said=signal.said,
        division=signal.division_code,
        amount_fen=signal.amount_fen,
        state=signal.state,
        state_label=State(signal.state).label,
        tone=TONES[State(signal.state)],
        since=signal.since,
        due_on=signal.due_on,
        is_overdue=signal.state == State.NEW and signal.due_on is not None and signal.due_on < today,
        reason=signal.reason,
        decided_by=signal.decided_by,
    )


def _who(scope: Scope, signal: Signal, kind: Kind, names: Mapping[UUID, str]) -> str:
    if kind.subject == "organisation":
        return organisation_name(scope, signal) or "机构"
    told = [names[one] for one in signal.person_ids[:3] if one in names]
    if kind.subject == "person":
        first = signal.person_ids[:1]
        return names.get(first[0], "区划外人员") if first else "人员"
    rest = f"等{len(signal.person_ids)}户" if len(signal.person_ids) > len(told) else ""
    return "、".join(told) + rest if told else "区划外人员"


def persons_of(scope: Scope, signal: Signal) -> tuple[list[PersonHit], int]:
    """The persons of a signal in its order, and how many lie outside the scope (涉及人员)."""
    hits = {hit.id: hit for hit in persons_by_id(scope, list(signal.person_ids))}
    inside = [hits[one] for one in signal.person_ids if one in hits]
    return inside, len(set(signal.person_ids)) - len(inside)


def record_tables(records: Sequence[RecordOf]) -> list[RecordTable]:
    """The records by feed, each feed's side by side with the differing fields marked (记录对照)."""
    wording = Wording()
    by_feed: dict[str, list[RecordOf]] = {}
    for one in records:
        by_feed.setdefault(one.feed.key, []).append(one)
    return [_table(found, wording) for found in by_feed.values()]


def _table(records: list[RecordOf], wording: Wording) -> RecordTable:
    feed = records[0].feed
    headings = _headings(feed)
    values = [record_values(feed, one.record, reveal=False) for one in records]
    rows = [
        (heading, tuple(_written(feed, name, value.get(name), wording) for value in values))
        for name, heading in headings.items()
    ]
    rows.insert(0, ("属地", tuple(wording.division(one.record.division_code) for one in records)))
    rows += [
        ("来源", tuple(one.source for one in records)),
        ("状态", tuple("有效" if one.is_current else "已更正" for one in records)),
    ]
    heads = tuple(str(one.record.happened_on or "") for one in records)
    marked = [
        (heading, cells, len(set(cells)) > 1 and len(cells) > 1) for heading, cells in rows if any(cells)
    ]
    return RecordTable(feed.label, heads, tuple(marked))


def _headings(feed: Feed) -> dict[str, str]:
    """Record column → the standard's heading, in the order of the declaration."""
    said = {f"{f.role}_{f.element}" if f.role else f.element: f.heading for f in data_set(feed.key).fields}
    return {
        name: said.get(value.name, name) if isinstance(value, Column) else name
        for name, value in feed.fields.items()
    }


def _written(feed: Feed, name: str, value: Any, wording: Wording) -> str:
    if value is None or value == "":
        return ""
    if name.endswith("_fen"):
        return f"{Decimal(value) / 100:,.2f} 元"
    if name in feed.codes:
        return wording.code(feed.codes[name], value)
    if name.endswith("_month") and len(str(value)) == 6:
        return f"{str(value)[:4]}年{int(str(value)[4:])}月"
    return str(value)
