"""What every room's business record has in common (共享交换库)."""

from django.db import models

from minzheng.foundation.access.row_security import AllOf, AnyOf, ByDivision, OfRoom, Through


class BusinessRecord(models.Model):
    """One version of one business record as its source stated it (业务记录).

    A later statement of the same record closes this version (``recorded_to``) and writes a new one. Who is meant by
    the record stands in the claims that carry its ``id``, nowhere else, so that a wrong link is put right in one place.
    ``division_code`` is whose it is today; where that code has ended since, ``stated_division_code`` is what the source
    said. ``key_digest`` stands for the record's natural key. Each room adds its own columns, says which are personal data,
    and indexes what it is looked up by.
    """

    row_scope = AllOf(
        OfRoom(),
        AnyOf(ByDivision(), Through("registry.PersonClaim", "id", "record_id")),
    )

    id = models.UUIDField(primary_key=True)
    source_id = models.IntegerField("来源")
    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    key_digest = models.UUIDField("业务键摘要")
    digest = models.UUIDField("内容摘要")
    division_code = models.CharField("属地", max_length=12, null=True)
    stated_division_code = models.CharField("来源所报区划", max_length=12, null=True)
    happened_on = models.DateField("发生日期", null=True)
    recorded_from = models.DateTimeField("登记起")
    recorded_to = models.DateTimeField("登记止", null=True)
    extra_cipher = models.BinaryField("标准外的列", null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["key_digest"], name="%(class)s_key", condition=models.Q(recorded_to__isnull=True)
            ),
            models.Index(
                fields=["recorded_to"],
                name="%(class)s_closed",
                condition=models.Q(recorded_to__isnull=False),
            ),
            # What happened in a division month by month, today or as known on a day: an index of all versions.
            models.Index(
                fields=["happened_on", "division_code"],
                name="%(class)s_month",
                opclasses=["date_ops", "varchar_pattern_ops"],
            ),
        ]
