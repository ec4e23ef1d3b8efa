"""What the catalogue does by itself (后台作业)."""

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.exchange.jobs import QUEUE
from minzheng.sharing.catalogue.harvest.running import harvest_again
from minzheng.sharing.catalogue.services import demands


@app.periodic(cron="20 8 * * *")
@app.task(name="catalogue.tell_overdue_demands", queue=QUEUE, queueing_lock="overdue-demands")
def tell_overdue_demands(timestamp: int) -> None:  # noqa: ARG001 - when it was to run; lateness is judged as of now
    """Tell of the demands whose limit is over (催办); telling twice is telling once."""
    demands.tell_overdue(at=timezone.now())


@app.periodic(cron="40 3 * * *")
@app.task(name="catalogue.harvest_again", queue=QUEUE, queueing_lock="harvest-again")
def harvest_known_portals(timestamp: int) -> None:  # noqa: ARG001
    """Look at the portals once a day (定时采集); what has not changed leaves no trace."""
    harvest_again(by="定时采集", at=timezone.now())
