"""Quarantine (隔离区)."""

from django.db import models

from minzheng.foundation.access.row_security import Through


class QuarantinedRow(models.Model):
    """A row that was refused, with the reasons, kept to be given back (隔离行).

    ``problems``: list of {field, rule, reason}; ``row_cipher``: the row in the source's own columns, sealed JSON list.
    Personal data: ``row_cipher``.
    """

    row_scope = Through("exchange.Batch", "batch_id")

    id = models.BigAutoField(primary_key=True)
    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    problems = models.JSONField("问题")
    row_cipher = models.BinaryField("原行")

    class Meta:
        verbose_name = "隔离行"
        constraints = [models.UniqueConstraint(fields=["batch_id", "row_no"], name="quarantined_once")]
