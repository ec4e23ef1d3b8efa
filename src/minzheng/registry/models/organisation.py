"""Organisations (民政法人库)."""

from django.db import models
from django.db.models import Q

from minzheng.foundation.access.row_security import ByDivision, Through
from minzheng.registry.models.claim import Claim


class OrganisationAttributes(models.Model):
    """What is stated of an organisation (机构属性). Not personal data."""

    name = models.CharField("名称", max_length=200, null=True)
    name_key = models.CharField("名称检索键", max_length=200, null=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, null=True)
    kind_code = models.CharField("类型", max_length=10, null=True)
    division_code = models.CharField("区划", max_length=12, null=True)
    address = models.CharField("住所", max_length=300, null=True)
    founded_on = models.DateField("成立日期", null=True)
    status_code = models.CharField("状态", max_length=10, null=True)

    class Meta:
        abstract = True


class Organisation(OrganisationAttributes):
    """The golden row of one organisation (机构主档). Not personal data; an address of one may be someone's home."""

    row_scope = ByDivision()

    id = models.UUIDField(primary_key=True)
    superseded_by = models.UUIDField("并入", null=True)
    created_at = models.DateTimeField("建档时间")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "机构"
        indexes = [
            models.Index(fields=["uscc"], name="organisation_uscc"),
            models.Index(fields=["name_key"], name="organisation_name", opclasses=["varchar_pattern_ops"]),
        ]


class OrganisationClaim(OrganisationAttributes, Claim):
    """What one source record says about one organisation (机构来源主张). Not personal data."""

    row_scope = Through("registry.Organisation", "organisation_id")

    organisation_id = models.UUIDField("机构")

    class Meta:
        verbose_name = "机构来源主张"
        indexes = [
            models.Index(fields=["organisation_id"], name="organisation_claim_of"),
            models.Index(fields=["record_id"], name="organisation_claim_record"),
            models.Index(
                fields=["digest"], name="organisation_claim_digest", condition=Q(recorded_to__isnull=True)
            ),
        ]
