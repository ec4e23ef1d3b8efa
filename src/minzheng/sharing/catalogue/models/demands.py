"""What is asked for and not there (供需对接)."""

from django.db import models

from minzheng.foundation.access.row_security import ByDivision, Through
from minzheng.sharing.catalogue.terms import DEMAND_LABELS


class Demand(models.Model):
    """A resource a level or a department needs and does not have (数据需求).

    ``asked_by``, ``asked_of``: members' codes. ``on_behalf``: the department it is for, where not the node's own.
    ``division_code``: whose desk deals with it on this node. ``path``: the members it has come through, against circles.
    ``revision``: counts the answers of ``asked_of``, so that what comes late changes nothing back.
    Personal data: ``by_name``, ``answered_by_name`` (officials in that capacity).
    """

    row_scope = ByDivision()

    id = models.UUIDField(primary_key=True)
    asked_by = models.CharField("提出方", max_length=32)
    asked_of = models.CharField("提供方", max_length=32)
    on_behalf = models.CharField("需求部门", max_length=200, blank=True)
    division_code = models.CharField("办理区划", max_length=12)
    path = models.JSONField("经过", default=list)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name="所转需求"
    )
    title = models.CharField("所需数据", max_length=200)
    resource_code = models.CharField("所需资源代码", max_length=64, blank=True)
    items = models.CharField("所需信息项", max_length=1000, blank=True)
    purpose = models.CharField("用途", max_length=500)
    basis = models.CharField("依据", max_length=500)
    cycle_code = models.CharField("更新周期", max_length=8, blank=True)
    by_name = models.CharField("提出人", max_length=64)
    asked_at = models.DateTimeField("提出时间")
    due_on = models.DateField("答复期限", null=True)
    state = models.CharField("状态", max_length=10, choices=[(k.value, v) for k, v in DEMAND_LABELS.items()])
    revision = models.PositiveIntegerField("答复次数", default=0)
    answer = models.CharField("答复", max_length=500, blank=True)
    answer_code = models.CharField("提供的资源代码", max_length=64, blank=True)
    answered_by_name = models.CharField("答复人", max_length=64, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "数据需求"
        indexes = [models.Index(fields=["state", "due_on"], name="demand_worklist")]

    def __str__(self) -> str:
        return self.title


class DemandEvent(models.Model):
    """A step of a demand (需求办理记录); only added to. Personal data: ``by_name`` (an official's)."""

    row_scope = Through("catalogue.Demand", "demand_id")

    id = models.BigAutoField(primary_key=True)
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="events", verbose_name="需求")
    at = models.DateTimeField("时间")
    state = models.CharField("状态", max_length=10, choices=[(k.value, v) for k, v in DEMAND_LABELS.items()])
    by_name = models.CharField("办理人", max_length=64)
    text = models.CharField("内容", max_length=500, blank=True)

    class Meta:
        verbose_name = "需求办理记录"
        indexes = [models.Index(fields=["demand", "id"], name="demand_event_order")]
