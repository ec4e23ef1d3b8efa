"""Files laid in a folder of this machine, or one mounted here (本地目录)."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Adapter, Field, Reached, Received, Settings, Work, adapter
from minzheng.exchange.intake.shelf import (
    FILE_FIELDS,
    PIECE,
    Entry,
    ReadOnlyError,
    file_settings_refused,
    take,
    told,
)


@adapter
class FolderAdapter(Adapter):
    """A folder that others put files into, by whatever means (本地目录)."""

    key, label = "folder", "本地目录"
    about = "取本机目录或挂载到本机的共享目录中的文件。"
    fields = (
        Field("folder", "目录", required=True, group="地址", address=True, help="完整路径，须在允许访问的地址之内。"),
        *FILE_FIELDS,
    )  # fmt: skip

    def check(self, settings: Settings, work: Work) -> str:
        return told(_open(settings, work), settings, work, str(settings["folder"]))

    def fetch(self, settings: Settings, reached: Reached, work: Work) -> Iterator[Received]:  # noqa: ARG002
        yield from take(_open(settings, work), settings, work)

    def refuse(self, settings: Settings) -> str | None:
        return file_settings_refused(settings)


def _open(settings: Settings, work: Work) -> "_Folder":
    path = work.places.folder(str(settings["folder"]))
    if not path.is_dir():
        raise IntakeError(f"目录 {path} 不存在, 请核对路径, 挂载的目录请确认已挂载")
    if not os.access(path, os.R_OK | os.X_OK):
        raise IntakeError(f"没有读取目录 {path} 的权限, 请为本节点的运行账号授权")
    return _Folder(path)


class _Folder:
    """A folder as ``shelf`` reads it; links are not followed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[Entry]:
        found = []
        with os.scandir(self._path) as there:
            for one in there:
                entry = self.look(one.name)
                if entry is not None:
                    found.append(entry)
        return found

    def look(self, name: str) -> Entry | None:
        try:
            about = (self._path / name).lstat()
        except FileNotFoundError:
            return None
        return Entry(name, about.st_size, about.st_mtime_ns) if stat.S_ISREG(about.st_mode) else None

    def read(self, name: str, start: int, size: int) -> Iterator[bytes]:
        try:
            handle = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise IntakeError(f"读不了文件 {name}: {os.strerror(error.errno or 0)}, 请核对文件权限") from None
        with os.fdopen(handle, "rb") as file:
            file.seek(start)
            left = size
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    def move(self, name: str, folder: str) -> None:
        beneath = self._path / folder
        try:
            beneath.mkdir(exist_ok=True)
            if beneath.is_symlink():
                raise ReadOnlyError
            target = beneath / name
            if target.exists():
                target = beneath / f"{time.time_ns()}-{name}"
            (self._path / name).rename(target)
        except FileNotFoundError:
            return  # somebody else has put it away
        except OSError as error:
            raise ReadOnlyError from error
