"""Code tables with versions, their codes, and what an old code became (代码表、代码、代码对照)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.standards.models.base import Published


class CodeTable(Published):
    """One version of a code table (代码表版本), valid in ``[effective_from, effective_to)``.

    Personal data: none.
    """

    table_id = models.CharField("代码表标识", max_length=64)
    name = models.CharField("名称", max_length=200)
    standard_no = models.CharField("标准号", max_length=100, blank=True)
    version = models.CharField("版本", max_length=64)
    effective_from = models.DateField("生效日期", null=True)
    effective_to = models.DateField("失效日期", null=True)
    status = models.CharField("状态", max_length=32, blank=True)
    provenance = models.CharField("出处性质", max_length=200, blank=True)
    source = models.TextField("来源", blank=True)
    supersedes = models.CharField("代替", max_length=200, blank=True)
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码表"
        constraints = [
            models.UniqueConstraint(fields=["pack", "table_id", "version"], name="code_table_once")
        ]


class Code(Published):
    """A code of one version of a table (代码).

    ``aliases`` are spellings met in practice. Personal data: none.
    """

    table_id = models.CharField("代码表标识", max_length=64)
    version = models.CharField("版本", max_length=64)
    code = models.CharField("代码", max_length=64)
    name = models.CharField("名称", max_length=300)
    parent = models.CharField("上级代码", max_length=64, blank=True)
    aliases = ArrayField(models.CharField(max_length=300), verbose_name="别名", default=list)
    note = models.TextField("说明", blank=True)
    effective_from = models.DateField("生效日期", null=True)
    effective_to = models.DateField("失效日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码"
        indexes = [models.Index(fields=["table_id", "version"], name="code_table_version")]


class CodeMapping(Published):
    """What a code of one version became in another (代码对照). Personal data: none."""

    table_id = models.CharField("代码表标识", max_length=64)
    from_version = models.CharField("原版本", max_length=64)
    to_version = models.CharField("新版本", max_length=64)
    from_code = models.CharField("原代码", max_length=64)
    to_code = models.CharField("新代码", max_length=64)
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码对照"
        indexes = [models.Index(fields=["table_id"], name="code_mapping_table")]


class NameVariant(Published):
    """A variant or traditional character and its standard form (异体字). Personal data: none."""

    variant = models.CharField("异体", max_length=16)
    standard = models.CharField("规范字", max_length=16)
    kind = models.CharField("类别", max_length=64, blank=True)
    source = models.TextField("来源", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "异体字"


class Term(Published):
    """An old word of the field and the one used now (新旧用语). Personal data: none."""

    old_term = models.CharField("旧用语", max_length=100)
    new_term = models.CharField("现用语", max_length=100)
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "新旧用语"
