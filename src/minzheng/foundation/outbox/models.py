"""The outbox table."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import ByDivision


class OutboxEntry(models.Model):
    """Changes of one data set that belong to one division (发件箱条目). Holds identities, no personal data.

    ``division_code`` is where the subjects are now; ``former_code`` where they were, for what has moved. ``origin`` is the
    member the change came from, empty for one's own: it is never sent back there. ``routed`` once every stream it belongs
    to has it (``sharing.between``).
    """

    row_scope = ByDivision()

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("变更时间")
    data_set = models.CharField("数据集", max_length=40)
    division_code = models.CharField("属地", max_length=12)
    former_code = models.CharField("原属地", max_length=12, db_default="")
    operation = models.CharField("操作", max_length=10)  # created / updated / withdrawn / moved
    subject_ids = ArrayField(models.UUIDField(), verbose_name="对象标识")
    batch_id = models.UUIDField("批次", null=True)
    origin = models.CharField("来自成员", max_length=32, db_default="")
    routed = models.BooleanField("已分发", db_default=False)

    class Meta:
        verbose_name = "发件箱"
        indexes = [
            models.Index(fields=["division_code", "id"], name="outbox_division"),
            models.Index(fields=["batch_id"], name="outbox_batch"),
            models.Index(fields=["id"], name="outbox_unrouted", condition=models.Q(routed=False)),
        ]
