"""The part as a Django app."""

from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    """目录与接口."""

    name = "minzheng.stewardship.resources"
    label = "resources"
    verbose_name = "目录与接口"
