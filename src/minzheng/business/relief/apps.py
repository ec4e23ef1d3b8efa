"""The room as a Django app."""

from django.apps import AppConfig


class ReliefConfig(AppConfig):
    """社会救助."""

    name = "minzheng.business.relief"
    label = "relief"
    verbose_name = "社会救助"
