"""Parcels as the pages show them (报文显示)."""

import datetime
from typing import Any

from minzheng.exchange.declare import feeds
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import Direction, State

TONES = {
    State.MADE: "info",
    State.MAKING: "info",
    State.TAKING: "info",
    State.ANSWERED: "ok",
    State.TAKEN: "ok",
    State.KEPT: "warn",
    State.FAILED: "bad",
    State.REFUSED: "bad",
}
FIGURES = (
    ("read", "读取"), ("accepted", "接收"), ("quarantined", "隔离"), ("created", "新增"), ("updated", "更新"),
    ("unchanged", "未变"), ("review", "待核"),
)  # fmt: skip
LISTED = 200


def shown(parcel: Parcel, *, at: datetime.datetime) -> Parcel:
    """The parcel with what a template needs besides (显示)."""
    parcel.label, parcel.tone = _state(parcel, at)  # type: ignore[attr-defined]
    feed = feeds().get(parcel.data_set)
    parcel.data_label = feed.label if feed else parcel.data_set or "—"  # type: ignore[attr-defined]
    parcel.is_sent = parcel.direction == Direction.SENT  # type: ignore[attr-defined]
    parcel.busy = parcel.state in (State.MAKING, State.TAKING)  # type: ignore[attr-defined]
    return parcel


def _state(parcel: Parcel, at: datetime.datetime) -> tuple[str, str]:
    if parcel.is_overdue(at):
        return "逾期未回执", "warn"
    if parcel.state == State.ANSWERED and parcel.counts.get("state") == State.REFUSED:
        return "对方拒收", "bad"
    if parcel.state == State.ANSWERED and parcel.counts.get("state") == State.KEPT:
        return "对方留存", "warn"
    return str(State(parcel.state).label), TONES[State(parcel.state)]


def figures(parcel: Parcel) -> list[tuple[str, int]]:
    """The receipt's counts by name (回执计数)."""
    return [(label, parcel.counts[name]) for name, label in FIGURES if name in parcel.counts]


def refused_rows(parcel: Parcel) -> list[dict[str, Any]]:
    """The first of the rows the receiver refused (隔离的行)."""
    rows: list[dict[str, Any]] = parcel.counts.get("refused_rows", [])
    return rows[:LISTED]
