"""This node's own catalogue, edition by edition (本级目录)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import Everyone
from minzheng.sharing.catalogue.terms import EDITION_LABELS, EditionState

PUBLIC = Everyone("目录是可公开的元数据, 不含业务数据")


class Edition(models.Model):
    """An edition of a division's catalogue (目录版次); what is published is never changed again.

    ``standard``: the layers it was compiled from, ``[{"pack", "version"}]``. ``digest``: SHA-256 of the entries' contents.
    Personal data: ``compiled_by_name``, ``published_by_name`` (officials in that capacity).
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    division_code = models.CharField("区划", max_length=12)
    number = models.PositiveIntegerField("版次")
    state = models.CharField("状态", max_length=10, choices=[(k.value, v) for k, v in EDITION_LABELS.items()])
    standard = models.JSONField("所依标准", default=list)
    digest = models.CharField("内容摘要", max_length=64)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    withdrawn = models.PositiveIntegerField("撤下", default=0)
    compiled_at = models.DateTimeField("编制时间")
    compiled_by_name = models.CharField("编制人", max_length=64)
    published_at = models.DateTimeField("发布时间", null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="发布账号",
    )
    published_by_name = models.CharField("发布人", max_length=64, blank=True)
    note = models.CharField("说明", max_length=400, blank=True)

    class Meta:
        verbose_name = "目录版次"
        constraints = [
            models.UniqueConstraint(fields=["division_code", "number"], name="catalogue_edition_number"),
            models.UniqueConstraint(
                fields=["division_code", "state"],
                condition=Q(state__in=[EditionState.DRAFT.value, EditionState.PUBLISHED.value]),
                name="catalogue_edition_one",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版"


class CatalogueEntry(models.Model):
    """A resource in an edition (目录条目). No personal data.

    ``content``: the core metadata as it travels and is compared, its keys those of ``terms.CONTENT_LABELS``; the other columns
    are taken from it for lists. ``categories``: the classifying code of 类, 项, 目 and 细目, each with what stands above.
    """

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="entries", verbose_name="版次")
    position = models.PositiveIntegerField("顺序")
    code = models.CharField("信息资源代码", max_length=64)
    categories = ArrayField(models.CharField(max_length=40), verbose_name="类项目细目")
    data_set = models.CharField("数据集", max_length=100)
    name = models.CharField("名称", max_length=200)
    provider = models.CharField("提供方", max_length=200)
    share_type = models.CharField("共享类型", max_length=8)
    content = models.JSONField("核心元数据")
    digest = models.CharField("内容摘要", max_length=64)

    class Meta:
        verbose_name = "目录条目"
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="catalogue_entry_code"),
            models.UniqueConstraint(fields=["edition", "data_set"], name="catalogue_entry_data_set"),
        ]
        indexes = [models.Index(fields=["data_set", "edition"], name="catalogue_entry_history")]


class ResourceNumber(models.Model):
    """A running number once given to a data set (顺序码登记); never given to another. No personal data."""

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    category = models.CharField("分类码", max_length=40)
    number = models.PositiveIntegerField("顺序码")
    data_set = models.CharField("数据集", max_length=100)
    given_at = models.DateTimeField("赋码时间")

    class Meta:
        verbose_name = "顺序码登记"
        constraints = [
            models.UniqueConstraint(fields=["category", "number"], name="catalogue_number_once"),
            models.UniqueConstraint(fields=["category", "data_set"], name="catalogue_number_kept"),
        ]
