"""Places (空间地理信息库)."""

from django.db import models

from minzheng.foundation.access.row_security import Everyone


class Place(models.Model):
    """A place, point or area, with its division and class (地点). Not personal data.

    Every division is a place of class 21000 (行政区域); facilities follow with what is known of them.
    ``boundary`` is a GeoJSON geometry in CGCS2000 longitude/latitude degrees, for display only.
    """

    row_scope = Everyone("地点是地理信息, 不含个人信息")

    id = models.UUIDField(primary_key=True)
    class_code = models.CharField("类别", max_length=10)
    name = models.CharField("名称", max_length=200)
    division_code = models.CharField("区划", max_length=12, null=True)
    shape = models.CharField("形状", max_length=5)  # point / area
    longitude = models.FloatField("经度", null=True)
    latitude = models.FloatField("纬度", null=True)
    boundary = models.JSONField("边界", null=True)
    created_at = models.DateTimeField("建档时间")
    ended_on = models.DateField("废止日期", null=True)

    class Meta:
        verbose_name = "地点"
        constraints = [
            models.UniqueConstraint(fields=["class_code", "name", "division_code"], name="place_natural_key")
        ]
        indexes = [
            models.Index(fields=["division_code"], name="place_division", opclasses=["varchar_pattern_ops"]),
        ]
