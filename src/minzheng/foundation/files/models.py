"""What is kept of a file: never its content, which lies encrypted under MINZHENG_HOME/files."""

from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import SaidAbove, Through


class StoredFile(models.Model):
    """A file's content, once per hash (文件). Personal data: ``name`` may hold a person's name."""

    row_scope = Through("foundation.Attachment", "sm3", "file")

    sm3 = models.CharField("SM3 摘要", max_length=64, primary_key=True)
    size = models.BigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=100)
    name = models.CharField("首次收到时的文件名", max_length=255)
    stored_at = models.DateTimeField("入库时间")

    class Meta:
        verbose_name = "文件"


class Attachment(models.Model):
    """A file hung on a register entry or record (附件). Personal data: ``name`` and ``title`` may hold a person's name.

    Never deleted: one that is withdrawn keeps its row, with who, when and why. A register entry is named by its
    identity, a business record by its feed and ``key_digest``, so that a later version of the record keeps its files.
    """

    row_scope = SaidAbove("a file is whose the person or record is on which it hangs, and those lie above")

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    name = models.CharField("文件名", max_length=255)
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.UUIDField("对象标识")
    title = models.CharField("标题", max_length=200)
    attached_at = models.DateTimeField("挂接时间")
    attached_by = models.CharField("挂接人", max_length=150)
    removed_at = models.DateTimeField("撤下时间", null=True)
    removed_by = models.CharField("撤下人", max_length=150, null=True)
    removed_reason = models.CharField("撤下原因", max_length=200, null=True)

    class Meta:
        verbose_name = "附件"
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="attachment_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "subject_kind", "subject_id"],
                condition=Q(removed_at__isnull=True),
                name="attachment_once",
            )
        ]
