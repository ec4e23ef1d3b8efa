"""How far a source's database was read (水位)."""

from minzheng.exchange.models import Batch, DatabaseSource


def move_watermark(batch: Batch) -> None:
    """Move the source's watermark to what this batch read; called in the transaction that finishes the batch.

    Only from where the batch began: if another pull has moved it since, it stays, and what lies between is
    read again.
    """
    pull = batch.plan.get("pull")
    if not pull:
        return
    source = DatabaseSource.objects.select_for_update().filter(pk=pull["source"]).first()
    if source is None or [source.watermark_time, source.watermark_key] != pull["from"]:
        return
    source.watermark_time, source.watermark_key = pull["to"]
    source.save(update_fields=["watermark_time", "watermark_key"])
