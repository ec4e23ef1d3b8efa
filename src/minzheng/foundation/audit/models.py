"""Who did what to what, and why (审计): one table that only grows."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from minzheng.foundation.access.row_security import ByDivision


class AuditEntry(models.Model):
    """One act, kept for good (审计记录). A trigger refuses UPDATE, DELETE and TRUNCATE, whoever asks.

    ``user_name`` and ``division_code`` are copies of that moment: a user who moves on changes no history.
    Personal data: ``user_name``, ``ip``; ``purpose`` and ``detail`` hold no identifiers in clear.
    """

    row_scope = ByDivision()

    at = models.DateTimeField("时间")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name="账号",
    )
    user_name = models.CharField("操作人", max_length=64)
    division_code = models.CharField("操作人区划", max_length=12)
    ip = models.GenericIPAddressField("来源地址", null=True)
    action = models.CharField("操作", max_length=64)
    object_kind = models.CharField("对象类别", max_length=64)
    object_id = models.CharField("对象标识", max_length=128)
    purpose = models.CharField("用途", max_length=500)
    result = models.CharField("结果", max_length=32)
    detail = models.JSONField("详情", default=dict)

    class Meta:
        app_label = "foundation"
        verbose_name = verbose_name_plural = "审计记录"
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-at"], name="audit_object_at"),
            models.Index(fields=["user", "-at"], name="audit_user_at"),
            models.Index(fields=["-at"], name="audit_at"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only a new entry can be saved (只增)."""
        if self.pk is not None:
            raise TypeError("审计记录只能新增, 不能修改")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused (不可删除)."""
        raise TypeError("审计记录只能新增, 不能删除")
