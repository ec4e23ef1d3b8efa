"""The part as a Django app."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class WatchingConfig(AppConfig):
    """交换监控."""

    name = "minzheng.sharing.watching"
    label = "watching"
    verbose_name = "交换监控"

    def ready(self) -> None:
        """Spans leave from every process, where a collector is named; without one the exporter is not even loaded."""
        if settings.OTLP_ENDPOINT:
            autodiscover_modules("telemetry")
