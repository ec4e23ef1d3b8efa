"""What is kept of calls besides the uses of grants (接口): seals, keys of repeated calls, batches of checks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import NodeOnly, Through
from minzheng.sharing.grants.models import Client, Grant


class Seal(models.Model):
    """What was answered, signed by this node, about once a second (签封). No personal data.

    The leaf of a use is the SM3 of who asked, what, and what was answered (``sealing.leaf``); ``root`` is the root of their tree,
    ``leaves`` the leaves one after another, 32 bytes each, in the order of ``use_ids``.
    """

    row_scope = NodeOnly("回执经接口给出")

    at = models.DateTimeField("签封时间", db_index=True)
    by = models.CharField("签名节点", max_length=32)
    root = models.BinaryField("树根")
    signature = models.CharField("签名", max_length=160)
    use_ids = ArrayField(models.UUIDField(), verbose_name="请求标识")
    leaves = models.BinaryField("叶")

    class Meta:
        verbose_name = verbose_name_plural = "签封"


class RepeatKey(models.Model):
    """An Idempotency-Key and the request it came with (幂等键). No personal data: the request is kept as its SM3.

    ``batch``: what the first request made, given again to the same request.
    """

    row_scope = NodeOnly("只供接口核对重复请求")

    client = models.ForeignKey(
        Client, models.CASCADE, related_name="+", db_index=False, verbose_name="接入系统"
    )
    key = models.CharField("幂等键", max_length=128)
    request_digest = models.BinaryField("请求摘要")
    batch_id = models.UUIDField("批量核验", null=True)
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "幂等键"
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="repeat_key_once")]


class Batch(models.Model):
    """Many checks asked at once (批量核验). Personal data: the list and the result lie sealed beside it until ``expires_at``."""

    class State(models.TextChoices):
        WAITING = "waiting", "排队"
        RUNNING = "running", "核验中"
        FINISHED = "finished", "已完成"
        FAILED = "failed", "未完成"

    row_scope = Through("grants.Grant", "grant")

    id = models.UUIDField("标识", primary_key=True)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="+", verbose_name="授权")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    lookup = models.CharField("查询字段", max_length=100)
    fields = ArrayField(models.CharField(max_length=100), verbose_name="被核验字段")
    rows = models.PositiveIntegerField("行数")
    done = models.PositiveIntegerField("已核验", default=0)
    hits = models.PositiveIntegerField("命中", default=0)
    problem = models.CharField("原因", max_length=300, blank=True)
    asked_at = models.DateTimeField("提交时间")
    heartbeat_at = models.DateTimeField("最近动静", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    expires_at = models.DateTimeField("删除时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量核验"


class TokenWindow(models.Model):
    """How often tokens were asked for in one minute, by an address or by a system from one (取令牌次数). No personal data."""

    row_scope = NodeOnly("只供限制取令牌的次数")

    key = models.CharField("来源", max_length=120)
    window_at = models.DateTimeField("分钟")
    count = models.PositiveIntegerField("次数")

    class Meta:
        verbose_name = verbose_name_plural = "取令牌次数"
        constraints = [models.UniqueConstraint(fields=["key", "window_at"], name="token_window_once")]
