"""The part as a Django app."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """授信管理."""

    name = "minzheng.sharing.grants"
    label = "grants"
    verbose_name = "授信管理"
