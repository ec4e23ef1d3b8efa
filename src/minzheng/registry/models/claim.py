"""What every claim has besides the values it states (来源主张)."""

from django.db import models


class Claim(models.Model):
    """One statement of one source record about one subject: link, provenance, both times.

    ``rule`` is how the subject was found: ``id_number``, ``uscc``, ``new``, ``model`` (with ``model_version`` and
    ``score`` in bits of match weight), ``exact_name``, ``manual``. No foreign keys in the database: bulk loads write a
    million rows a minute, and the load engine is the only writer (checked by ``registry.integrity``).
    """

    id = models.UUIDField(primary_key=True)
    source_id = models.IntegerField("来源")
    role = models.CharField("角色", max_length=30)
    record_id = models.UUIDField("业务记录", null=True)
    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    digest = models.UUIDField("内容摘要")
    rule = models.CharField("关联规则", max_length=20)
    model_version = models.CharField("模型版本", max_length=40, null=True)
    score = models.FloatField("匹配权重", null=True)
    valid_from = models.DateField("有效起")
    recorded_from = models.DateTimeField("登记起")
    recorded_to = models.DateTimeField("登记止", null=True)

    class Meta:
        abstract = True
