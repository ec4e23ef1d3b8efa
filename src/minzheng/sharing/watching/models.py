"""What is kept of watching the exchange (交换监控的表): where each stream stands, its history, roads, alarms."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import AllOf, ByDivision, Everyone, NodeOnly, OfFeed, Through
from minzheng.sharing.watching.terms import (
    SLOW_AFTER_S,
    STALE_AFTER_S,
    AlarmState,
    Condition,
    Direction,
    Way,
)


class Stream(models.Model):
    """Where one stream stands as last measured: a way, a peer, a direction, a data set (流). No personal data.

    ``data_set`` empty: the stream as a whole. ``division_code``: whose it is to look at, the peer's below this node, else the
    node's own or that of the rows. ``batches``, ``units`` (subjects, calls or rows), ``size`` (bytes) and ``refused`` only grow.
    ``oldest_at``: since when the oldest change waits.
    """

    row_scope = AllOf(OfFeed("data_set"), ByDivision())

    way = models.CharField("方式", max_length=10, choices=Way.choices)
    peer_code = models.CharField("对方", max_length=100)
    peer_name = models.CharField("对方名称", max_length=200)
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    data_set = models.CharField("数据集", max_length=40, blank=True)
    division_code = models.CharField("区划", max_length=12)
    backlog = models.BigIntegerField("积压", default=0)
    oldest_at = models.DateTimeField("最早待发", null=True)
    batches = models.BigIntegerField("批次", default=0)
    units = models.BigIntegerField("数量", default=0)
    size = models.BigIntegerField("字节数", default=0)
    refused = models.BigIntegerField("拒绝", default=0)
    last_success_at = models.DateTimeField("最近成功", null=True)
    problem = models.CharField("问题", max_length=300, blank=True)
    stopped = models.BooleanField("已停", default=False)
    measured_at = models.DateTimeField("测量时间")

    class Meta:
        verbose_name = "交换流"
        constraints = [
            models.UniqueConstraint(
                fields=["way", "peer_code", "direction", "data_set", "division_code"], name="stream_once"
            )
        ]

    @property
    def lag_s(self) -> int:
        """The age of the oldest change that waits, seconds (滞后)."""
        return max(0, int((self.measured_at - self.oldest_at).total_seconds())) if self.oldest_at else 0

    def condition(self, *, at: datetime) -> Condition:
        """How it does (流的状况); what was measured too long ago is unknown."""
        if (at - self.measured_at).total_seconds() > STALE_AFTER_S:
            return Condition.UNKNOWN
        if self.stopped or (self.problem and self.way == Way.NODE):
            return Condition.BROKEN
        return Condition.SLOW if self.lag_s > SLOW_AFTER_S and self.way == Way.NODE else Condition.FINE


class Sample(models.Model):
    """What one stream did within some minutes (采样): measured every minute, thinned to hours, then to days. No personal data.

    ``backlog`` and ``lag_s`` are the largest within the time, the others what came together.
    """

    row_scope = Through("watching.Stream", "stream")

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(
        Stream, models.CASCADE, related_name="+", db_index=False, verbose_name="交换流"
    )
    at = models.DateTimeField("起始时间")
    minutes = models.PositiveSmallIntegerField("时长 (分钟)")
    backlog = models.BigIntegerField("积压")
    lag_s = models.BigIntegerField("滞后秒数")
    batches = models.BigIntegerField("批次")
    units = models.BigIntegerField("数量")
    size = models.BigIntegerField("字节数")
    refused = models.BigIntegerField("拒绝")

    class Meta:
        verbose_name = "交换采样"
        constraints = [models.UniqueConstraint(fields=["stream", "at", "minutes"], name="sample_once")]
        indexes = [models.Index(fields=["minutes", "at"], name="sample_to_thin")]


class RoadState(models.Model):
    """How the road between a node and its upper does, as the one who tells it last saw it (道路状况). No personal data.

    ``told_by``: this node itself, or the neighbour that handed it up.
    """

    row_scope = Everyone("节点之间的连通状况, 不含个人信息")

    lower_code = models.CharField("下级节点", max_length=32, primary_key=True)
    upper_code = models.CharField("上级节点", max_length=32)
    condition = models.CharField("状况", max_length=10, choices=Condition.choices)
    backlog = models.BigIntegerField("积压", default=0)
    lag_s = models.BigIntegerField("滞后秒数", default=0)
    clock_ahead_ms = models.BigIntegerField("时钟差毫秒", null=True)
    reached_at = models.DateTimeField("最近连通", null=True)
    problem = models.CharField("问题", max_length=300, blank=True)
    told_by = models.CharField("报告节点", max_length=32)
    told_at = models.DateTimeField("报告时间")

    class Meta:
        verbose_name = "道路状况"


class Alarm(models.Model):
    """A quantity beyond its limit, from the first time it was seen to its end (告警). Personal data: who acknowledged it.

    ``value`` is the last measured, ``worst`` the furthest beyond. ``since_at``: beyond the limit since; ``better_since_at``: back
    within since, and not yet long enough to be believed.
    """

    row_scope = ByDivision()

    rule = models.CharField("规则", max_length=40)
    subject = models.CharField("对象", max_length=200)
    title = models.CharField("标题", max_length=200)
    division_code = models.CharField("区划", max_length=12)
    state = models.CharField("状态", max_length=10, choices=AlarmState.choices)
    value = models.DecimalField("现值", max_digits=20, decimal_places=3)
    worst = models.DecimalField("最差值", max_digits=20, decimal_places=3)
    since_at = models.DateTimeField("越限时间")
    better_since_at = models.DateTimeField("回落时间", null=True)
    raised_at = models.DateTimeField("告警时间", null=True)
    cleared_at = models.DateTimeField("恢复时间", null=True)
    acknowledged_at = models.DateTimeField("确认时间", null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
        verbose_name="确认人",
    )
    note = models.CharField("处理说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "告警"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"], condition=~Q(state="cleared"), name="alarm_once"
            )
        ]
        indexes = [models.Index(fields=["-raised_at"], name="alarm_recent")]


class Position(models.Model):
    """Up to where a log has been looked at (已看到). No personal data."""

    row_scope = NodeOnly("only the measuring itself asks")

    key = models.CharField("日志", max_length=40, primary_key=True)
    number = models.BigIntegerField("编号", default=0)
    at = models.DateTimeField("时间", null=True)

    class Meta:
        verbose_name = "测量位置"


class LineageRun(models.Model):
    """What has been told of one run (数据血缘运行). ``log_id``: of a batch between nodes. No personal data."""

    row_scope = NodeOnly("only the telling itself asks")

    run_id = models.UUIDField("运行标识", primary_key=True)
    log_id = models.BigIntegerField("交换批编号", null=True, db_index=True)
    begun_at = models.DateTimeField("开始时间", db_index=True)
    ended = models.BooleanField("已告知结束", default=False)

    class Meta:
        verbose_name = "数据血缘运行"
