"""Takes a node back to the schema of an older state of the product, with what it holds: run as a process of the node."""

from minzheng.cli.boot import boot

# The last migration each part had then; parts not named here did not exist.
THEN = {
    "foundation": "0005_user_businesses",
    "registry": "0001_initial",
    "exchange": "0002_database_source",
    "marriage": "0001_initial",
    "relief": "0001_initial",
    "funeral": "0001_initial",
    "societies": "0001_initial",
    "lookup": "0001_initial",
    "quality": "0001_initial",
    "review": "0001_initial",
    "signals": "0001_initial",
    "compare": "0001_initial",
    "resources": "0001_initial",
    "standards": "0003_data_set_metadata",
}


def go_back() -> None:
    """Migrate every part of the product back to ``THEN``; what came later is taken off."""
    boot(migrate=False)
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("minzheng.")}
    targets = [(label, THEN.get(label)) for label in sorted(ours & executor.loader.migrated_apps)]
    executor.migrate(targets)


if __name__ == "__main__":
    go_back()
