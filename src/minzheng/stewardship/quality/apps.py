"""The part as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class QualityConfig(AppConfig):
    """质量监测评估."""

    name = "minzheng.stewardship.quality"
    label = "quality"
    verbose_name = "质量监测评估"

    def ready(self) -> None:
        autodiscover_modules("follows", "telling")
