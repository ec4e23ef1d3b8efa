"""The lists of a comparison while it lasts (名单存放): sealed under ``MINZHENG_HOME/compare``, opened for the run only."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from minzheng.foundation.crypto.stream import decrypt_file, encrypt_file


def folder_of(run_id: UUID) -> Path:
    """Where a comparison's lists lie (存放位置)."""
    return Path(settings.HOME) / "compare" / str(run_id)


def keep(run_id: UUID, side: str, source: BinaryIO) -> None:
    """Seal a list as it was handed over (封存)."""
    folder = folder_of(run_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / side).open("wb") as target:
        encrypt_file(source, target)


def opened(run_id: UUID, side: str, target: Path) -> Path:
    """The list in clear, in a folder that someone else removes (取出)."""
    with target.open("wb") as out:
        for piece in decrypt_file(folder_of(run_id) / side):
            out.write(piece)
    return target


def drop(run_id: UUID) -> None:
    """Nothing of the lists is left (删除)."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder_of(run_id))


def kept() -> list[UUID]:
    """The comparisons that lists lie here of (现存)."""
    found = []
    for path in (Path(settings.HOME) / "compare").glob("*"):
        with suppress(ValueError):
            found.append(UUID(path.name))
    return found
