"""Households (户)."""

from django.db import models

from minzheng.foundation.access.row_security import AnyOf, ByDivision, Through


class Household(models.Model):
    """A household, known by its head (户). Personal data: ``key_blind`` (blind index of the head's number or certificate).

    ``key_blind`` is the blind index of the head's ID number, so the head is the person of that number.
    ``kind_code``: ``hukou`` registered household 户籍户; other kinds come with the businesses that need them. Members are
    the persons whose claims name the household; who was a member when is in their history.
    """

    # Whoever may see a member may see the household: its division is the head's, who may be registered elsewhere.
    row_scope = AnyOf(ByDivision(), Through("registry.Person", "id", "household_id"))

    id = models.UUIDField(primary_key=True)
    kind_code = models.CharField("户类别", max_length=10)
    key_blind = models.UUIDField("户键")
    division_code = models.CharField("区划", max_length=12, null=True)
    created_at = models.DateTimeField("建档时间")
    batch_id = models.UUIDField("批次")

    class Meta:
        verbose_name = "户"
        constraints = [models.UniqueConstraint(fields=["kind_code", "key_blind"], name="household_key")]
