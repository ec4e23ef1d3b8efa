"""Sources (来源)."""

from django.db import models

from minzheng.foundation.access.row_security import Everyone


class Source(models.Model):
    """Who hands data over: a business system or another department (来源).

    ``authority`` ranks the source per attribute: the lower number wins, 50 where nothing is said.
    No personal data.
    """

    row_scope = Everyone("只有提供单位的名称")

    id = models.AutoField(primary_key=True)
    name = models.CharField("名称", max_length=100)
    feed = models.CharField("数据集", max_length=40)
    authority = models.JSONField("权威次序", default=dict)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = "来源"
        constraints = [models.UniqueConstraint(fields=["feed", "name"], name="source_name")]
