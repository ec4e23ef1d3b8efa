"""Grants in the background (授信作业)."""

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.sharing.grants import services


@app.periodic(cron="5 * * * *")
@app.task(name="grants.each_hour", queue="exchange")
def each_hour(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every hour: tell what has ended and what is due (到期与催办)."""
    now = timezone.now()
    services.tell_ended(at=now)
    services.remind(at=now)
