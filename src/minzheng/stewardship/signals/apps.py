"""The part as a Django app."""

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    """业务协同."""

    name = "minzheng.stewardship.signals"
    label = "signals"
    verbose_name = "业务协同"
