"""The part as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ResourcesConfig(AppConfig):
    """目录与接口."""

    name = "minzheng.stewardship.resources"
    label = "resources"
    verbose_name = "目录与接口"

    def ready(self) -> None:
        autodiscover_modules("telling")
