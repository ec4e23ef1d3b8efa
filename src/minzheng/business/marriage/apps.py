"""The room as a Django app."""

from django.apps import AppConfig


class MarriageConfig(AppConfig):
    """婚姻登记."""

    name = "minzheng.business.marriage"
    label = "marriage"
    verbose_name = "婚姻登记"
