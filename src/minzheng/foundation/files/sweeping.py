"""What a killed process left half-written (清理未写完的文件)."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

PREFIX = ".incoming-"
LEFT_BEHIND = timedelta(days=1)  # nothing was written to it for so long: whoever wrote it is gone


def sweep_incoming(*, at: datetime) -> int:
    """Remove the half-written files nobody goes on with; returns how many (清理). No entry ever named them."""
    swept = 0
    for path in (Path(settings.HOME) / "files").glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another process sweeps too, or has just given it its name
            if at.timestamp() - path.stat().st_mtime > LEFT_BEHIND.total_seconds():
                path.unlink()
                swept += 1
    return swept
