"""Every test runs on a real PostgreSQL: the one DATABASE_URL names, else an embedded one of the tests' own."""

import os
import tempfile
from pathlib import Path

import pytest

_BASE = Path(
    os.environ.get("MINZHENG_TEST_HOME") or Path(tempfile.gettempdir()) / f"minzheng-test-{os.getuid()}"
)
_BASE.mkdir(parents=True, exist_ok=True)
os.environ["MINZHENG_HOME"] = str(_BASE)
os.environ["MINZHENG_STANDARDS_FRESH_S"] = "0"  # tests publish and take back within a second
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")

from django.conf import settings as loaded  # noqa: E402
from django.contrib.auth.hashers import ScryptPasswordHasher  # noqa: E402

from minzheng.foundation.database.embedded import ensure_database_url  # noqa: E402
from minzheng.foundation.database.url import parse_database_url  # noqa: E402

if not os.environ.get("DATABASE_URL"):
    os.environ["MINZHENG_TEST_SERVER"] = "own"  # the workers of a run find the URL of the first process
_OWN_SERVER = os.environ.get("MINZHENG_TEST_SERVER") == "own"
# The settings are loaded before any conftest is read: what they took from the environment is put right here.
loaded.DATABASES["default"].update(parse_database_url(ensure_database_url(_BASE)))
ScryptPasswordHasher.work_factor = (
    2**4
)  # hashes are made to be slow; how they are made and checked stays the same
loaded.STANDARDS_FRESH_S = 1
loaded.HOME = _BASE
loaded.FILE_UPLOAD_TEMP_DIR = _BASE / "uploads"
loaded.FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True, mode=0o700)


# What a test costs by what it asks for, roughly in seconds: files are handed out dearest first, so that no worker ends alone.
COSTS = {"make_apart": 15.0, "open_page": 6.0, "server": 3.0, "transactional_db": 0.7, "standards": 0.5}


def pytest_configure(config: pytest.Config) -> None:
    """Workers take files in the order of ``pytest_collection_modifyitems``, not by how many tests stand in them."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers the dearest files come first."""
    if not hasattr(config, "workerinput"):
        return
    files: dict[Path, float] = {}
    for item in items:
        asked = getattr(item, "fixturenames", ())
        cost = 0.05 + sum(cost for name, cost in COSTS.items() if name in asked)
        files[item.path] = files.get(item.path, 0) + cost + (20 if item.get_closest_marker("slow") else 0)
    items.sort(key=lambda item: -files[item.path])


def pytest_runtest_setup() -> None:
    """Every test asks anew what is published: what it asks then holds while it runs, as in a node's process."""
    from minzheng.registry.sources import forget_sources
    from minzheng.standards.queries.asking import forget_published

    forget_published()
    forget_sources()


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A home of the test's own for files, keys and spool; the database is the test run's."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """The audit trail refuses TRUNCATE; a test database must be able to empty itself (a node never does)."""
    from django.db import connection
    from django.test import TransactionTestCase

    from tests.emptying import empty_all, forget_standards, watch_standards

    if not connection.settings_dict["NAME"].startswith("test_"):
        return  # no test of this run asks for the database's tables
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if _OWN_SERVER:  # what tests write need not outlive a power cut; faults use servers of their own
            cursor.execute("ALTER SYSTEM SET fsync = off")
            cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("ALTER TABLE foundation_auditentry DISABLE TRIGGER audit_no_truncate")
        cursor.execute("ALTER TABLE signals_signalevent DISABLE TRIGGER signal_event_no_truncate")
        watch_standards()
        forget_standards()
    TransactionTestCase._fixture_teardown = lambda _self: empty_all()  # Django's own takes seconds
