"""The part as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SignalsConfig(AppConfig):
    """业务协同."""

    name = "minzheng.stewardship.signals"
    label = "signals"
    verbose_name = "业务协同"

    def ready(self) -> None:
        autodiscover_modules("signals", "after_changes")
