"""What the exchange does in the background (交换作业): each night whether everything of one's own is there."""

from contextlib import suppress

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from minzheng.foundation.accounts.models import User
from minzheng.sharing.between import completeness, keeping, routing
from minzheng.sharing.between.calling import Caller
from minzheng.stewardship.quality import disputing

QUEUE, LOCK = "exchange", "between-completeness"


@app.periodic(cron="10 3 * * *")
@app.task(name="between.each_night", queue=QUEUE, queueing_lock="between-each-night", pass_context=False)
def each_night(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Remove bodies past their time, ask again for answers that have not come, check what has come (每夜交换作业)."""
    keeping.remove_bodies(at=timezone.now())
    disputing.unanswered()
    routing.route_all()
    check_completeness()


@app.task(name="between.check_completeness", queue=QUEUE, lock=LOCK, queueing_lock=LOCK)
def check_completeness(user_id: int | None = None, make_good: bool = False) -> None:
    """Ask the upper node; send again what is missing where that is wanted (核对、补发). Nothing where there is no upper node."""
    upper = routing.peers().above
    if upper is None:
        return
    by = User.objects.filter(pk=user_id).first() if user_id else None
    with Caller(upper) as caller:
        if make_good:
            completeness.make_good(caller, by=by, at=timezone.now())
        else:
            completeness.check(caller, by=by, at=timezone.now())


def check_later(user: User, *, make_good: bool = False) -> bool:
    """Leave it to the worker (排队); False where one waits already."""
    with suppress(AlreadyEnqueued):
        check_completeness.defer(user_id=user.pk, make_good=make_good)
        return True
    return False


def state() -> str:
    """``waiting``, ``failed`` or empty: how the last job asked for stands (核对作业状态)."""
    jobs = ProcrastinateJob.objects.filter(task_name=check_completeness.name)
    last = jobs.order_by("-id").values_list("status", flat=True).first()
    return {"todo": "waiting", "doing": "waiting", "failed": "failed"}.get(str(last), "")
