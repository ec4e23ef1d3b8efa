"""What is kept of a registration."""

from django.db import models

from minzheng.registry.models import BusinessRecord


class Registration(BusinessRecord):
    """One registration, reissue or revocation (婚姻登记记录). Personal data: ``certificate_no``."""

    kind_code = models.CharField("登记类型", max_length=2)
    certificate_no = models.CharField("登记证字号", max_length=40)

    class Meta(BusinessRecord.Meta):
        verbose_name = "婚姻登记"
        indexes = [
            *BusinessRecord.Meta.indexes,
            models.Index(fields=["certificate_no"], name="marriage_certificate"),
            # Few among millions, and asked for by every batch: what they revoke says nothing.
            models.Index(
                fields=["kind_code"], name="marriage_revocation", condition=models.Q(kind_code="41")
            ),
        ]
