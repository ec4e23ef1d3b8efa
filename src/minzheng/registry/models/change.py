"""Changes by hand that nobody has looked at yet (待跟进的人工变更)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minzheng.foundation.access.row_security import NodeOnly


class HandChange(models.Model):
    """Persons whom someone's word has changed; gone once those above have looked (待跟进的人工变更).

    Written with the change, so that it is never forgotten. Personal data: ``person_ids`` lead to the persons.
    """

    row_scope = NodeOnly("what is left to do after a change, for the node alone")

    person_ids = ArrayField(models.UUIDField(), verbose_name="涉及人员")
    at = models.DateTimeField("变更时间")

    class Meta:
        verbose_name = verbose_name_plural = "待跟进的人工变更"
