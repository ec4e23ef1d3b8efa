"""Subscriptions, what each was given, what was tried (订阅的表)."""

from django.db import models

from minzheng.foundation.access.row_security import AnyOf, ByDivision, NodeOnly, Through
from minzheng.sharing.grants.models import Client, Grant
from minzheng.sharing.subscriptions.terms import DEAD_AFTER_HOURS, State, Way


class Subscription(models.Model):
    """Changes of one data set that a system is told of under one grant (订阅). Personal data: what is sealed is a secret.

    ``position`` and ``within``: the place in the order of changes behind which it goes on; all before it is taken. ``epoch``
    grows whenever it is moved or stopped, so that a delivery under way then moves nothing. ``sent_position``: how far a stream
    has been sent; ``moved``: its next batch is to be from ``position``, wherever its reader believes to be. ``division_code`` is
    the rows', ``subscriber_code`` the department's: both see it.
    """

    row_scope = AnyOf(ByDivision(), ByDivision("subscriber_code"))

    id = models.UUIDField("标识", primary_key=True)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="+", verbose_name="授权")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name="接入系统")
    data_set = models.CharField("数据集", max_length=40)
    name = models.CharField("名称", max_length=100)
    division_code = models.CharField("数据区划", max_length=12)
    subscriber_code = models.CharField("单位区划", max_length=12)
    way = models.CharField("接收方式", max_length=10, choices=Way.choices)
    filter = models.JSONField("筛选", default=dict)
    state = models.CharField("状态", max_length=12, choices=State.choices)
    reason = models.CharField("原因", max_length=300, blank=True)
    position = models.BigIntegerField("位置", default=0)
    within = models.IntegerField("条内位置", default=0)
    sent_position = models.BigIntegerField("已发至", default=0)
    moved = models.BooleanField("已改位置", default=False)
    epoch = models.IntegerField("轮次", default=0)
    url = models.CharField("回调地址", max_length=500, blank=True)
    ca = models.TextField("接收方根证书", blank=True)
    secret_cipher = models.BinaryField("签名密钥", null=True)
    rate_per_minute = models.PositiveIntegerField("对方限速", null=True)
    dead_after_hours = models.PositiveIntegerField("停止时限", default=DEAD_AFTER_HOURS)
    failures = models.PositiveIntegerField("连续失败", default=0)
    failing_since_at = models.DateTimeField("失败起", null=True)
    next_at = models.DateTimeField("下次送达", null=True)
    sent_at = models.DateTimeField("最近送达", null=True)
    seen_at = models.DateTimeField("最近连接", null=True)
    events = models.BigIntegerField("已送事件", default=0)
    created_at = models.DateTimeField("订阅时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "订阅"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "data_set", "name"], condition=~models.Q(state="ended"), name="subscription_named_once"
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["way", "state"], name="subscription_due")]

    def __str__(self) -> str:
        return self.name


class Given(models.Model):
    """What a subscription was last given of a person or record, as a keyed digest (已给摘要). No personal data but the identity.

    ``position``: up to which change it takes everything in. Whoever has read so far has it, and is not told the same again.
    """

    row_scope = NodeOnly("只供节点比对")

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="+", db_index=False, verbose_name="订阅"
    )
    subject_id = models.UUIDField("对象")
    digest = models.UUIDField("摘要", null=True)  # none: it was withdrawn
    position = models.BigIntegerField("位置")

    class Meta:
        verbose_name = verbose_name_plural = "已给摘要"
        constraints = [models.UniqueConstraint(fields=["subscription", "subject_id"], name="given_once")]


class Attempt(models.Model):
    """One delivery or handshake that was tried (送达记录). No personal data."""

    row_scope = Through("subscriptions.Subscription", "subscription")

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="+", db_index=False, verbose_name="订阅"
    )
    at = models.DateTimeField("时间")
    took_ms = models.PositiveIntegerField("用时", default=0)
    status = models.PositiveSmallIntegerField("答复", null=True)
    events = models.PositiveIntegerField("事件", default=0)
    after = models.CharField("至", max_length=40, blank=True)
    problem = models.CharField("问题", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送达记录"
        indexes = [models.Index(fields=["subscription", "-at"], name="attempt_of_subscription")]
