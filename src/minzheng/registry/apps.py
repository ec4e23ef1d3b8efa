"""The register as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RegistryConfig(AppConfig):
    """册: what every business shares."""

    name = "minzheng.registry"
    label = "registry"
    verbose_name = "基础数据库"

    def ready(self) -> None:
        autodiscover_modules("after_publication")
