"""Who may have what (授信): systems of departments, what they ask for, what they are granted, every use."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import ByDivision, Everyone, NodeOnly, Through
from minzheng.sharing.grants.terms import Method, Standing, State


def _user(label: str, *, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=null, db_index=False, verbose_name=label
    )  # fmt: skip


class Client(models.Model):
    """A system of a department that may come in (接入系统). No personal data; its secret stands hashed with the tokens.

    ``certificate_sha256``: what the TLS certificate it shows must hash to, where one is asked for (RFC 8705); 64 hex digits.
    A test system is answered from the sample and from nothing else.
    """

    row_scope = Everyone("接入系统和单位的名称, 不含个人信息")

    code = models.CharField("系统标识", max_length=40, primary_key=True)
    name = models.CharField("系统名称", max_length=100)
    office = models.CharField("使用单位", max_length=100)
    division_code = models.CharField("单位区划", max_length=12)
    is_test = models.BooleanField("测试系统", default=False)
    certificate_sha256 = models.CharField("证书指纹", max_length=64, blank=True)
    created_at = models.DateTimeField("登记时间")
    created_by = _user("登记人", null=True)  # none where the level above entered it
    disabled_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "接入系统"

    def __str__(self) -> str:
        return f"{self.office} {self.name}"


class Terms(models.Model):
    """What is asked for, and what is granted (共享内容): fields by their names, rows by place, time and codes."""

    data_set = models.CharField("数据集", max_length=40)
    purpose = models.CharField("用途", max_length=500)
    legal_basis = models.CharField("依据", max_length=500)
    fields = ArrayField(models.CharField(max_length=100), verbose_name="字段")
    division_code = models.CharField("数据范围区划", max_length=12)
    rows_from_on = models.DateField("业务日期起", null=True, blank=True)
    rows_to_on = models.DateField("业务日期止", null=True, blank=True)
    condition = models.JSONField("代码条件", default=dict, blank=True)  # field → codes
    methods = ArrayField(models.CharField(max_length=10, choices=Method.choices), verbose_name="共享方式")
    per_minute = models.PositiveIntegerField("每分钟限额")
    per_day = models.PositiveIntegerField("每日限额")

    class Meta:
        abstract = True


class Application(Terms):
    """What a department asks for (共享申请). Who answers for the rows decides. Personal data: none."""

    row_scope = ByDivision()

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name="接入系统")
    until_on = models.DateField("期望使用至")
    asked_at = models.DateTimeField("申请时间")
    asked_by = _user("登记人")
    due_on = models.DateField("答复期限")
    due_basis = models.CharField("期限依据", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    decided_at = models.DateTimeField("答复时间", null=True)
    decided_by = _user("答复人", null=True)
    answer = models.CharField("答复意见", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "共享申请"
        indexes = [
            models.Index(fields=["due_on"], name="application_waiting", condition=models.Q(state="waiting"))
        ]

    @property
    def number(self) -> str:
        """As it is written (申请编号)."""
        return f"SQ{self.asked_at.year}-{self.pk:06d}"


class Grant(Terms):
    """What one system may have (授权). Personal data: none.

    ``masked``: those of ``fields`` that are given with their middle hidden. ``data_level``: how sensitive a field may be that is
    given in clear, which is no more than whoever granted it may see. ``origin_code``: the member above whose grant it is, empty
    for this node's own. Never deleted: a withdrawn grant explains its uses.
    """

    row_scope = ByDivision()

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name="接入系统")
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="+", null=True, verbose_name="申请"
    )
    masked = ArrayField(models.CharField(max_length=100), verbose_name="遮蔽字段", default=list)
    data_level = models.PositiveSmallIntegerField("数据级别")
    from_at = models.DateTimeField("生效时间")
    until_at = models.DateTimeField("到期时间")
    granted_by = _user("授权人", null=True)  # none where the level above granted it
    origin_code = models.CharField("授权节点", max_length=32, db_default="", blank=True)
    origin_id = models.BigIntegerField("授权节点编号", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = _user("撤回人", null=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=500, blank=True)
    ended_told_at = models.DateTimeField("到期通知时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        indexes = [models.Index(fields=["client", "data_set"], name="grant_of_client")]
        constraints = [
            models.UniqueConstraint(
                fields=["origin_code", "origin_id"],
                name="grant_from_above_once",
                condition=~models.Q(origin_code=""),
            )
        ]

    def __str__(self) -> str:
        return f"授权 {self.pk}"

    def standing(self, at: datetime) -> Standing:
        """Whether it allows anything at a moment (授权状态)."""
        if self.withdrawn_at is not None and self.withdrawn_at <= at:
            return Standing.WITHDRAWN
        if at < self.from_at:
            return Standing.NOT_YET
        return Standing.OPEN if at < self.until_at else Standing.EXPIRED

    def covers_day(self, day: date | None) -> bool:
        """Whether something that happened on a day is within the granted time (是否在期间内)."""
        if self.rows_from_on is None and self.rows_to_on is None:
            return True
        return day is not None and (self.rows_from_on or date.min) <= day < (self.rows_to_on or date.max)


class Use(models.Model):
    """One use of a grant (使用记录): who asked in what way, how much came of it; never what was said. Rows are only added.

    ``units``: how many were asked about; ``hits``: of how many something was known. ``status`` of HTTP, 200 where none is.
    ``request_digest`` and ``answer_digest``: SM3, by which a stored copy of either is proved the one that was sent.
    Personal data: ``subject_ids`` lead to the persons or records that were given (at most 20).
    """

    row_scope = Through("grants.Grant", "grant")

    id = models.UUIDField("请求标识", primary_key=True)
    # Only looked up, and written with every call: no constraint, so that nothing is locked.
    grant = models.ForeignKey(
        Grant, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name="授权"
    )
    method = models.CharField("方式", max_length=10, choices=Method.choices)
    at = models.DateTimeField("时间")
    status = models.PositiveSmallIntegerField("结果", default=200)
    units = models.PositiveIntegerField("次数", default=1)
    hits = models.PositiveIntegerField("命中", default=0)
    took_ms = models.PositiveIntegerField("用时", default=0)
    ip = models.GenericIPAddressField("来源地址", null=True)
    subject_ids = ArrayField(models.UUIDField(), verbose_name="涉及对象", default=list)
    request_digest = models.BinaryField("请求摘要", null=True)
    answer_digest = models.BinaryField("应答摘要", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "使用记录"
        indexes = [models.Index(fields=["grant", "at"], name="use_of_grant", include=["units"])]


class ChangePlace(models.Model):
    """The place of a committed change in the one order in which all are given out (变更次序). No personal data.

    The outbox numbers its entries when they are written, and a later number may be committed first: whoever remembers the last
    number he saw would miss the other. Places are given to what is committed, by one transaction at a time.
    """

    row_scope = NodeOnly("次序只由节点给出")

    position = models.BigAutoField("次序", primary_key=True)
    entry_id = models.BigIntegerField("发件箱条目", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "变更次序"


class ChangeFloor(models.Model):
    """Up to which entry everything has its place for good (次序已定). One row. No personal data.

    ``seen``: what was the last entry, and the first transaction number not yet given, when someone last looked.
    """

    row_scope = NodeOnly("次序只由节点给出")

    id = models.SmallIntegerField(primary_key=True, default=1)
    floor = models.BigIntegerField("已定至", default=0)
    seen = models.BigIntegerField("所见末条", default=0)
    seen_xmax = models.BigIntegerField("所见事务号", default=0)
    seen_at = models.DateTimeField("所见时间")

    class Meta:
        verbose_name = verbose_name_plural = "次序已定"
