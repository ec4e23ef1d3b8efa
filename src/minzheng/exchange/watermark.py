"""How far a source was read (水位), moved with what was loaded."""

from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.models import Batch, DatabaseSource, Intake
from minzheng.exchange.plan import Fetched, plan_of


def move_watermark(batch: Batch) -> None:
    """Move the source's watermark to what this batch read; called in the transaction that finishes the batch.

    Only from where the batch began: if another pull has moved it since, it stays, and what lies between is
    read again.
    """
    plan = plan_of(batch)
    if plan.fetched is not None:
        _move_reached(plan.fetched)
    pull = plan.pull
    if pull is None:
        return
    source = DatabaseSource.objects.select_for_update().filter(pk=pull.source).first()
    if source is None or Watermark(source.watermark_time, tuple(source.watermark_key)) != pull.before:
        return
    source.watermark_time, source.watermark_key = pull.after.time, list(pull.after.key)
    source.save(update_fields=["watermark_time", "watermark_key"])


def _move_reached(fetched: Fetched) -> None:
    """The same for an intake that reads rows; files are known by themselves."""
    if fetched.after is None:
        return
    intake = Intake.objects.select_for_update().filter(pk=fetched.intake).first()
    if intake is not None and intake.reached == fetched.before:
        intake.reached = dict(fetched.after)
        intake.save(update_fields=["reached"])
