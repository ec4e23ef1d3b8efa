"""The register as a Django app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """册: what every business shares."""

    name = "minzheng.registry"
    label = "registry"
    verbose_name = "基础数据库"
