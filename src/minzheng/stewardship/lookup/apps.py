"""The part as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LookupConfig(AppConfig):
    """综合查询."""

    name = "minzheng.stewardship.lookup"
    label = "lookup"
    verbose_name = "综合查询"

    def ready(self) -> None:
        autodiscover_modules("follows")
