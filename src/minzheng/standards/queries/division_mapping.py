"""Following a division through its changes (区划沿革推算), forward and back.

Changes of one day happen at once. Which part goes where is known as the record tells it: all of it, the
townships named, or the rest; parts are put together along the way, and a part that cannot be is left out.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Protocol

ALL, REST = "全部", "其余"


class Change(Protocol):
    """What is needed of a change (变更)."""

    @property
    def changed_on(self) -> date: ...
    @property
    def from_code(self) -> str: ...
    @property
    def from_name(self) -> str: ...
    @property
    def to_code(self) -> str: ...
    @property
    def share(self) -> str: ...


class Span(Protocol):
    """What is needed of a division (区划)."""

    @property
    def effective_from(self) -> date | None: ...
    @property
    def effective_to(self) -> date | None: ...


Parts = list[tuple[str, str]]  # code, share of the division asked for


def follow(changes: Sequence[Change], spans: Sequence[Span], code: str, from_on: date, to_on: date) -> Parts:
    """The codes on ``to_on`` of what ``code`` was on ``from_on`` (推算)."""
    start = clamp(spans, from_on)  # the nearest day the code was valid
    parts: Parts = [(code, ALL)]
    if to_on >= start:
        between = [change for change in changes if start < change.changed_on <= to_on]
        for _, group in groupby(between, key=lambda change: change.changed_on):
            parts = _forward(parts, list(group))
    else:
        between = [change for change in changes if to_on < change.changed_on <= start]
        days = [list(group) for _, group in groupby(between, key=lambda change: change.changed_on)]
        for day in reversed(days):
            parts = _back(parts, day)
    return parts


def clamp(spans: Sequence[Span], day: date) -> date:
    """The day itself where the code was valid then, else the nearest day it was."""
    days = []
    for span in spans:
        first, end = span.effective_from or date.min, span.effective_to or date.max
        days.append(min(max(day, first), end - timedelta(days=1)))
    return min(days, key=lambda found: abs(found - day))


def _forward(parts: Parts, group: list[Change]) -> Parts:
    found: Parts = []
    for code, share in parts:
        leaving = [change for change in group if change.from_code == code]
        if not leaving:
            found.append((code, share))
            continue
        named = {name for change in leaving for name in _names(change.share)}
        for change in leaving:
            part = _of(share, change.share, named)
            if part and change.to_code:
                found.append((change.to_code, part))
    return _joined(found)


def _back(parts: Parts, group: list[Change]) -> Parts:
    found: Parts = []
    for code, share in parts:
        coming = [change for change in group if change.to_code == code and change.from_code]
        if not coming:
            found.append((code, share))
            continue
        if len(coming) == 1:
            found.append((coming[0].from_code, share))
            continue
        listed = {name for change in coming for name in _names(change.share)}
        for change in coming:
            names = _names(change.share)
            if names:
                part = _of(share, change.share, listed)
            else:  # the rest, or all, of one that went into this one beside others
                part = f"原{change.from_name}{'' if change.share in ('', ALL) else change.share}"
            if part:
                found.append((change.from_code, part))
    return _joined(found)


def _names(share: str) -> list[str]:
    return [] if share in ("", ALL, REST) else share.split("、")


def _of(whole: str, share: str, named: set[str]) -> str:
    """The part ``share`` of a division, of which only ``whole`` is asked for; or empty."""
    if whole == ALL:
        return share or ALL
    if share in ("", ALL):
        return whole
    asked = _names(whole)
    if not asked:  # only the rest is asked for, whose townships are not known by name
        return share if share != REST else whole
    kept = [name for name in asked if (name not in named if share == REST else name in _names(share))]
    return "、".join(kept)


def _joined(parts: Iterable[tuple[str, str]]) -> Parts:
    """One part a code; shares of parts that meet again are put together."""
    found: dict[str, list[str]] = {}
    for code, share in parts:
        shares = found.setdefault(code, [])
        if share not in shares:
            shares.append(share)
    return [(code, ALL if ALL in shares else "、".join(shares)) for code, shares in found.items()]
