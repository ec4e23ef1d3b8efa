"""A batch's body (批体): lines of JSON, one change each, in a file that is sealed at rest.

``t`` of a line says what it is: ``source``, ``place``, ``household``, ``person`` and ``organisation`` (what a source says of
one), a room's table (a record), ``home`` (where someone is registered who is not the receiver's own), ``same`` (who
turned out to be whom) ``dispute`` (a value that is
disputed, or the answer) and ``entry`` (what the sender's outbox said). They come in this order, so that what is referred to
is there before.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from minzheng.foundation.crypto.stream import decrypt_file, encrypt_file
from minzheng.sharing.between import tree

LONGEST_LINE = 4 << 20
PIECE = 1 << 20


class BodyError(ValueError):
    """A body that is not what its head says, or not readable (批体不符)."""


@dataclass
class Measured:
    """What goes through (度量): the tree over the lines, how many bytes."""

    over: tree.Growing = field(default_factory=tree.Growing)
    size: int = 0

    @property
    def lines(self) -> int:
        """How many lines so far."""
        return self.over.count

    def root(self) -> str:
        """The root over the lines so far, hex."""
        return self.over.root().hex()


def measure(
    pieces: Iterable[bytes], into: Measured, *, most: int | None = None, lines: int | None = None
) -> Iterator[bytes]:
    """Pass pieces on and take the leaves of their lines (过量).

    Raises ``BodyError`` for a body of more than ``most`` bytes or ``lines`` lines, a line without end, an end without line feed.
    """
    left = b""
    for piece in pieces:
        into.size += len(piece)
        if most is not None and into.size > most:
            raise BodyError("批体比批头所说的长")
        *whole, left = (left + piece).split(b"\n")
        if lines is not None and into.lines + len(whole) > lines:
            raise BodyError("批体的行比批头所说的多")
        if len(left) > LONGEST_LINE:
            raise BodyError("批体中有过长的行")
        for line in whole:
            into.over.add(tree.leaf(line))
        yield piece
    if left:
        raise BodyError("批体没有以换行结束")


def keep(pieces: Iterable[bytes], path: Path) -> None:
    """Write a body sealed, whole or not at all (收存)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_suffix(".half")
    try:
        with half.open("wb") as file:
            encrypt_file(cast("BinaryIO", _Source(pieces)), file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        _sync(path.parent)  # a batch that is in the log has its body, whatever happens to the machine
    finally:
        half.unlink(missing_ok=True)


def read(path: Path) -> Iterator[bytes]:
    """The body again, in pieces (读取). Raises ``siv.IntegrityError`` where the file was altered."""
    return decrypt_file(path)


def lines(path: Path) -> Iterator[bytes]:
    """Its lines, one by one, without their line feed (逐行)."""
    left = b""
    for piece in read(path):
        *whole, left = (left + piece).split(b"\n")
        yield from whole


def disk(error: OSError) -> str:
    """What hinders the disk (磁盘问题)."""
    said = {
        errno.ENOSPC: "磁盘空间不足",
        errno.EDQUOT: "磁盘配额已满",
        errno.EFBIG: "文件超过系统限制",
        errno.EROFS: "磁盘只读",
    }
    return said.get(error.errno or 0, f"磁盘读写出错 ({error.strerror or type(error).__name__})")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Source:
    """Pieces as a file one reads from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._left, self.closed = iter(pieces), b"", False

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        """About as many bytes as asked; empty at the end."""
        if not self._left:
            self._left = next(self._pieces, b"")
        out, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return out


def packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compressed for the road (压缩)."""
    sink = _Sink()
    with pa.CompressedOutputStream(pa.PythonFile(sink, "w"), "zstd") as out:
        for piece in pieces:
            out.write(piece)
            yield from sink.drain()
    yield from sink.drain()


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """As it was (解压). Raises ``BodyError`` for what is damaged or cut short."""
    try:
        with pa.CompressedInputStream(pa.PythonFile(_Source(pieces), "r"), "zstd") as plain:
            while piece := plain.read(PIECE):
                yield piece
    except (OSError, pa.ArrowException) as error:
        raise BodyError("批体在途中损坏或被截断") from error


class _Sink:
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.closed = False

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def drain(self) -> Iterator[bytes]:
        """What there is, once."""
        pieces, self._pieces = self._pieces, []
        yield from pieces

    def flush(self) -> None:
        """Nothing waits here."""

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
