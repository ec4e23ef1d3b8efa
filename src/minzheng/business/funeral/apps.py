"""The room as a Django app."""

from django.apps import AppConfig


class FuneralConfig(AppConfig):
    """殡葬."""

    name = "minzheng.business.funeral"
    label = "funeral"
    verbose_name = "殡葬"
