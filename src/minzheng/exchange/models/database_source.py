"""Databases as sources (来源库)."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed


class DatabaseSource(models.Model):
    """A table or query in another system's database, pulled again and again (来源库). Personal data: none.

    ``url_cipher``: the whole URL with its password, sealed. ``columns``: heading → the source's column where
    names differ. ``watermark_time``/``watermark_key``: how far was read, as the source writes it; they move
    only in the transaction that finishes a batch. Without ``time_column`` everything is read each time,
    unless ``key_overlap`` says that rows are only added under growing keys.
    """

    row_scope = AllOf(OfFeed(), ByDivision())

    class Kind(models.TextChoices):
        POSTGRESQL = "postgresql", "PostgreSQL"
        MYSQL = "mysql", "MySQL"

    class State(models.TextChoices):
        NEW = "new", "未抽取"
        WORKING = "working", "正常"
        FAILED = "failed", "上次抽取失败"

    name = models.CharField("名称", max_length=100, unique=True)
    feed = models.CharField("数据集", max_length=40)
    division_code = models.CharField("接收节点", max_length=12)
    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    url_cipher = models.BinaryField("地址")
    table = models.CharField("表", max_length=200, null=True)
    query = models.TextField("查询", null=True)
    columns = models.JSONField("列对应", default=dict)
    key_columns = models.JSONField("键列", default=list)
    time_column = models.CharField("时间列", max_length=64, null=True)
    overlap = models.DurationField("回看时长", default=timedelta(minutes=10))
    key_overlap = models.BigIntegerField("回看键数", null=True)
    watermark_time = models.CharField("水位时间", max_length=64, null=True)
    watermark_key = models.JSONField("水位键", default=list)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.NEW)
    problem = models.TextField("失败原因", null=True)
    created_at = models.DateTimeField("登记时间")
    pulled_at = models.DateTimeField("最近抽取", null=True)
    batch_id = models.UUIDField("最近批次", null=True)

    class Meta:
        verbose_name = "来源库"
        constraints = [
            models.CheckConstraint(
                name="database_source_table_or_query",
                condition=Q(table__isnull=False, query__isnull=True)
                | Q(table__isnull=True, query__isnull=False),
            )
        ]
