"""What is kept of a social organisation beyond the register."""

from django.db import models

from minzheng.foundation.access.row_security import AllOf, AnyOf, ByDivision, OfRoom, Through
from minzheng.registry.models import BusinessRecord


class Society(BusinessRecord):
    """One social organisation as its registry states it (社会组织登记记录). Personal data: ``legal_representative_name``."""

    row_scope = AllOf(
        OfRoom(),
        AnyOf(
            ByDivision(),
            Through("registry.OrganisationClaim", "id", "record_id"),
            Through("registry.PersonClaim", "id", "record_id"),
        ),
    )

    name = models.CharField("名称", max_length=200)
    uscc = models.CharField("统一社会信用代码", max_length=18, null=True)
    kind_code = models.CharField("类型", max_length=10)
    business_scope = models.TextField("业务范围", null=True)
    founded_on = models.DateField("成立登记日期", null=True)
    registered_capital_fen = models.BigIntegerField("注册资金", null=True)
    office_address = models.CharField("住所", max_length=300, null=True)
    legal_representative_name = models.CharField("法定代表人", max_length=100, null=True)
    status_code = models.CharField("状态", max_length=10)

    class Meta(BusinessRecord.Meta):
        verbose_name = "社会组织"
        indexes = [*BusinessRecord.Meta.indexes, models.Index(fields=["uscc"], name="society_uscc")]
