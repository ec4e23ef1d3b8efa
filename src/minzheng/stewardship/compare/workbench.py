"""The DuckDB a comparison works in (工作台): of limited memory, on a file of its own so that it spills."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from django.conf import settings

MEMORY_LIMIT = "1600MB"  # with what Python and Arrow hold besides, the process stays under 3 GiB


@contextmanager
def workbench() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection and a folder; both are gone afterwards, whatever happened (打开工作台)."""
    home = Path(settings.HOME) / "spool"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(prefix="compare-", dir=home) as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": f"{folder}/spill",
        }
        with duckdb.connect(f"{folder}/work.duckdb", config=config) as db:
            db.execute("SET preserve_insertion_order = false")
            yield db, Path(folder)


def scalar(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    """The only number of a query, 0 for NULL."""
    rows = db.execute(sql).fetchall()
    return float(rows[0][0] or 0) if rows else 0.0
