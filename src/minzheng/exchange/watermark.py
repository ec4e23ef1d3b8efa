"""How far a source's database was read (水位)."""

from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.models import Batch, DatabaseSource
from minzheng.exchange.plan import plan_of


def move_watermark(batch: Batch) -> None:
    """Move the source's watermark to what this batch read; called in the transaction that finishes the batch.

    Only from where the batch began: if another pull has moved it since, it stays, and what lies between is
    read again.
    """
    pull = plan_of(batch).pull
    if pull is None:
        return
    source = DatabaseSource.objects.select_for_update().filter(pk=pull.source).first()
    if source is None or Watermark(source.watermark_time, tuple(source.watermark_key)) != pull.before:
        return
    source.watermark_time, source.watermark_key = pull.after.time, list(pull.after.key)
    source.save(update_fields=["watermark_time", "watermark_key"])
