"""Signals in the background (后台作业): a decision over many, and every morning what is overdue."""

from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.stewardship.signals import services, telling
from minzheng.stewardship.signals.models import Decision

QUEUE = "signals"


@app.task(name="signals.carry_out", queue=QUEUE)
def carry_out(decision_id: int) -> None:
    """Carry a decision out within the scope of who made it (执行批量处理)."""
    decision = Decision.objects.get(pk=decision_id)
    user = User.objects.get(pk=decision.by_id)
    services.carry_out(decision, scope=Scope.of(user), by=user, at=timezone.now())


@app.periodic(cron="30 0 * * *", periodic_id="signals")  # 08:30 in China; the worker counts in UTC
@app.task(name="signals.tell_overdue", queue=QUEUE)
def tell_overdue(timestamp: int) -> None:  # noqa: ARG001 - procrastinate hands it over
    """Tell the owners of what is overdue (逾期提醒)."""
    telling.tell_overdue(at=timezone.now())


def carry_out_later(decision: Decision) -> None:
    """Leave a decision to the worker (排队)."""
    carry_out.configure(queueing_lock=f"signals-decision-{decision.pk}").defer(decision_id=decision.pk)
