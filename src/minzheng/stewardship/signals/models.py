"""What is kept of signals: each once a subject and kind, and every change of its state."""

from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed, Through
from minzheng.stewardship.signals.terms import State


class Signal(models.Model):
    """What one business should look at because of what another brought in (线索). One row a kind and subject, for good.

    ``subject_id``: the person or organisation, or the blind index of the account or address. ``facts`` is the digest of
    what makes it this signal. ``decided_by`` empty means that the node itself changed the state.
    Personal data: ``said`` (dates of a person's life, without the name), ``person_ids`` lead to the persons.
    """

    row_scope = AllOf(ByDivision(), OfFeed("kind"))  # declare.register says to which business a kind belongs

    kind = models.CharField("类别", max_length=40)
    subject_id = models.UUIDField("对象")
    division_code = models.CharField("主办区划", max_length=12)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    since = models.DateField("起始日期", null=True)
    amount_fen = models.BigIntegerField("涉及金额", null=True)
    said = models.CharField("情况", max_length=400)
    person_ids = ArrayField(models.UUIDField(), verbose_name="涉及人员")
    record_ids = ArrayField(models.UUIDField(), verbose_name="涉及记录")
    facts = models.UUIDField("事实摘要")
    raised_at = models.DateTimeField("发现时间")
    changed_at = models.DateTimeField("变更时间")
    due_on = models.DateField("办理期限", null=True)
    reason = models.CharField("理由", max_length=400, default="")
    decided_by = models.CharField("处理人", max_length=64, default="")

    class Meta:
        verbose_name = "线索"
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="signal_once")]
        indexes = [
            models.Index(
                fields=["division_code", "state", "kind"],
                name="signal_division",
                opclasses=["varchar_pattern_ops", "varchar_ops", "varchar_ops"],
            ),
            models.Index(fields=["state", "due_on", "id"], name="signal_due"),
            GinIndex(fields=["person_ids"], name="signal_persons"),
            GinIndex(fields=["record_ids"], name="signal_records"),
            models.Index(fields=["due_on"], name="signal_waiting", condition=Q(state="new")),
        ]


class SignalEvent(models.Model):
    """One change of a signal (线索变更). A trigger refuses UPDATE, DELETE and TRUNCATE.

    ``by_name`` is empty where the node itself acted. Personal data: ``by_name``.
    """

    row_scope = Through("signals.Signal", "signal_id")

    signal = models.ForeignKey(Signal, models.PROTECT, related_name="+", db_index=False, verbose_name="线索")
    division_code = models.CharField("主办区划", max_length=12)
    at = models.DateTimeField("时间")
    by_name = models.CharField("处理人", max_length=64, default="")
    from_state = models.CharField("原状态", max_length=10, default="")
    to_state = models.CharField("新状态", max_length=10)
    reason = models.CharField("理由", max_length=400, default="")
    amount_fen = models.BigIntegerField("涉及金额", null=True)

    class Meta:
        verbose_name = "线索变更"
        indexes = [models.Index(fields=["signal", "id"], name="signal_event_of")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only a new event can be saved (只增)."""
        if self.pk is not None:
            raise TypeError("线索变更只能新增, 不能修改")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused (不可删除)."""
        raise TypeError("线索变更只能新增, 不能删除")


class Decision(models.Model):
    """What an official decided of many signals at once, and how far it is carried out (批量处理).

    ``failures``: [signal id, why not]. Personal data: ``by_name``.
    """

    row_scope = ByDivision()

    division_code = models.CharField("处理人区划", max_length=12)
    at = models.DateTimeField("时间")
    by_id = models.BigIntegerField("账号")
    by_name = models.CharField("处理人", max_length=64)
    to_state = models.CharField("新状态", max_length=10)
    reason = models.CharField("理由", max_length=400)
    signal_ids = ArrayField(models.BigIntegerField(), verbose_name="所选线索")
    done = models.IntegerField("已处理", default=0)
    failures = models.JSONField("未处理", default=list)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "批量处理"
