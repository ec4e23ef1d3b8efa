"""A secret made once (生成密钥文件)."""

import contextlib
import os
import tempfile
from pathlib import Path


def make_once(path: Path, secret: str) -> None:
    """Keep a secret for its owner alone, unless there is one already (首次生成).

    Written and synced under a name of its own, then linked: no one ever reads half a secret, and the first one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".making-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process of this node was first
            path.hardlink_to(temporary)
    finally:
        Path(temporary).unlink()
