"""The part as a Django app."""

from django.apps import AppConfig


class LookupConfig(AppConfig):
    """综合查询."""

    name = "minzheng.stewardship.lookup"
    label = "lookup"
    verbose_name = "综合查询"
