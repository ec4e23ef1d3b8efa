"""Where a parcel lies in clear while it is made or taken (工作目录): a folder of its own, gone afterwards.

A process that was killed leaves its folder behind; the next one clears away what nobody goes on with.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

PREFIX = "parcel-"
LEFT_BEHIND = timedelta(days=1)


@contextmanager
def spooled(*, at: datetime) -> Iterator[Path]:
    """A folder only the node reads (工作目录)."""
    root = Path(settings.HOME) / "spool"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in root.glob(f"{PREFIX}*"):
        if at.timestamp() - old.stat().st_mtime > LEFT_BEHIND.total_seconds():
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=root) as folder:
        yield Path(folder)
