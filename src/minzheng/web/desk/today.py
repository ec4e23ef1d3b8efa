"""What waits today (今日待办): a count of each kind of work the user may do, each leading to its list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import resolve, reverse
from django.utils import timezone

from minzheng.foundation.access.rules import rule_of
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.kernel.money import format_large
from minzheng.stewardship.quality import queries as quality
from minzheng.stewardship.resources.queries import feeds
from minzheng.stewardship.review import queries as review
from minzheng.stewardship.signals import queries as signals


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of one kind of work waits (待办): ``tone`` bad where something is overdue, warn where something waits."""

    name: str
    count: int
    url: str
    note: str = ""
    tone: str = ""


Ask = Callable[[Scope, datetime], tuple[int, str, bool]]


def _late_feeds(scope: Scope, at: datetime) -> tuple[int, str, bool]:
    late = [source for source in feeds.watched(scope, at=at) if source.standing.state.is_late]
    return len(late), "来源没有按期报送", bool(late)


def _signals(scope: Scope, at: datetime) -> tuple[int, str, bool]:
    found = signals.counts(scope, signals.Wanted(), today=timezone.localdate(at))
    overdue = sum(kind.overdue for kind in found)
    amount = sum(kind.amount_fen for kind in found)
    note = f"逾期 {overdue:,} 条" if overdue else f"涉及 {format_large(amount)}" if amount else "没有逾期"
    return sum(kind.new for kind in found), note, bool(overdue)


def _reviews(scope: Scope, at: datetime) -> tuple[int, str, bool]:
    found = review.counts(scope)
    oldest = min((row.oldest for row in found), default=at)
    days = (timezone.localdate(at) - timezone.localdate(oldest)).days
    return sum(row.rows for row in found), f"最久 {days} 天" if days else "", False


def _second(scope: Scope, _at: datetime) -> tuple[int, str, bool]:
    return review.proposals(scope).count(), "须由另一人复核", False


def _tickets(scope: Scope, at: datetime) -> tuple[int, str, bool]:
    found = quality.ticket_counts(scope, on=timezone.localdate(at))
    note = f"逾期 {found['overdue']:,} 张" if found["overdue"] else f"待发出 {found['open']:,} 张"
    return found["open"] + found["sent"] + found["answered"], note, bool(found["overdue"])


# Name, the list it leads to, and how many: (count, note, whether something is overdue).
KINDS: tuple[tuple[str, str, Ask], ...] = (
    ("业务协同线索", "desk:signals:worklist", _signals),
    ("待核处置", "desk:review:waiting", _reviews),
    ("待复核", "desk:review:second", _second),
    ("纠错工单", "desk:quality:tickets", _tickets),
    ("逾期接口", "desk:resources:feeds", _late_feeds),
)


def waiting(user: User, scope: Scope) -> Iterator[Waiting]:
    """What the user's roles admit, in the order it should be done (今日待办)."""
    now = timezone.now()
    for name, view, ask in KINDS:
        url = reverse(view)
        rule = rule_of(resolve(url).func)
        if rule is not None and rule.admits(user):
            count, note, overdue = ask(scope, now)
            yield Waiting(name, count, url, note, "bad" if overdue else "warn" if count else "")
