"""What quality does each morning (每日作业): sources past their cycle are asked for data, overdue tickets are told of."""

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.quality import services
from minzheng.stewardship.quality.late import late_sources, left_alone_on


@app.periodic(cron="30 7 * * *")
@app.task(
    name="quality.each_morning", queue="exchange", queueing_lock="quality-each-morning", pass_context=False
)
def each_morning(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's own
    """Tickets for late sources, reminders for overdue tickets (催报与提醒)."""
    look_for_late()


def look_for_late() -> int:
    """Open a ticket for every late source without one; returns how many (逾期催报).

    A ticket of a source that is not waited for any more is closed.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    scope = Scope.system(settings.NODE_DIVISION_CODE)
    opened = 0
    services.close_excused(left_alone_on(scope, today), at=now)
    for late in late_sources(scope, on=today):
        opened += late.is_asked and services.open_late(
            feed=late.feed, source_id=late.source_id, source_name=late.source_name, division_code=late.division_code,
            last_on=late.last_on, at=now,
        ) is not None  # fmt: skip
    services.remind(at=now)
    return opened
