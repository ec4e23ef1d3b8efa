"""What every command that needs the node does first (启动): database, Django, schema up to date."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from minzheng.standards.services import Publication


def boot(*, migrate: bool = True) -> None:
    """Start or join the node's database and set Django up; makes the schema and standards if missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    os.umask(0o077)
    from minzheng.foundation.database.embedded import ensure_database_url

    home = Path(os.environ.get("MINZHENG_HOME") or "var").resolve()
    ensure_database_url(home)
    import django

    django.setup()
    if migrate:
        prepare_schema()


def prepare_schema() -> None:
    """Apply migrations and publish the shipped standards where this has not been done (建库)."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(targets):
        from django.core.management import call_command

        with connection.cursor() as cursor:  # two first commands at once: one makes, the other waits
            cursor.execute("SELECT pg_advisory_lock(7010)")
            try:
                call_command("migrate", verbosity=0, interactive=False)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(7010)")
    else:
        from minzheng.foundation.access.policies import apply_if_changed

        apply_if_changed()
    from django.utils import timezone

    from minzheng.registry.models import Place
    from minzheng.registry.places import ensure_division_places
    from minzheng.standards.services import publish_shipped_packs

    if publish_shipped_packs() or not Place.objects.exists():
        ensure_division_places(at=timezone.now())


def tell_newer_standards() -> None:
    """One line where the product came with newer standards than the node goes by; publishing them is someone's decision."""
    from minzheng.standards.services import newer_packs

    newer = [f"{one.pack} {one.version} (现行 {one.published})" for one in newer_packs()]
    if newer:
        click.echo(f"随产品的标准有新版尚未发布: {'、'.join(newer)}; 发布: minzheng setup --newer", err=True)


def publish_newer_standards() -> "list[Publication]":
    """Publish the newer standards the product came with (发布新版)."""
    from django.utils import timezone

    from minzheng.registry.places import ensure_division_places
    from minzheng.standards.services import publish_newer_packs

    done = publish_newer_packs()
    if done:
        ensure_division_places(at=timezone.now())
    return done


def echo_json(value: Any) -> None:
    """Print a report as one JSON document, Chinese left readable."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
