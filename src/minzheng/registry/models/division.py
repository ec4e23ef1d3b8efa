"""What became of divisions (区划变更的落实)."""

from django.db import models

from minzheng.foundation.access.row_security import Everyone

PUBLIC = Everyone("区划代码和行数, 不含个人信息")


class DivisionNow(models.Model):
    """What an ended code means today (区划现行对照). No personal data.

    ``is_renamed``: the new code stands for the very division that had the old one, so that its officials go with it.
    A code whose territory went to several is not here.
    """

    row_scope = PUBLIC

    code = models.CharField("原代码", max_length=12, primary_key=True)
    now_code = models.CharField("现行代码", max_length=12)
    is_renamed = models.BooleanField("整体更名", default=False)

    class Meta:
        verbose_name = "区划现行对照"


class DivisionSplit(models.Model):
    """A county of which part went elsewhere while it had this code (县的划分). No personal data.

    ``known_at``: since when this node goes by it; what was stated with the bare code before tells nothing of where one lives now.
    """

    row_scope = PUBLIC

    code = models.CharField("代码", max_length=12, primary_key=True)
    divided_on = models.DateField("划分日期")
    known_at = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = "县的划分"


class DivisionMove(models.Model):
    """How many rows of a table went from one code to another when a change took effect (区划变更落实). No personal data."""

    row_scope = PUBLIC

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("落实时间")
    table = models.CharField("表", max_length=63)
    from_code = models.CharField("原代码", max_length=12)
    to_code = models.CharField("现行代码", max_length=12)
    count = models.BigIntegerField("行数")

    class Meta:
        verbose_name = "区划变更落实"
