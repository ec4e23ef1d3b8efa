"""Layers, their editions and the life of each (标准包、版次、生命周期)."""

from typing import Any, NoReturn

from django.db import models

from minzheng.foundation.access.row_security import Everyone
from minzheng.standards.terms import LEVELS, STAGE_LABELS


class Pack(models.Model):
    """A layer of the standards: the ministry's, a province's, a city's … (标准包). Personal data: none."""

    row_scope = Everyone("标准对全体工作人员公开")

    id = models.CharField("标准包标识", primary_key=True, max_length=64)
    name = models.CharField("名称", max_length=200)
    level = models.CharField("层级", max_length=2, choices=[(level, level) for level in LEVELS])
    division_code = models.CharField("所属区划", max_length=12, blank=True)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="上级标准包"
    )
    published = models.OneToOneField(
        "Edition", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="现行版次"
    )

    class Meta:
        verbose_name = verbose_name_plural = "标准包"

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One edition of a layer, with its files as they were handed in (标准版次). Personal data: none.

    ``content`` is an archive of the pack's files; empty while the edition is only proposed.
    Once published, content never changes: a mended standard is a new edition.
    """

    row_scope = Everyone("标准对全体工作人员公开")

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+", verbose_name="标准包")
    version = models.CharField("版本", max_length=64)
    stage = models.CharField(
        "阶段", max_length=16, choices=[(s.value, label) for s, label in STAGE_LABELS.items()]
    )
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    content = models.BinaryField("内容", default=bytes)
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "标准版次"
        constraints = [models.UniqueConstraint(fields=["pack", "version"], name="edition_once")]

    def __str__(self) -> str:
        return f"{self.pack_id}@{self.version}"


class StandardEvent(models.Model):
    """A step in an edition's life: who, when, why, what content (标准事件). Only ever added; a trigger sees
    to it.

    Personal data: ``by_name`` (the official who took the step).
    """

    row_scope = Everyone("标准对全体工作人员公开")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", verbose_name="版次")
    stage = models.CharField(
        "事项", max_length=16, choices=[(s.value, label) for s, label in STAGE_LABELS.items()]
    )
    by_name = models.CharField("经办人", max_length=64)
    at = models.DateTimeField("时间")
    note = models.TextField("说明", blank=True)
    content_digest = models.CharField("内容摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "标准事件"
        indexes = [models.Index(fields=["edition", "id"], name="standard_event_edition")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only a new event can be saved (只增)."""
        if self.pk is not None:
            raise TypeError("标准事件只能新增, 不能修改")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused (不可删除)."""
        raise TypeError("标准事件只能新增, 不能删除")
