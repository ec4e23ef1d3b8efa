"""What waits today (今日待办): a count of each kind of work the user may do, each leading to its list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import resolve, reverse
from django.utils import timezone

from minzheng.foundation.access.rules import rule_of
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.stewardship.resources.queries import feeds


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


# Name, the list it leads to, and how many: (count, note, whether something is overdue).
KINDS: tuple[tuple[str, str, Ask], ...] = (("逾期接口", "desk:resources:feeds", _late_feeds),)


def waiting(user: User, scope: Scope) -> Iterator[Waiting]:
    """What the user's roles admit, in the order it should be done (今日待办)."""
    now = timezone.now()
    for name, view, ask in KINDS:
        url = reverse(view)
        rule = rule_of(resolve(url).func)
        if rule is not None and rule.admits(user):
            count, note, overdue = ask(scope, now)
            yield Waiting(name, count, url, note, "bad" if overdue else "warn" if count else "")
