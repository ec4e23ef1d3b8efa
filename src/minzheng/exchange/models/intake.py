"""Sources fetched by an adapter on a cycle (接入来源)."""

from django.db import models

from minzheng.exchange.intake.declare import adapters
from minzheng.foundation.access.row_security import AllOf, ByDivision, Everyone, OfFeed, Through


class Intake(models.Model):
    """A source that an adapter fetches by itself (接入来源). Personal data: ``secrets_cipher`` may name an official.

    ``settings``: what the adapter's form asks for; what is secret of it stands sealed in ``secrets_cipher``. ``reached``: how
    far the adapter has read, in its own words; it moves in the transaction that finishes a batch. ``offered``: what waits for
    an officer's confirmation. ``next_at`` empty: only by hand. ``failures`` counts since the last success.
    """

    row_scope = AllOf(OfFeed(), ByDivision())

    class State(models.TextChoices):
        NEW = "new", "未取数"
        WORKING = "working", "正常"
        FAILED = "failed", "上次失败"

    name = models.CharField("名称", max_length=100, unique=True)
    feed = models.CharField("数据集", max_length=40)
    division_code = models.CharField("接收节点", max_length=12)
    adapter = models.CharField("接入方式", max_length=32)
    settings = models.JSONField("设置", default=dict)
    secrets_cipher = models.BinaryField("密文设置")
    offered = models.JSONField("待确认", default=dict)
    cycle_minutes = models.PositiveIntegerField("周期 (分钟)", default=0)
    paused = models.BooleanField("已停用", default=False)
    reached = models.JSONField("取数位置", default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.NEW)
    problem = models.TextField("失败原因", null=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    created_at = models.DateTimeField("登记时间")
    pulled_at = models.DateTimeField("最近取数", null=True)
    succeeded_at = models.DateTimeField("最近成功", null=True)
    next_at = models.DateTimeField("下次取数", null=True)
    batch_id = models.UUIDField("最近批次", null=True)

    class Meta:
        verbose_name = "接入来源"
        indexes = [models.Index(fields=["next_at"], name="intake_due")]

    def get_kind_display(self) -> str:
        """The adapter's name; its key where this node no longer has it (接入方式)."""
        return next((one.label for one in adapters() if one.key == self.adapter), self.adapter)


class IntakeFile(models.Model):
    """A file that was taken, once by name, size and SM3 (已取文件). Personal data: ``name`` may hold a person's name."""

    row_scope = Through("exchange.Intake", "intake")

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="+", verbose_name="接入来源")
    name = models.CharField("文件名", max_length=255)
    size = models.BigIntegerField("字节数")
    sm3 = models.CharField("SM3 摘要", max_length=64)
    modified = models.BigIntegerField("对方修改时间")
    batch_id = models.UUIDField("批次")
    taken_at = models.DateTimeField("取得时间")

    class Meta:
        verbose_name = "已取文件"
        constraints = [
            models.UniqueConstraint(fields=["intake", "name", "size", "sm3"], name="intake_file_once")
        ]


class AllowedPlace(models.Model):
    """A host, network or folder that sources may be fetched from (允许访问的地址). No personal data.

    ``place``: ``host``, ``host:port``, ``10.1.0.0/16`` or ``/folder``, as ``intake.places`` reads it.
    """

    row_scope = Everyone("内网地址, 对工作人员公开; 只有系统管理员可以修改")

    place = models.CharField("地址", max_length=255, unique=True)
    note = models.CharField("说明", max_length=200, blank=True)
    allowed_at = models.DateTimeField("允许时间")

    class Meta:
        verbose_name = "允许访问的地址"
