"""The foundation as one Django app (台): accounts, access, audit, crypto, files, outbox, design."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    """What every floor above stands on (基础台)."""

    name = "minzheng.foundation"
    label = "foundation"
    verbose_name = "基础台"

    def ready(self) -> None:
        """Row-level security follows every migration: the foundation's turn comes when all tables are there."""
        post_migrate.connect(_protect, sender=self, dispatch_uid="row_security")


def _protect(**_: Any) -> None:
    from minzheng.foundation.access.policies import apply  # models are ready only now

    apply()
