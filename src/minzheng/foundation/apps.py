"""The foundation as one Django app (台): accounts, access, audit, crypto, files, outbox, design."""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """What every floor above stands on (基础台)."""

    name = "minzheng.foundation"
    label = "foundation"
    verbose_name = "基础台"
