"""What is kept of review: decisions, who has taken what on, what a decided row wrote."""

from typing import Any, NoReturn

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import ByDivision
from minzheng.stewardship.review.terms import Kind


class Decision(models.Model):
    """One word of one official on a row or on persons (处置记录). A trigger refuses UPDATE and DELETE.

    On a row: ``item_id`` with ``batch_id``, ``row_no``, ``role``; ``person_id`` is whom it means, also one to be made. On
    persons: ``person_id`` is split, or stays; ``other_id`` is the new one, or joins it. ``about``: the decision that this
    one approves, rejects or undoes. ``needs_second``: it waits for another official's word. ``by`` is empty at the
    command line. Personal data: ``by_name``; the identities lead to persons.
    """

    row_scope = ByDivision()

    kind = models.CharField("处置", max_length=10, choices=Kind.choices)
    item_id = models.BigIntegerField("待核行", null=True)
    batch_id = models.UUIDField("批次", null=True)
    row_no = models.IntegerField("行号", null=True)
    role = models.CharField("角色", max_length=30, default="")
    person_id = models.UUIDField("人员", null=True)
    other_id = models.UUIDField("另一人员", null=True)
    claims = ArrayField(models.UUIDField(), verbose_name="来源记录", default=list)
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name="所针对的处置"
    )
    needs_second = models.BooleanField("须复核", default=False)
    reason = models.CharField("理由", max_length=400)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="账号",
    )
    by_name = models.CharField("处置人", max_length=64)
    division_code = models.CharField("属地", max_length=12, null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "处置记录"
        indexes = [
            models.Index(
                fields=["batch_id", "row_no"], name="decision_row", condition=Q(batch_id__isnull=False)
            ),
            models.Index(
                fields=["person_id", "at"], name="decision_person", condition=Q(person_id__isnull=False)
            ),
            models.Index(
                fields=["other_id", "at"], name="decision_other", condition=Q(other_id__isnull=False)
            ),
            models.Index(fields=["division_code", "-at"], name="decision_division"),
            models.Index(fields=["at"], name="decision_second", condition=Q(needs_second=True)),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only a new decision can be saved (只增)."""
        if self.pk is not None:
            raise TypeError("处置记录只能新增, 不能修改")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused (不可删除)."""
        raise TypeError("处置记录只能新增, 不能删除")


class Settled(models.Model):
    """What became of a decided row, so that it can be taken back (办结留痕): loaded, or returned to its source.

    ``effect``: what loading wrote and replaced, by identity. Personal data: none; the identities lead to persons.
    """

    row_scope = ByDivision()

    LOADED, RETURNED = "loaded", "returned"

    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    kind = models.CharField("结果", max_length=10, choices=((LOADED, "已入库"), (RETURNED, "已退回来源")))
    effect = models.JSONField("写入内容", default=dict)
    division_code = models.CharField("属地", max_length=12, null=True)
    at = models.DateTimeField("时间")
    ended_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "办结留痕"
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id", "row_no"], name="settled_once", condition=Q(ended_at__isnull=True)
            )
        ]


class Unfinished(models.Model):
    """A word whose effect stands in the register and which is not written down yet (未写完的处置).

    The register is written by a connection of its own: this row is committed with it, and goes with the transaction that
    writes the word down. One that stays was left by a process that died between the two. ``said``: the decision's columns.
    Personal data: the official's name and reason in ``said``.
    """

    row_scope = ByDivision()

    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    said = models.JSONField("处置")
    division_code = models.CharField("属地", max_length=12, null=True)

    class Meta:
        verbose_name = verbose_name_plural = "未写完的处置"
        constraints = [models.UniqueConstraint(fields=["batch_id", "row_no"], name="unfinished_once")]


class Assignment(models.Model):
    """Who has taken an item on (认领), so that two do not work on one. Personal data: the account."""

    row_scope = ByDivision()

    item_id = models.BigIntegerField("待核行", unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="认领人"
    )
    division_code = models.CharField("属地", max_length=12, null=True)
    at = models.DateTimeField("认领时间")

    class Meta:
        verbose_name = verbose_name_plural = "认领"
