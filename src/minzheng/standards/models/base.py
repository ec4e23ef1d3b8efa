"""What every published row has (标准内容行): its layer.

Rows of a layer are replaced together, never one by one.
"""

from django.db import models

from minzheng.foundation.access.row_security import Everyone
from minzheng.standards.models.packs import Pack


class Published(models.Model):
    """A row of a layer's published edition (已发布的标准内容). Personal data: none.

    Rows name each other by their natural keys, not by row numbers, because a whole layer is replaced at once
    and a lower layer must not notice.
    """

    row_scope = Everyone("标准对全体工作人员公开")

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+", verbose_name="标准包")
    position = models.PositiveIntegerField("顺序", default=0)

    class Meta:
        abstract = True
