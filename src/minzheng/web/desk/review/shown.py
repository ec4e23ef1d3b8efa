"""Review in words (待核的样子): rows of the list, the history, the bars of the waterfall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from minzheng.exchange.declare import feeds
from minzheng.exchange.models import ReviewItem
from minzheng.registry.linkage.explain import Explanation
from minzheng.stewardship.review.models import Assignment, Decision
from minzheng.stewardship.review.queries import WaitingRows
from minzheng.stewardship.review.standing import Standing
from minzheng.stewardship.review.terms import REASONS, Kind, State

WIDTH = 240  # of a bar's drawing, in its own units


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A line of the list (待核行)."""

    id: int
    name: str
    feed: str
    role: str
    reason: str
    division: str | None
    state: str
    state_label: str
    arrived: datetime
    age: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class DivisionLine:
    """A county's rows by feed (区划计数)."""

    division: str
    rows: int
    by_feed: tuple[tuple[str, str, int], ...]
    oldest: datetime
    age: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of the waterfall and where its bar lies (瀑布图一项)."""

    label: str
    said: str
    bits: float
    total: float
    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The model's reasons for one person (匹配理由). ``certainty``: its probability in words."""

    name: str
    bits: float
    certainty: str
    model_version: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A line of the history (处置记录)."""

    id: int
    at: datetime
    kind: str
    by: str
    reason: str
    state: str
    tone: str
    can_undo: bool
    can_second: bool
    subject: Decision
    about: str


def age(since: datetime) -> str:
    """How long ago (已等): 3 天, 5 小时, 刚刚."""
    passed = timezone.now() - since
    if passed.days:
        return f"{passed.days:,} 天"
    hours = passed.seconds // 3600
    return f"{hours} 小时" if hours else "不足 1 小时"


def labels(item: ReviewItem) -> tuple[str, str]:
    """The feed's and the role's names."""
    feed = feeds().get(item.feed)
    if feed is None:
        return item.feed, item.role
    return feed.label, next((p.label for p in feed.persons if p.role == item.role), item.role)


def shown_items(
    items: Sequence[ReviewItem], names: dict[int, str], taken: dict[int, Assignment]
) -> list[ShownItem]:
    """The list's lines."""
    return [
        ShownItem(
            item.pk, names.get(item.pk, ""), *labels(item), REASONS.get(item.reason, item.reason), item.division_code,
            item.state, str(State(item.state).label), item.created_at, age(item.created_at),
            str(taken[item.pk].user) if item.pk in taken else "",
        )
        for item in items
    ]  # fmt: skip


def by_division(counted: Iterable[WaitingRows]) -> list[DivisionLine]:
    """Counts by county, the one with the oldest row first."""
    groups: dict[str, list[WaitingRows]] = {}
    for one in counted:
        groups.setdefault(one.division_code, []).append(one)
    found = []
    for division, rows in groups.items():
        feed_rows: dict[str, int] = {}
        for one in rows:
            feed_rows[one.feed] = feed_rows.get(one.feed, 0) + one.rows
        known, oldest = feeds(), min(one.oldest for one in rows)
        by_feed = tuple(
            (key, known[key].label if key in known else key, n) for key, n in sorted(feed_rows.items())
        )
        found.append(DivisionLine(division, sum(one.rows for one in rows), by_feed, oldest, age(oldest)))
    return sorted(found, key=lambda line: line.oldest)


def waterfall(name: str, explanation: Explanation) -> Waterfall:
    """The model's reasons, ready to be drawn."""
    share = explanation.probability
    said = "99.99% 以上" if share > 0.9999 else "不到 0.01%" if share < 0.0001 else f"{share:.2%}"
    return Waterfall(name, explanation.bits, said, explanation.model_version, _bars(explanation))


def _bars(explanation: Explanation) -> list[Bar]:
    """On one scale, zero among them."""
    ends = [0.0, *(step.total for step in explanation.steps)]
    low, high = min(ends), max(ends)
    scale = WIDTH / ((high - low) or 1)
    shown, before = [], 0.0
    for step in explanation.steps:
        left, right = sorted((before, step.total))
        tone = "for" if step.bits > 0 else "against" if step.bits < 0 else "none"
        width = max((right - left) * scale, 0 if tone == "none" else 1.5)
        shown.append(Bar(step.label, step.said, step.bits, step.total, (left - low) * scale, width, tone))
        before = step.total
    return shown


def shown_decisions(decisions: Sequence[Decision], user: Any) -> list[ShownDecision]:
    """The history's lines, the newest first, with what may still be done about each."""
    standing = Standing(decisions)
    by_id = {d.pk: d for d in decisions}
    return [_shown(d, standing, by_id, user) for d in sorted(decisions, key=lambda d: d.pk, reverse=True)]


def _shown(one: Decision, standing: Standing, by_id: dict[int, Decision], user: Any) -> ShownDecision:
    is_word = one.kind in (Kind.APPROVE, Kind.REJECT)
    pending, said = standing.pending(one), standing.verdict(one)
    state, tone = "", ""
    if pending:
        state, tone = "待复核", "warn"
    elif said is not None and said.kind == Kind.REJECT:
        state, tone = "复核未同意", "bad"
    elif not is_word and standing.undone_by(one) is not None:
        state = "已撤销"
    elif not is_word and one.kind != Kind.UNDO:
        state, tone = "有效", "ok"
    may_undo = not is_word and one.kind != Kind.UNDO and not standing.undo_pending(one)
    can_undo = may_undo and (standing.stands(one) or (pending and one.by_id == user.pk))
    about = by_id.get(one.about_id or 0)
    return ShownDecision(
        one.pk, one.at, one.get_kind_display(), one.by_name, one.reason, state, tone, can_undo,
        pending and one.by_id != user.pk and user.has_role("reviewer"), one,
        about.get_kind_display() if about is not None else "",
    )  # fmt: skip
