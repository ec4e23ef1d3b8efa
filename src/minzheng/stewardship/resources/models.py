"""What a node says of a data set or of one of its sources beyond the standard, with its history (节点设置)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import Everyone


class ResourceSetting(models.Model):
    """What holds on this node for a data set, or for one source of it (目录节点设置). A change is a new row.

    ``source_name`` empty: the data set as a whole. ``cycle_code`` of UPDATE_CYCLE empty: as the standard says; a source
    that is not ``expected`` is not waited for. ``recorded_to`` empty: holds now.
    Personal data: ``owner_contact``, ``owner_phone`` (an official's, in that capacity), ``by_name``.
    """

    row_scope = Everyone("目录对全体工作人员公开, 联系方式是办公用的")

    id = models.BigAutoField(primary_key=True)
    data_set = models.CharField("数据集", max_length=100)
    source_name = models.CharField("来源", max_length=100, default="", blank=True)
    division_code = models.CharField("节点区划", max_length=12)
    resource_code = models.CharField("资源代码", max_length=64, default="", blank=True)
    owner_office = models.CharField("责任单位", max_length=200, default="", blank=True)
    owner_contact = models.CharField("联系人", max_length=64, default="", blank=True)
    owner_phone = models.CharField("联系电话", max_length=32, default="", blank=True)
    cycle_code = models.CharField("更新周期", max_length=8, default="", blank=True)
    expected = models.BooleanField("按期催报", default=True)
    note = models.CharField("说明", max_length=400, default="", blank=True)
    recorded_from = models.DateTimeField("记录时间")
    recorded_to = models.DateTimeField("截止时间", null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="账号",
    )
    by_name = models.CharField("设定人", max_length=64)

    class Meta:
        verbose_name = "目录节点设置"
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "source_name"],
                condition=Q(recorded_to__isnull=True),
                name="resource_setting_current",
            )
        ]
        indexes = [models.Index(fields=["data_set", "-recorded_from"], name="resource_setting_history")]
