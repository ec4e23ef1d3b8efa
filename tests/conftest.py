"""Every test runs on a real PostgreSQL: the one DATABASE_URL names, else an embedded one of the tests' own."""

import os
import tempfile
from pathlib import Path

import pytest

_BASE = Path(os.environ.get("MINZHENG_TEST_HOME") or Path(tempfile.gettempdir()) / f"minzheng-test-{os.getuid()}")
_BASE.mkdir(parents=True, exist_ok=True)
os.environ["MINZHENG_HOME"] = str(_BASE)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")

from minzheng.foundation.database.embedded import ensure_database_url  # noqa: E402

ensure_database_url(_BASE)


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A home of the test's own for files, keys and spool; the database is the test run's."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME
