"""The part as a Django app."""

from django.apps import AppConfig


class WatchingConfig(AppConfig):
    """交换监控."""

    name = "minzheng.sharing.watching"
    label = "watching"
    verbose_name = "交换监控"
