"""The exchange engine as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ExchangeConfig(AppConfig):
    """换: the data flow."""

    name = "minzheng.exchange"
    label = "exchange"
    verbose_name = "共享交换"

    def ready(self) -> None:
        autodiscover_modules("feeds", "row_scopes", "after_moves")
