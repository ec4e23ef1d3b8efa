"""How long bodies are kept (批体保存期): past it they are removed; head, root and signature stay and prove what was sent."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from minzheng.foundation.audit.services import record
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.sending import folder
from minzheng.sharing.between.terms import Received

SOME = 500


def remove_bodies(*, at: datetime) -> int:
    """Remove what is acknowledged, or was refused, and past its time (清除过期批体); returns how many.

    What the receiver does not have yet is kept however old it is.
    """
    until = at - timedelta(days=settings.EXCHANGE_BODIES_DAYS)
    done = Q(acknowledged_at__lt=until) | Q(state=Received.REFUSED, came_at__lt=until)
    removed = 0
    while batches := list(Batch.objects.filter(done).exclude(file="").order_by("id")[:SOME]):
        for batch in batches:
            (folder() / batch.file).unlink(missing_ok=True)
            batch.file, batch.body_removed_at = "", at
        Batch.objects.bulk_update(batches, ["file", "body_removed_at"])
        removed += len(batches)
    _remove_unknown(until)
    if removed:
        record(
            by=None,
            action="remove_bodies",
            object_kind="exchange",
            object_id="between",
            detail={"batches": removed},
            at=at,
        )
    return removed


def _remove_unknown(until: datetime) -> None:
    """Bodies as old that no batch of the log names: a node that was restored from a backup has them from after it."""
    known = set(Batch.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().glob("*.body"):
        if path.name not in known and path.stat().st_mtime < until.timestamp():
            path.unlink(missing_ok=True)
