"""What the catalogue does by itself (后台作业)."""

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.exchange.jobs import QUEUE
from minzheng.stewardship.resources import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="resources.tell_late_feeds", queue=QUEUE, queueing_lock="late-feeds")
def tell_late_feeds(timestamp: int) -> None:  # noqa: ARG001 - when it was to run; lateness is judged as of now
    """Tell of the feeds that became late since the last look (催报); telling twice is telling once."""
    services.tell_late_feeds(at=timezone.now())
