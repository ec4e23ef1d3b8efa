"""What is kept of quality (质量监测的表): figures, failing rows, tickets."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import AllOf, ByDivision, OfFeed, Through
from minzheng.stewardship.quality.terms import OVERDUE, STATE_LABELS, Cause, State, Verdict


class Measured(models.Model):
    """What one rule found in one batch, of one field and division (质量计量). Personal data: none.

    ``checked`` rows were asked, ``failed`` did not hold; ``again`` of these are under a ticket already. ``division_code``
    is the row's county, the receiving node's division where the row tells none. ``weight`` and ``target`` are the rule's
    of that day.
    """

    row_scope = AllOf(OfFeed(), ByDivision())
    batch_id = models.UUIDField("批次")
    feed = models.CharField("数据集", max_length=40)
    source_id = models.IntegerField("来源")
    rule_id = models.CharField("规则标识", max_length=100)
    dimension = models.CharField("维度", max_length=10)
    field = models.CharField("列", max_length=200)
    division_code = models.CharField("区划", max_length=12)
    measured_on = models.DateField("接收日期")
    checked = models.BigIntegerField("检查行数")
    failed = models.BigIntegerField("不合格行数")
    again = models.BigIntegerField("已在工单行数", default=0)
    weight = models.PositiveSmallIntegerField("权重")
    target = models.DecimalField("目标", max_digits=6, decimal_places=3, null=True)

    class Meta:
        verbose_name = "质量计量"
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id", "rule_id", "field", "division_code"], name="measured_once"
            )
        ]
        indexes = [
            models.Index(fields=["measured_on", "feed", "source_id"], name="measured_day"),
            models.Index(
                fields=["division_code", "measured_on"],
                name="measured_division",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
        ]


class MeasuredBatch(models.Model):
    """A batch that was measured, with what reading its rows takes (已计量批次). Personal data: none.

    ``headings`` are the source's own, ``columns``: heading of the standard → place among them. ``is_in``: the batch is in
    the register; figures and rows of one that is not, or was given up, count nowhere.
    """

    row_scope = OfFeed()
    id = models.UUIDField(primary_key=True)
    feed = models.CharField("数据集", max_length=40)
    source_id = models.IntegerField("来源")
    measured_on = models.DateField("接收日期")
    headings = models.JSONField("来源列")
    columns = models.JSONField("标准列的位置")
    is_in = models.BooleanField("已入库", default=False)

    class Meta:
        verbose_name = "已计量批次"


class FailingRow(models.Model):
    """A row a rule does not hold for, the first so many of each (不合格行). Personal data: ``row_cipher``, ``digest_cipher``.

    ``row_cipher``: the row in the source's own columns, sealed. The row is known again by ``digest_cipher``, the sealed digest
    of the staged columns ``known_by``. ``seen_*``: a later row that mends it, in a batch not finished yet; ``mended_*``: the
    same once that batch is in. ``is_refused``: the row lies in quarantine.
    """

    row_scope = AllOf(OfFeed(), ByDivision())
    batch_id = models.UUIDField("批次")
    feed = models.CharField("数据集", max_length=40)
    source_id = models.IntegerField("来源")
    rule_id = models.CharField("规则标识", max_length=100)
    field = models.CharField("列", max_length=200)
    row_no = models.IntegerField("行号")
    division_code = models.CharField("区划", max_length=12)
    measured_on = models.DateField("接收日期")
    is_refused = models.BooleanField("已隔离", default=False)
    row_cipher = models.BinaryField("原行", null=True)
    known_by = ArrayField(models.CharField(max_length=100), verbose_name="识别依据", default=list)
    digest_cipher = models.BinaryField("识别摘要", null=True)
    seen_batch_id = models.UUIDField("待确认批次", null=True)
    seen_row_no = models.IntegerField("待确认行号", null=True)
    mended_batch_id = models.UUIDField("补正批次", null=True)
    mended_row_no = models.IntegerField("补正行号", null=True)

    class Meta:
        verbose_name = "不合格行"
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id", "rule_id", "field", "row_no"], name="failing_row_once"
            )
        ]
        indexes = [
            models.Index(fields=["measured_on", "feed", "source_id", "id"], name="failing_row_day"),
            models.Index(
                fields=["seen_batch_id"], name="failing_row_seen", condition=Q(seen_batch_id__isnull=False)
            ),
        ]


class Ticket(models.Model):
    """A request to a source to put its data right (校核纠错工单). Personal data: ``answer`` and names of officials.

    It asks for the failing rows of ``batch_id`` under ``measures`` (list of ``rule_id`` and field, joined by ``|``), in one
    county where ``within_code`` names one, which is then the ``division_code`` that sees to it; late data has no batch.
    ``due_on`` is counted in workdays by the standard.
    """

    row_scope = AllOf(OfFeed(), ByDivision())
    feed = models.CharField("数据集", max_length=40)
    source_id = models.IntegerField("来源")
    source_name = models.CharField("来源名称", max_length=100)
    division_code = models.CharField("承办区划", max_length=12)
    within_code = models.CharField("限于区划", max_length=12, blank=True)
    batch_id = models.UUIDField("批次", null=True)
    measures = ArrayField(models.CharField(max_length=300), verbose_name="规则与列", default=list)
    cause = models.CharField("开单原因", max_length=10, choices=Cause.choices)
    title = models.CharField("标题", max_length=200)
    reason = models.TextField("说明", blank=True)
    rows = models.BigIntegerField("应补正行数", default=0)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField("开单时间")
    opened_by = models.CharField("开单人", max_length=150)
    due_on = models.DateField("期限")
    due_basis = models.CharField("期限依据", max_length=200, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    sent_by = models.CharField("发出人", max_length=150, blank=True)
    answered_at = models.DateTimeField("反馈时间", null=True)
    answer = models.TextField("反馈内容", blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=150, blank=True)
    closed_batch_id = models.UUIDField("补正批次", null=True)
    outcome = models.TextField("办结说明", blank=True)

    class Meta:
        verbose_name = "校核纠错工单"
        indexes = [
            models.Index(fields=["feed", "source_id"], name="ticket_open", condition=~Q(state="closed")),
            models.Index(
                fields=["division_code", "-opened_at"],
                name="ticket_division",
                opclasses=["varchar_pattern_ops", "timestamptz_ops"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id"], condition=Q(cause="rule"), name="ticket_of_batch_once"
            ),
        ]

    @property
    def number(self) -> str:
        """The number people name it by (工单号)."""
        return f"JC{self.opened_at:%Y}{self.pk:06d}"

    def shown_state(self, on: date) -> str:
        """Its state, or ``overdue`` where its day has passed (状态)."""
        return OVERDUE if self.state != State.CLOSED and on > self.due_on else self.state

    def state_label(self, on: date) -> str:
        """The same in words (状态名)."""
        return STATE_LABELS[self.shown_state(on)]


class Dispute(models.Model):
    """One value of one source row that someone says is wrong (校核异议), under the same identity on every node it passes.

    ``ticket`` at either end: where it was raised, and where the source's row was received. ``batch_id`` and ``row_no`` name
    the row, ``heading`` the standard's column. ``came_from`` the neighbour that passed it here; ``is_waiting``: it has news to
    go on with. Personal data: ``held_cipher`` and ``proposed_cipher`` (sealed), ``reason``, ``evidence``, ``answer``.
    """

    row_scope = Through("quality.Ticket", "ticket_id")

    id = models.UUIDField(primary_key=True)
    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", null=True, on_delete=models.PROTECT, related_name="+"
    )
    feed = models.CharField("数据集", max_length=40)
    source_name = models.CharField("来源名称", max_length=100)
    heading = models.CharField("列", max_length=200)
    batch_id = models.UUIDField("批次")
    row_no = models.IntegerField("行号")
    person_id = models.UUIDField("人员")
    record_id = models.UUIDField("业务记录", null=True)
    division_code = models.CharField("区划", max_length=12)
    held_cipher = models.BinaryField("现值")
    proposed_cipher = models.BinaryField("应为")
    reason = models.TextField("理由")
    evidence = models.TextField("依据", blank=True)
    raised_node = models.CharField("提出节点", max_length=32)
    raised_by = models.CharField("提出人", max_length=150)
    raised_at = models.DateTimeField("提出时间")
    due_on = models.DateField("期限")
    owner_node = models.CharField("答复节点", max_length=32, blank=True)
    verdict = models.CharField("结论", max_length=10, choices=Verdict.choices, default=Verdict.RAISED)
    answer = models.TextField("答复", blank=True)
    answered_by = models.CharField("答复人", max_length=150, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    came_from = models.CharField("来自成员", max_length=32, blank=True)
    is_waiting = models.BooleanField("待转送", default=False)

    class Meta:
        verbose_name = "校核异议"
        indexes = [
            models.Index(fields=["id"], name="dispute_waiting", condition=Q(is_waiting=True)),
            models.Index(fields=["person_id"], name="dispute_person"),
        ]
