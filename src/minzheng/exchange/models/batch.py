"""Batches (批次)."""

from django.db import models

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed, Through


class Batch(models.Model):
    """One file (or extract) brought in, and how far it has come (批次). Personal data: ``file_name`` may hold a name.

    ``stage``: received → extracted → cleaned → loaded → finished, or refused (nothing was written) or cancelled.
    ``plan`` fixes what a resumed run must repeat: headings, chunk numbers, code versions recognised.
    """

    row_scope = AllOf(OfFeed(), ByDivision())

    class Stage(models.TextChoices):
        RECEIVED = "received", "已接收"
        EXTRACTED = "extracted", "已抽取"
        CLEANED = "cleaned", "已清洗"
        LOADED = "loaded", "已入库"
        FINISHED = "finished", "已完成"
        REFUSED = "refused", "已退回"
        CANCELLED = "cancelled", "已取消"

    id = models.UUIDField(primary_key=True)
    feed = models.CharField("数据集", max_length=40)
    source_id = models.IntegerField("来源")
    source_name = models.CharField("来源名称", max_length=100)
    file_sm3 = models.CharField("文件摘要", max_length=64, null=True)
    file_name = models.CharField("文件名", max_length=255)
    division_code = models.CharField("接收节点", max_length=12)
    received_at = models.DateTimeField("接收时间")
    received_by = models.CharField("接收人", max_length=150)
    stage = models.CharField("阶段", max_length=10, choices=Stage.choices)
    plan = models.JSONField("执行计划", default=dict)
    counts = models.JSONField("计数", default=dict)
    timings = models.JSONField("用时", default=dict)
    problem = models.TextField("退回原因", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    followed_at = models.DateTimeField("后续处理时间", null=True)
    progress = models.FloatField("进度", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)

    class Meta:
        verbose_name = "批次"
        indexes = [
            models.Index(fields=["-received_at"], name="batch_recent"),
            models.Index(fields=["source_id", "-received_at"], name="batch_source_recent"),
        ]

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.stage in (self.Stage.FINISHED, self.Stage.REFUSED, self.Stage.CANCELLED)


class LoadedChunk(models.Model):
    """One chunk of a batch, written in the transaction that loaded it (已入库分块).

    Its existence is the proof that the chunk is in; a resumed run skips it and takes its counts.
    No personal data.
    """

    row_scope = Through("exchange.Batch", "batch")

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", verbose_name="批次")
    name = models.CharField("分块", max_length=30)
    counts = models.JSONField("计数")
    loaded_at = models.DateTimeField("入库时间")

    class Meta:
        verbose_name = "已入库分块"
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="loaded_chunk_once")]
