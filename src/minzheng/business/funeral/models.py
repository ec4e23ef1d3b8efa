"""What is kept of a cremation."""

from django.db import models

from minzheng.registry.models import BusinessRecord


class Cremation(BusinessRecord):
    """One cremation (火化登记记录). Personal data: ``certificate_no``, the handler's name and phone (sealed)."""

    certificate_no = models.CharField("火化证号", max_length=40)
    funeral_home_name = models.CharField("殡仪馆", max_length=200)
    place_id = models.UUIDField("殡仪馆所在地点", null=True)
    cremated_on = models.DateField("火化日期")
    handler_name = models.CharField("经办人姓名", max_length=100, null=True)
    handler_phone_cipher = models.BinaryField("经办人联系电话", null=True)

    class Meta(BusinessRecord.Meta):
        verbose_name = "火化登记"
        indexes = [
            *BusinessRecord.Meta.indexes,
            models.Index(fields=["certificate_no"], name="cremation_certificate"),
            models.Index(fields=["place_id"], name="cremation_place"),
        ]
