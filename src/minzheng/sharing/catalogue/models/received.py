"""What others have, as they say it (收到的目录): other members' catalogues and other portals'."""

from django.db import models

from minzheng.foundation.access.row_security import Everyone
from minzheng.sharing.catalogue.terms import CHANGE_LABELS, SOURCE_LABELS

PUBLIC = Everyone("目录是可公开的元数据, 不含业务数据")


class CatalogueSource(models.Model):
    """Whose catalogue it is (目录来源): a member by its code, a portal by its address. No personal data.

    ``number`` and ``resources_as_of``: the newest that was taken, so that what comes late changes nothing back.
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类型", max_length=8, choices=[(k.value, v) for k, v in SOURCE_LABELS.items()])
    code = models.CharField("代码或地址", max_length=400, unique=True)
    name = models.CharField("名称", max_length=200)
    number = models.PositiveIntegerField("版次", default=0)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    taken_at = models.DateTimeField("最近收到", null=True)
    resources_as_of = models.DateTimeField("资源状态时间", null=True)

    class Meta:
        verbose_name = "目录来源"

    def __str__(self) -> str:
        return self.name


class ReceivedEntry(models.Model):
    """A resource of another's catalogue (收到的条目); what is gone there is kept here as withdrawn. No personal data.

    ``identifier``: what the source knows it by. ``content``: as said, with the keys of ``terms.CONTENT_LABELS`` where they apply.
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(CatalogueSource, models.PROTECT, related_name="entries", verbose_name="来源")
    identifier = models.CharField("来源标识", max_length=400)
    data_set = models.CharField("数据集", max_length=100, blank=True)
    name = models.CharField("名称", max_length=400)
    provider = models.CharField("提供方", max_length=400, blank=True)
    share_type = models.CharField("共享类型", max_length=8, blank=True)
    content = models.JSONField("元数据")
    digest = models.CharField("内容摘要", max_length=64)
    first_at = models.DateTimeField("首次收到")
    changed_at = models.DateTimeField("最近变更")
    withdrawn_at = models.DateTimeField("撤下时间", null=True)

    class Meta:
        verbose_name = "收到的条目"
        constraints = [models.UniqueConstraint(fields=["source", "identifier"], name="received_entry_once")]


class Receipt(models.Model):
    """One time a catalogue was taken in or refused (接收记录). Personal data: ``by_name`` (an official's).

    ``refusals``: ``[{"identifier", "reason"}]`` of entries that could not be read; ``problem``: why nothing was taken.
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(CatalogueSource, models.PROTECT, related_name="receipts", verbose_name="来源")
    at = models.DateTimeField("时间")
    by_name = models.CharField("经办", max_length=64, blank=True)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    withdrawn = models.PositiveIntegerField("撤下", default=0)
    refusals = models.JSONField("退回条目", default=list)
    problem = models.CharField("未接收原因", max_length=400, blank=True)

    class Meta:
        verbose_name = "接收记录"
        indexes = [models.Index(fields=["source", "-at"], name="catalogue_receipt_recent")]


class ReceivedChange(models.Model):
    """An entry that came, changed or went, for someone to look at (来源目录变更). No personal data."""

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="changes", verbose_name="接收记录")
    entry = models.ForeignKey(ReceivedEntry, models.CASCADE, related_name="changes", verbose_name="条目")
    kind = models.CharField("变更", max_length=10, choices=[(k.value, v) for k, v in CHANGE_LABELS.items()])
    fields = models.JSONField("变更项", default=list)

    class Meta:
        verbose_name = "来源目录变更"
        constraints = [models.UniqueConstraint(fields=["receipt", "entry"], name="received_change_once")]


class ReceivedResource(models.Model):
    """What a member says of the data behind an entry (收到的资源状态): is it there, how new, by which ways. No personal data."""

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(CatalogueSource, models.PROTECT, related_name="resources", verbose_name="来源")
    code = models.CharField("信息资源代码", max_length=64)
    data_set = models.CharField("数据集", max_length=100)
    mounted = models.BooleanField("已挂接")
    last_on = models.DateField("最近更新", null=True)
    content = models.JSONField("资源状态", default=dict)
    changed_at = models.DateTimeField("最近变更")

    class Meta:
        verbose_name = "收到的资源状态"
        constraints = [models.UniqueConstraint(fields=["source", "code"], name="received_resource_once")]


class AllowedHost(models.Model):
    """A host that may be harvested (可采集主机). Personal data: ``by_name``, ``ended_by_name`` (officials).

    ``internal``: it may stand at an address of a private network, as those of government networks do.
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    host = models.CharField("主机", max_length=253)
    internal = models.BooleanField("内网地址", default=False)
    allowed_at = models.DateTimeField("许可时间")
    by_name = models.CharField("许可人", max_length=64)
    ended_at = models.DateTimeField("停用时间", null=True)
    ended_by_name = models.CharField("停用人", max_length=64, blank=True)

    class Meta:
        verbose_name = "可采集主机"
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=models.Q(ended_at__isnull=True), name="allowed_host_current"
            )
        ]
