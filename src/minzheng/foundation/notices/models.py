"""What is kept of a notice, and who has read it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import ByDivision, Own


class Notice(models.Model):
    """Something the holders of some roles in one division should look at (通知). Personal data: none; the title names no person.

    ``key`` makes the same notice the same, however often it is sent. ``division_code`` is where it is read: a division
    without an official of these roles is served by the one above it.
    """

    row_scope = ByDivision()

    key = models.CharField("去重键", max_length=200, unique=True)
    division_code = models.CharField("收件区划", max_length=12)
    roles = ArrayField(models.CharField(max_length=32), verbose_name="收件角色")
    title = models.CharField("标题", max_length=200)
    url = models.CharField("办理页面", max_length=300)
    at = models.DateTimeField("时间")

    class Meta:
        app_label = "foundation"
        verbose_name = verbose_name_plural = "通知"
        indexes = [models.Index(fields=["division_code", "-id"], name="notice_division")]


class NoticeRead(models.Model):
    """That a user has read a notice (通知已读). Personal data: who read it."""

    row_scope = Own("user")

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+", db_index=False, verbose_name="通知")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name="账号"
    )
    at = models.DateTimeField("阅读时间")

    class Meta:
        app_label = "foundation"
        verbose_name = verbose_name_plural = "通知已读"
        constraints = [models.UniqueConstraint(fields=["user", "notice"], name="notice_read_once")]
