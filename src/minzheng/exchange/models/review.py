"""Review (待核)."""

from django.db import models

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed


class ReviewItem(models.Model):
    """A row whose person is uncertain; nothing of it is written until someone decides (待核行).

    ``reason``: ``name_differs`` (known number, clearly different name) or ``uncertain`` (the model can't tell).
    ``candidates``: list of {person_id, score, role}; ``row_cipher``: the row in the source's own columns, sealed.
    ``division_code``: of the business record, else where the person is registered. ``state``: ``open``, ``proposed`` (a
    second person must approve), ``aside``, ``decided``; what the decisions are stands in ``stewardship.review``.
    Personal data: ``row_cipher``.
    """

    row_scope = AllOf(OfFeed(), ByDivision())

    id = models.BigAutoField(primary_key=True)
    batch_id = models.UUIDField("批次")
    feed = models.CharField("数据集", max_length=40)
    row_no = models.IntegerField("行号")
    role = models.CharField("角色", max_length=30)
    reason = models.CharField("原因", max_length=20)
    candidates = models.JSONField("候选")
    digest = models.UUIDField("内容摘要")
    division_code = models.CharField("属地", max_length=12, null=True)
    row_cipher = models.BinaryField("原行")
    state = models.CharField("状态", max_length=10, default="open")
    created_at = models.DateTimeField("产生时间")

    class Meta:
        verbose_name = "待核行"
        constraints = [models.UniqueConstraint(fields=["batch_id", "row_no", "role"], name="review_once")]
        indexes = [
            models.Index(
                fields=["digest"], name="review_waiting_digest", condition=~models.Q(state="decided")
            ),
            models.Index(
                fields=["division_code", "feed", "created_at"],
                name="review_waiting",
                condition=~models.Q(state="decided"),
            ),
        ]
