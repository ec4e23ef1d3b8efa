"""The zip inside the envelope (包): data, ``datapackage.json``, ``manifest.json``, ``signature``; nothing else.

Written in one pass into the envelope. Read from a plain copy in the node's spool, which is removed whatever comes of it.
"""

import datetime
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
from cryptography.hazmat.primitives.hashes import SM3, Hash

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.services import Signed
from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.form.manifest import DATA, Manifest, Member, read_manifest
from minzheng.sharing.parcels.form.schema import SchemaColumn, datapackage
from minzheng.sharing.parcels.form.table import CSV, CsvTable, Table, XmlTable

MANIFEST, SIGNATURE, PACKAGE, RECEIPT_FILE = "manifest.json", "signature", "datapackage.json", "receipt.json"
DATA_FILES = ("data.csv", "data.xml")
PIECE = 1 << 20
LARGEST_SMALL = 16 * 2**20  # manifest, signature, description, receipt
LARGEST_DATA = 8 * 2**30
MOST_TIMES = 200  # unpacked over packed, for what is not small
SMALL_ANYWAY = 64 * 2**20
MOST_MEMBERS = 4
Sign = Callable[[bytes], Signed]


class _Counted:
    """A member being written: its SM3 and size as it goes by."""

    def __init__(self, sink: Any) -> None:
        self._sink, self._hash, self.size = sink, Hash(SM3()), 0
        self.closed = False

    def write(self, piece: bytes) -> int:
        piece = bytes(piece)
        self._hash.update(piece)
        self.size += len(piece)
        self._sink.write(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def member(self) -> Member:
        return Member(self._hash.finalize().hex(), self.size)


class Packing:
    """A zip as it is written, one member after another (打包)."""

    def __init__(self, sink: BinaryIO, at: datetime.datetime) -> None:
        self._zip = zipfile.ZipFile(cast("Any", sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._at = max(at, at.replace(year=1980, month=1, day=1)).timetuple()[:6]
        self.members: dict[str, Member] = {}

    def __enter__(self) -> "Packing":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:  # nobody will read it: the zip is not to be ended into a file that is gone
            self._zip.fp = None

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info

    def rows(self, columns: Sequence[SchemaColumn], form: str, pieces: Iterable[pa.RecordBatch]) -> int:
        """The data member; returns how many rows (写数据)."""
        name, count = f"data.{form}", 0
        with self._zip.open(self._info(name), "w", force_zip64=True) as member:
            counted = cast("Any", _Counted(member))
            table: Table = (
                CsvTable(counted, [c.heading for c in columns])
                if form == CSV
                else XmlTable(counted, [c.name for c in columns])
            )
            for piece in pieces:
                count += piece.num_rows
                table.write(piece)
            table.close()
        self.members[name] = counted.member()
        return count

    def text(self, name: str, content: bytes) -> None:
        """A small member (写文本)."""
        self._zip.writestr(self._info(name), content)
        self.members[name] = Member(sm2.sm3(content).hex(), len(content))

    def describe(self, columns: Sequence[SchemaColumn], form: str, manifest: Manifest, title: str) -> None:
        """The description of the data just written (写说明)."""
        data = self.members[f"data.{form}"]
        content = datapackage(
            columns, parcel_id=manifest.id, data_set=manifest.data_set, title=title, made_at=manifest.made_at,
            form=form, sm3=data.sm3, size=data.size,
        )  # fmt: skip
        self.text(PACKAGE, content)

    def seal_off(self, manifest: Manifest, sign: Sign) -> bytes:
        """Manifest and signature, then the end; returns the manifest's SM3 (签名)."""
        content = manifest.written()
        digest = sm2.sm3(content)
        signed = sign(digest)
        self._zip.writestr(self._info(MANIFEST), content)
        said = {"by": signed.by, "algorithm": "SM2-SM3", "signature": signed.signature}
        self._zip.writestr(self._info(SIGNATURE), json.dumps(said).encode())
        self._zip.close()
        return digest


@dataclass(frozen=True, slots=True)
class Package:
    """A zip that was opened; only ``checked`` members may be believed (包)."""

    path: Path
    manifest: Manifest
    manifest_sm3: str
    signed: Signed

    @property
    def data_name(self) -> str:
        """The data member's name (数据文件名)."""
        return next((name for name in DATA_FILES if name in self.manifest.members), "")

    def text(self, name: str) -> bytes:
        """A small member, whole (取文本)."""
        with _archive(self.path) as archive:
            return _small(archive, name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member in pieces (取成员)."""
        with _archive(self.path) as archive:
            yield from _pieces(archive, name, self.manifest.members[name].size)

    def columns(self) -> list[tuple[str, str]]:
        """(heading, tag) of the data's columns, as its description says (列). Raises ``ParcelError``."""
        try:
            fields = json.loads(self.text(PACKAGE))["resources"][0]["schema"]["fields"]
            return [(str(one["name"]), str(one["minzheng:tag"])) for one in fields]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise ParcelError("报文的数据说明 (datapackage.json) 缺项或格式不对") from error


def read_package(path: Path) -> Package:
    """Look into a zip under limits: only known members, no bomb, a manifest and a signature (读包). Raises ``ParcelError``."""
    with _archive(path) as archive:
        _check_members(archive)
        content = _small(archive, MANIFEST)
        manifest = read_manifest(content)
        try:
            said = json.loads(_small(archive, SIGNATURE))
            signed = Signed(str(said["by"]), str(said["signature"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ParcelError("报文签名格式不对") from error
        inside = set(archive.namelist()) - {MANIFEST, SIGNATURE}
    if inside != set(manifest.members):
        raise ParcelError("报文中的文件与清单不符")
    needed = {PACKAGE} if manifest.kind == DATA else {RECEIPT_FILE}
    if not needed <= inside or (manifest.kind == DATA and len(inside & set(DATA_FILES)) != 1):
        raise ParcelError("报文缺少数据文件或其说明")
    return Package(path, manifest, sm2.sm3(content).hex(), signed)


def check_digests(package: Package) -> None:
    """Every member is what the signed manifest says (核对摘要). Raises ``ParcelError``."""
    for name, member in package.manifest.members.items():
        digest, size = Hash(SM3()), 0
        for piece in package.pieces(name):
            digest.update(piece)
            size += len(piece)
        if (digest.finalize().hex(), size) != (member.sm3, member.size):
            raise ParcelError(f"报文中 {name} 的摘要与清单不符, 内容已被改动")


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise ParcelError("报文内的压缩包损坏或不完整") from error


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    known = {MANIFEST, SIGNATURE, PACKAGE, RECEIPT_FILE, *DATA_FILES}
    strange = [name for name in names if name not in known]
    if strange:
        raise ParcelError(f"报文内有不该有的文件 {strange[0][:60]!r}, 已拒收")
    if len(names) != len(set(names)) or len(names) > MOST_MEMBERS or any(m.flag_bits & 1 for m in members):
        raise ParcelError("报文内的文件重复或已加密, 已拒收")
    unpacked, packed = sum(m.file_size for m in members), max(1, sum(m.compress_size for m in members))
    if unpacked > LARGEST_DATA or (unpacked > SMALL_ANYWAY and unpacked / packed > MOST_TIMES):
        raise ParcelError(f"报文解压后达 {unpacked / 2**20:,.0f} MB, 疑似压缩炸弹, 已拒收")


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise ParcelError(f"报文缺少 {name}")
    return b"".join(_pieces(archive, name, LARGEST_SMALL))


def _pieces(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[bytes]:
    """No more than was promised: the zip's own directory may lie."""
    with archive.open(name) as source:
        while piece := source.read(PIECE):
            most -= len(piece)
            if most < 0:
                raise ParcelError(f"报文中 {name} 比清单所说的大, 已拒收")
            yield piece
