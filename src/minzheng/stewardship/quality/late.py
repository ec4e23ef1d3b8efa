"""Sources that are past their cycle (逾期未报): asked for their data, unless the watch of deliveries leaves them alone."""

import datetime
from dataclasses import dataclass

from django.db.models import Max
from django.utils import timezone

from minzheng.exchange.deliveries import excused
from minzheng.exchange.models import Batch
from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.standards.queries import data_sets


@dataclass(frozen=True, slots=True)
class LateSource:
    """A source that is past its cycle (逾期来源). ``is_asked``: the standard sets a target, so it gets a ticket."""

    feed: str
    source_id: int
    source_name: str
    division_code: str
    last_on: datetime.date
    days: int
    allowed: int
    is_asked: bool


def late_sources(scope: Scope, *, on: datetime.date) -> list[LateSource]:
    """Sources whose next delivery is overdue by the standard's cycle, the longest first (逾期未报).

    Not one that by this node's word is not waited for, or delivers less often.
    """
    late = _past_their_cycle(scope, on)
    if late:
        left_alone = left_alone_on(scope, on)
        late = [one for one in late if (one.feed, one.source_name) not in left_alone]
    return sorted(late, key=lambda one: (-one.days, one.feed, one.source_name))


def left_alone_on(scope: Scope, on: datetime.date) -> set[tuple[str, str]]:
    """Feed and name of the sources that were not to be asked for data on a day (不催报来源)."""
    return excused(scope, at=timezone.make_aware(datetime.datetime.combine(on, datetime.time.min)))


def _past_their_cycle(scope: Scope, on: datetime.date) -> list[LateSource]:
    allowed = {
        spec.key: (int(rule.arguments["days"]), rule.target is not None)
        for spec in data_sets()
        for rule in spec.quality
        if rule.rule == "arrives_within"
    }
    finished = Batch.objects.filter(division_code__startswith=scope.prefix, stage=Batch.Stage.FINISHED)
    rows = (
        finished.filter(feed__in=allowed.keys() & set(feeds_in(scope)))
        .values("feed", "source_id", "source_name", "division_code")
        .annotate(last=Max("received_at"))
        .values_list("feed", "source_id", "source_name", "division_code", "last")
    )
    late = []
    for feed, source_id, name, code, last in rows:
        last_on = timezone.localtime(last).date()
        most, is_asked = allowed[feed]
        days = (on - last_on).days
        if days > most:
            late.append(LateSource(feed, source_id, name, code, last_on, days, most, is_asked))
    return late
