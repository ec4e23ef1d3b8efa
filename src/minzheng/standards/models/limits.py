"""Dated parameters, time limits and workdays (参数、时限、工作日)."""

from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import Everyone
from minzheng.standards.models.base import Published
from minzheng.standards.models.packs import Pack
from minzheng.standards.terms import CONFIDENCE


class Parameter(Published):
    """A value set by law or document, for a division and a time (参数).

    Money is in fen. Personal data: none.
    """

    key = models.CharField("键", max_length=200)
    name = models.CharField("名称", max_length=200)
    value = models.CharField("值", max_length=200)
    unit = models.CharField("单位", max_length=64, blank=True)
    division_code = models.CharField("适用区划", max_length=12, blank=True)
    effective_from = models.DateField("生效日期", null=True)
    effective_to = models.DateField("失效日期", null=True)
    legal_basis = models.TextField("依据", blank=True)
    confidence = models.CharField("核实情况", max_length=16, choices=list(CONFIDENCE.items()))
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "参数"
        indexes = [models.Index(fields=["key"], name="parameter_key")]


class TimeLimit(Published):
    """How long a step may take, by law, for a division and a time (时限). Personal data: none."""

    step = models.CharField("环节", max_length=200)
    length = models.CharField("时限", max_length=32)
    unit = models.CharField("单位", max_length=32)
    starts_at = models.CharField("起算", max_length=200, blank=True)
    direction = models.CharField("方向", max_length=32, blank=True)
    division_code = models.CharField("适用区划", max_length=12, blank=True)
    effective_from = models.DateField("生效日期", null=True)
    effective_to = models.DateField("失效日期", null=True)
    legal_basis = models.TextField("依据", blank=True)
    confidence = models.CharField("核实情况", max_length=16, choices=list(CONFIDENCE.items()))
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限"
        indexes = [models.Index(fields=["step"], name="time_limit_step")]


class Workday(models.Model):
    """A day that is, or is not, a workday, against the calendar package (工作日).

    From a pack, or entered by an administrator of the node (``pack`` empty), whose word comes last.
    Personal data: ``by_name`` (the administrator).
    """

    row_scope = Everyone("标准对全体工作人员公开")

    pack = models.ForeignKey(
        Pack, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="标准包"
    )
    position = models.PositiveIntegerField("顺序", default=0)
    date = models.DateField("日期")
    is_workday = models.BooleanField("是否工作日")
    name = models.CharField("名称", max_length=100, blank=True)
    source = models.TextField("来源", blank=True)
    by_name = models.CharField("录入人", max_length=64, blank=True)
    entered_at = models.DateTimeField("录入时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日"
        constraints = [
            models.UniqueConstraint(fields=["pack", "date"], name="workday_once"),
            models.UniqueConstraint(fields=["date"], condition=Q(pack=None), name="workday_of_node_once"),
        ]
