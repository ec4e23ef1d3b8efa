"""The division tree, its history and its areas (行政区划)."""

from django.db import models

from minzheng.standards.models.base import Published
from minzheng.standards.terms import DIVISION_LEVELS


class Division(Published):
    """A division while it has a code and a name (行政区划), valid in ``[effective_from, effective_to)``.

    ``code`` is 6, 9 or 12 digits. The township level may be missing between county and village.
    Personal data: none.
    """

    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=100)
    level = models.CharField("层级", max_length=16, choices=list(DIVISION_LEVELS.items()))
    parent_code = models.CharField("上级代码", max_length=12, blank=True)
    kind = models.CharField("类别", max_length=64, blank=True)
    effective_from = models.DateField("生效日期", null=True)
    effective_to = models.DateField("失效日期", null=True)
    source = models.TextField("来源", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        indexes = [
            models.Index(fields=["code"], name="division_code"),
            models.Index(fields=["parent_code"], name="division_parent"),
        ]


class DivisionChange(Published):
    """A change of divisions on a day: from where to where, how much (区划变更). Personal data: none.

    ``share`` says which part went: 全部, 其余, or the townships by name.
    """

    changed_on = models.DateField("变更日期")
    kind = models.CharField("变更类别", max_length=64, blank=True)
    from_code = models.CharField("原代码", max_length=12, blank=True)
    from_name = models.CharField("原名称", max_length=100, blank=True)
    to_code = models.CharField("新代码", max_length=12, blank=True)
    to_name = models.CharField("新名称", max_length=100, blank=True)
    share = models.TextField("范围", blank=True)
    legal_basis = models.TextField("依据", blank=True)
    source = models.TextField("来源", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "区划变更"


class MinistryTownship(Published):
    """A township in the ministry's own list, against the statistical codes (民政部乡级名录).

    Personal data: none.
    """

    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=64, blank=True)
    county_code = models.CharField("所属县代码", max_length=12, blank=True)
    status = models.CharField("状态", max_length=32, blank=True)
    nbs_code = models.CharField("统计用代码", max_length=12, blank=True)
    match = models.CharField("核对结果", max_length=64, blank=True)
    source = models.TextField("来源", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "民政部乡级名录"
        indexes = [models.Index(fields=["county_code"], name="ministry_township_county")]


class DivisionArea(Published):
    """The area of a division as GeoJSON geometry, longitude and latitude in degrees (区划范围).

    Personal data: none.
    """

    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=100, blank=True)
    geometry = models.JSONField("图形")

    class Meta:
        verbose_name = verbose_name_plural = "区划范围"
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="division_area_once")]
