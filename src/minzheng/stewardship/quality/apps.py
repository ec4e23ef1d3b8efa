"""The part as a Django app."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """质量监测评估."""

    name = "minzheng.stewardship.quality"
    label = "quality"
    verbose_name = "质量监测评估"
