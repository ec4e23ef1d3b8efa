"""The outbox table."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import ByDivision


class OutboxEntry(models.Model):
    """Changes of one data set that belong to one division (发件箱条目). Holds identities, no personal data."""

    row_scope = ByDivision()

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("变更时间")
    data_set = models.CharField("数据集", max_length=40)
    division_code = models.CharField("属地", max_length=12)
    operation = models.CharField("操作", max_length=10)  # created / updated / withdrawn
    subject_ids = ArrayField(models.UUIDField(), verbose_name="对象标识")
    batch_id = models.UUIDField("批次", null=True)

    class Meta:
        verbose_name = "发件箱"
        indexes = [
            models.Index(fields=["division_code", "id"], name="outbox_division"),
            models.Index(fields=["batch_id"], name="outbox_batch"),
        ]
