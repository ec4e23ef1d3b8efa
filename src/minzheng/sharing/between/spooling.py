"""Where a body lies in clear while it is made or entered (工作目录): a folder that only its process uses, gone afterwards.

A process that is killed leaves its folder behind; the lock on it falls with the process, and whoever comes next clears it away.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import duckdb
from django.conf import settings

PREFIX = "between-"
HALF_MADE_S = 60.0  # a folder so young may not have its lock yet


@contextmanager
def spooled() -> Iterator[Path]:
    """A folder only the node reads (工作目录)."""
    root = Path(settings.HOME) / "spool"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(root)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as folder:
        held = _locked(Path(folder))
        try:
            yield Path(folder)
        finally:
            if held is not None:
                os.close(held)


def _clear(root: Path) -> None:
    """What dead processes have left."""
    for old in root.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > HALF_MADE_S and (held := _locked(old)) is not None:
                shutil.rmtree(old, ignore_errors=True)
                os.close(held)


def _locked(folder: Path) -> int | None:
    """The folder, held; None where its owner lives."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def writer() -> duckdb.DuckDBPyConnection:
    """What writes and reads the lines (行读写): a cursor of one engine a process, which takes 20 ms to start. Close it."""
    return _engine(os.getpid()).cursor()


@lru_cache(maxsize=1)
def _engine(_process: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1, "memory_limit": "400MB"})
