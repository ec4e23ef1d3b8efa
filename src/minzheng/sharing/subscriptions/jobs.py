"""Subscriptions in the background (订阅作业); what is sent is sent by a process of its own (``pushing``)."""

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.sharing.subscriptions import services


@app.periodic(cron="41 * * * *")
@app.task(name="subscriptions.sweep", queue="exchange")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Every hour: end what no grant carries any more, forget what is old (清理)."""
    services.sweep(at=timezone.now())
