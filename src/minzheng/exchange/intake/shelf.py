"""Files taken from a folder, near or far (目录取件): each once, none that is half written, going on where a run broke off.

What is half written is told by four signs: a name in the making (``.tmp``, ``.part`` …), a size or time that changes while
we wait, a marker beside it that is still missing, and a size or time that changed while we read. A part fetched before the
connection broke stays in the spool under a name made of the file's name, size and time; the next run goes on behind it.
"""

import errno
import fnmatch
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.hashes import SM3, Hash

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Field, Mark, Received, Settings, Work

UNREADY = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".uploading",
    ".writing",
    ".swp",
    "~",
)
MARKERS = {"none": "", "ok": ".ok", "md5": ".md5", "sm3": ".sm3"}
MOST_ENTRIES = 20_000
MARKER_BYTES = 4096
PIECE = 1 << 20

FILE_FIELDS = (
    Field("pattern", "文件名", default="*.csv;*.xlsx;*.zip", group="取件", required=True,
          help="用 * 和 ? 通配，多个之间用分号隔开；以点开头和写入中的临时文件（.tmp、.part 等）不取。"),
    Field("marker", "完整标记", "choice", default="none", group="取件",
          choices=(("none", "没有"), ("ok", "同名加 .ok 的文件"), ("md5", "同名加 .md5 的文件，并核对 MD5"),
                   ("sm3", "同名加 .sm3 的文件，并核对 SM3")),
          help="对方写完后另放的标记文件；没有标记到达的不取。"),
    Field("settle", "静候秒数", "number", default=10, least=0, most=120, group="取件",
          help="没有标记时，两次查看之间相隔的秒数，大小或时间有变化的留到下次。"),
    Field("after", "取后", "choice", default="move", group="取件",
          choices=(("move", "移入 done 目录（退回的移入 refused）"), ("keep", "不动，只记住取过")),
          help="目录只读时不能移动，按“不动”处理。"),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file that lies there (目录中的文件): ``modified`` as the other side counts it."""

    name: str
    size: int
    modified: int


class ReadOnlyError(Exception):
    """Nothing can be moved there (目录只读)."""


class Shelf(Protocol):
    """A folder (目录): ``entries`` lists its regular files; ``look`` at one again, None where it is gone; ``read`` gives pieces
    of one from a byte on; ``move`` puts one into a folder beneath, and raises ``ReadOnlyError`` where that is not allowed.
    """

    def entries(self) -> list[Entry]: ...
    def look(self, name: str) -> Entry | None: ...
    def read(self, name: str, start: int, size: int) -> Iterator[bytes]: ...
    def move(self, name: str, folder: str) -> None: ...


def waiting(shelf: Shelf, settings: Settings, work: Work) -> tuple[list[Entry], list[Entry]]:
    """(files to take, files whose marker has not come yet), the oldest first (待取文件)."""
    there = shelf.entries()
    if len(there) > MOST_ENTRIES:
        raise IntakeError(f"目录中的文件超过 {MOST_ENTRIES:,} 个, 请来源清理或分目录存放")
    names = {entry.name for entry in there}
    patterns = [p.strip().lower() for p in str(settings["pattern"]).split(";") if p.strip()]
    marker = MARKERS[settings["marker"]]
    wanted = [e for e in there if _is_wanted(e.name, patterns, marker) and not _is_known(e, work)]
    wanted.sort(key=lambda entry: (entry.modified, entry.name))
    ready = [entry for entry in wanted if not marker or entry.name + marker in names]
    return ready, [entry for entry in wanted if marker and entry.name + marker not in names]


def _is_wanted(name: str, patterns: Sequence[str], marker: str) -> bool:
    low = name.lower()
    if low.startswith(".") or low.endswith(UNREADY) or (marker and low.endswith(marker)):
        return False
    return len(name) <= 255 and name.isprintable() and any(fnmatch.fnmatchcase(low, p) for p in patterns)


def _is_known(entry: Entry, work: Work) -> bool:
    return entry.modified in work.known(entry.name, entry.size).values()


def take(shelf: Shelf, settings: Settings, work: Work) -> Iterator[Received]:
    """The files that are new, one by one (取件). Raises ``IntakeError``."""
    clear = settings["after"] == "move"
    if clear:
        _put_away_left_behind(shelf, settings, work)
    ready, _ = waiting(shelf, settings, work)
    if ready and settings["marker"] == "none":
        ready = _still(shelf, ready, float(settings["settle"]), work)
    for entry in ready[: work.most_files]:
        if work.is_over():
            return
        got = _fetched(shelf, entry, settings, work)
        if got is None:
            continue  # changed under our hands: it is still being written
        path, mark = got
        if mark.sm3 in work.known(entry.name, entry.size):
            work.remember(mark)  # the same content laid there again
            path.unlink()
            _put_away(shelf, entry.name, settings, "done")
            continue
        yield Received(path, entry.name, mark=mark, after=_then(shelf, entry.name, settings))
    work.unfinished = work.unfinished or len(ready) > work.most_files


def _then(shelf: Shelf, name: str, settings: Settings) -> Callable[[bool], None]:
    return lambda accepted: _put_away(shelf, name, settings, "done" if accepted else "refused")


def _put_away(shelf: Shelf, name: str, settings: Settings, folder: str) -> None:
    """Into the folder beneath, its marker first: a marker without its file waits for one that never comes."""
    if settings["after"] != "move":
        return
    try:
        if marker := MARKERS[settings["marker"]]:
            shelf.move(name + marker, folder)
        shelf.move(name, folder)
    except ReadOnlyError:
        return  # what was taken is remembered


def _put_away_left_behind(shelf: Shelf, settings: Settings, work: Work) -> None:
    """Files that an earlier run took and could not move before it broke off."""
    for entry in shelf.entries():
        if not work.is_over() and _is_known(entry, work):
            _put_away(shelf, entry.name, settings, "done")


def _still(shelf: Shelf, ready: list[Entry], seconds: float, work: Work) -> list[Entry]:
    """Those that have not changed after a while; the others wait for the next run."""
    if seconds:
        time.sleep(max(0.0, min(seconds, work.seconds_left)))
    now = set(shelf.entries())
    return [entry for entry in ready if entry in now]


def _fetched(shelf: Shelf, entry: Entry, settings: Settings, work: Work) -> tuple[Path, Mark] | None:
    """The whole file in the spool; None where it changed meanwhile."""
    work.refuse_more_than(entry.size, f"文件 {entry.name} ")
    part = work.spool / f"{_key(entry)}.part"
    done = part.stat().st_size if part.exists() else 0
    if done > entry.size:
        part.unlink()
        done = 0
    try:
        with part.open("ab") as out:
            for piece in shelf.read(entry.name, done, entry.size - done):
                out.write(piece)
                done += len(piece)
                if done > entry.size or work.is_over():
                    break
    except OSError as error:
        if error.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)
            raise IntakeError("本节点磁盘空间不足, 请清理后再取") from None
        raise
    if done < entry.size and work.is_over():
        return None  # what was fetched stays; the next run goes on behind it
    if done != entry.size or shelf.look(entry.name) != entry:
        part.unlink()
        return None
    return part, _marked(shelf, entry, part, settings)


def _key(entry: Entry) -> str:
    digest = Hash(SM3())
    digest.update(f"{entry.name}\0{entry.size}\0{entry.modified}".encode())
    return digest.finalize().hex()[:32]


def _marked(shelf: Shelf, entry: Entry, part: Path, settings: Settings) -> Mark:
    """The file's mark; raises ``IntakeError`` where it is not what its marker says."""
    sm3, md5 = Hash(SM3()), hashlib.md5(usedforsecurity=False)
    with part.open("rb") as file:
        while piece := file.read(PIECE):
            sm3.update(piece)
            md5.update(piece)
    mark = Mark(entry.name, entry.size, entry.modified, sm3.finalize().hex())
    kind = settings["marker"]
    if kind in ("md5", "sm3"):
        said = _first_word(shelf, entry.name + MARKERS[kind])
        if said != (md5.hexdigest() if kind == "md5" else mark.sm3):
            part.unlink()
            raise IntakeError(
                f"文件 {entry.name} 与标记中的 {kind.upper()} 不符, 没有接收, 请来源重新放置文件和标记"
            )
    return mark


def _first_word(shelf: Shelf, name: str) -> str:
    text = b"".join(shelf.read(name, 0, MARKER_BYTES))[:MARKER_BYTES].decode("utf-8", "replace")
    return (text.split() or [""])[0].lower().lstrip("\\")


def told(shelf: Shelf, settings: Settings, work: Work, where: str) -> str:
    """One sentence of what lies there, for the test of the road (试连结果)."""
    ready, unmarked = waiting(shelf, settings, work)
    more = f", 另有 {len(unmarked):,} 个等待完整标记" if unmarked else ""
    return f"连接正常: {where}, 有 {len(ready):,} 个待取文件{more}"


def file_settings_refused(settings: Settings) -> str | None:
    """What is wrong with the fields of ``FILE_FIELDS`` (取件设置)."""
    patterns: list[Any] = [p for p in str(settings["pattern"]).split(";") if p.strip()]
    if not patterns or any("/" in p for p in patterns):
        return "文件名至少写一个, 且不能含 /"
    return None
