"""What is kept of parcels (报文的表)."""

import datetime

from django.db import models

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed
from minzheng.sharing.parcels.terms import Direction, State


class Parcel(models.Model):
    """One parcel sent or received, and its receipt (电子报文). No personal data; the sealed files hold it.

    ``parcel_id`` is the maker's; none for a file that was refused before it could be believed, whose other columns are then
    only what it claims. ``division_code``: of the data sent, of the node for what is received. ``file_sm3``, ``data_sm3``,
    ``receipt_sm3``: the parcel, the data kept of it, the receipt in ``foundation.files``. ``counts``: what the receipt says.
    """

    row_scope = AllOf(OfFeed("data_set"), ByDivision())

    id = models.UUIDField(primary_key=True)
    parcel_id = models.UUIDField("报文编号", null=True)
    direction = models.CharField("方向", max_length=10, choices=Direction.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    partner_code = models.CharField("对方成员", max_length=32)
    partner_name = models.CharField("对方名称", max_length=100, blank=True)
    data_set = models.CharField("数据集", max_length=40, blank=True)
    division_code = models.CharField("归属区划", max_length=12)
    about_code = models.CharField("数据区划", max_length=12, blank=True)
    fields = models.JSONField("字段", default=list)
    whole = models.BooleanField("全部字段", default=True)
    since_on = models.DateField("变更起", null=True)
    form = models.CharField("数据格式", max_length=4, default="csv")
    purpose = models.CharField("用途", max_length=500, blank=True)
    grant = models.CharField("授权编号", max_length=100, blank=True)
    rows = models.IntegerField("行数", default=0)
    size = models.BigIntegerField("字节数", default=0)
    file_name = models.CharField("文件名", max_length=255, blank=True)
    file_sm3 = models.CharField("报文摘要", max_length=64, blank=True)
    manifest_sm3 = models.CharField("清单摘要", max_length=64, blank=True)
    data_sm3 = models.CharField("数据摘要", max_length=64, blank=True)
    receipt_sm3 = models.CharField("回执摘要", max_length=64, blank=True)
    batch_id = models.UUIDField("批次", null=True)
    counts = models.JSONField("回执内容", default=dict)
    problem = models.TextField("原因", blank=True)
    begun_at = models.DateTimeField("登记时间")
    begun_by = models.CharField("经办人", max_length=150)
    made_at = models.DateTimeField("制作时间", null=True)
    handed_at = models.DateTimeField("交付时间", null=True)
    reply_by_at = models.DateTimeField("回执期限", null=True)
    answered_at = models.DateTimeField("回执时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "电子报文"
        constraints = [
            models.UniqueConstraint(fields=["direction", "partner_code", "parcel_id"], name="parcel_once"),
            models.UniqueConstraint(
                fields=["file_sm3"],
                condition=models.Q(parcel_id__isnull=True),
                name="parcel_refused_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-begun_at"], name="parcel_recent"),
            models.Index(fields=["file_sm3"], name="parcel_file"),
        ]

    def is_overdue(self, at: datetime.datetime) -> bool:
        """Whether no receipt came in time (是否逾期未回执)."""
        return self.state == State.MADE and self.reply_by_at is not None and self.reply_by_at < at
