"""The part as a Django app."""

from django.apps import AppConfig


class CompareConfig(AppConfig):
    """名单比对."""

    name = "minzheng.stewardship.compare"
    label = "compare"
    verbose_name = "名单比对"
