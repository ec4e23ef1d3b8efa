"""Data elements and data sets (数据元、数据集)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.standards.models.base import Published
from minzheng.standards.terms import CONFIDENCE, DATA_LEVELS, DATA_TYPES, LEVELS


class Element(Published):
    """A data element, or what a lower layer narrows of one (数据元); empty means "as above". Personal data:
    none.

    Attributes as in GB/T 19488.1 and GB/T 18391.
    """

    id_in_standard = models.CharField("内部标识符", max_length=64, blank=True)
    key = models.CharField("键", max_length=100)
    name = models.CharField("中文名称", max_length=200, blank=True)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    definition = models.TextField("定义", blank=True)
    object_class = models.CharField("对象类词", max_length=100, blank=True)
    property = models.CharField("特性词", max_length=100, blank=True)
    representation = models.CharField("表示词", max_length=100, blank=True)
    data_type = models.CharField("数据类型", max_length=1, choices=list(DATA_TYPES.items()), blank=True)
    format = models.CharField("表示格式", max_length=32, blank=True)
    value_domain = models.CharField("值域", max_length=100, blank=True)
    rule = models.CharField("校验规则", max_length=64, blank=True)
    unit = models.CharField("计量单位", max_length=32, blank=True)
    sensitive = models.BooleanField("敏感", default=False)
    data_level = models.CharField("数据级别", max_length=2, choices=[(x, x) for x in DATA_LEVELS], blank=True)
    owner_level = models.CharField("归属层级", max_length=2, choices=[(x, x) for x in LEVELS], blank=True)
    status = models.CharField("状态", max_length=32, blank=True)
    version = models.CharField("版本", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据元"
        constraints = [models.UniqueConstraint(fields=["pack", "key"], name="element_once")]


class DataSet(Published):
    """A data set of the catalogue (数据集): whose, how shared, how often renewed. Personal data: none.

    What the catalogue says of it follows the core metadata of 政务信息资源目录 (GB/T 21063.3, 编制指南 2017); ``confidence``
    tells whether the sharing rules have been confirmed by who provides the data.
    """

    key = models.CharField("键", max_length=100)
    name = models.CharField("名称", max_length=200, blank=True)
    business_code = models.CharField("业务域", max_length=32, blank=True)
    subject = models.CharField("主题对象", max_length=100, blank=True)
    authoritative_source = models.CharField("权威来源", max_length=200, blank=True)
    share_type = models.CharField("共享类型", max_length=64, blank=True)
    open_type = models.CharField("开放类型", max_length=64, blank=True)
    data_level = models.CharField("数据级别", max_length=2, choices=[(x, x) for x in DATA_LEVELS], blank=True)
    update_cycle = models.CharField("更新周期", max_length=64, blank=True)
    legal_basis = models.TextField("依据", blank=True)
    summary = models.TextField("摘要", blank=True)
    provider = models.CharField("提供单位", max_length=200, blank=True)
    data_format = models.CharField("资源格式", max_length=100, blank=True)
    share_condition = models.TextField("共享条件", blank=True)
    share_methods = ArrayField(models.CharField(max_length=32), verbose_name="共享方式", default=list)
    share_basis = models.TextField("共享依据", blank=True)
    open_condition = models.TextField("开放条件", blank=True)
    issued_on = models.DateField("发布日期", null=True)
    confidence = models.CharField("核实情况", max_length=16, choices=list(CONFIDENCE.items()), blank=True)
    status = models.CharField("状态", max_length=32, blank=True)
    version = models.CharField("版本", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据集"
        constraints = [models.UniqueConstraint(fields=["pack", "key"], name="data_set_once")]


class DataSetField(Published):
    """A column of a data set: heading, element, role (数据集字段). Personal data: none."""

    data_set = models.CharField("数据集", max_length=100)
    heading = models.CharField("列名", max_length=200)
    element = models.CharField("数据元", max_length=100)
    role = models.CharField("角色", max_length=100, blank=True)
    required = models.BooleanField("必填", default=False)
    is_key = models.BooleanField("主键", default=False)
    aliases = ArrayField(models.CharField(max_length=200), verbose_name="别名", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "数据集字段"
        constraints = [
            models.UniqueConstraint(fields=["pack", "data_set", "heading"], name="data_set_field_once")
        ]


class QualityRule(Published):
    """What is measured of a data set, or what a lower layer tightens of it (质量规则). Personal data: none.

    ``arguments``: list of name=value; ``target``: per cent that should hold, empty where none is set.
    """

    data_set = models.CharField("数据集", max_length=100)
    rule_id = models.CharField("规则标识", max_length=100)
    dimension = models.CharField("维度", max_length=10, blank=True)
    fields = ArrayField(models.CharField(max_length=200), verbose_name="列", default=list)
    rule = models.CharField("规则", max_length=64, blank=True)
    arguments = ArrayField(models.CharField(max_length=100), verbose_name="参数", default=list)
    weight = models.PositiveSmallIntegerField("权重", null=True)
    target = models.CharField("目标", max_length=10, blank=True)
    message = models.TextField("提示语", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "质量规则"
        constraints = [
            models.UniqueConstraint(fields=["pack", "data_set", "rule_id"], name="quality_rule_once")
        ]


class DataSetCheck(Published):
    """A check across the columns of a data set (数据集校验). Personal data: none."""

    data_set = models.CharField("数据集", max_length=100)
    check_id = models.CharField("校验标识", max_length=100)
    fields = ArrayField(models.CharField(max_length=200), verbose_name="列", default=list)
    rule = models.CharField("规则", max_length=200)
    severity = models.CharField("处理", max_length=32)
    message = models.TextField("提示语")

    class Meta:
        verbose_name = verbose_name_plural = "数据集校验"
        constraints = [
            models.UniqueConstraint(fields=["pack", "data_set", "check_id"], name="data_set_check_once")
        ]
