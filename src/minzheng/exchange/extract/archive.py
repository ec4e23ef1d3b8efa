"""Zip files (压缩包): members taken out one by one, under limits."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from minzheng.exchange.errors import FileRefusedError

MAX_MEMBERS = 500
MAX_TOTAL = 8 * 2**30
MAX_RATIO = 200
RATIO_FROM = 64 * 2**20  # small files may compress as well as they like
PIECE = 1 << 20
WANTED = {".csv", ".txt", ".tsv", ".xlsx"}


def check_bomb(path: Path) -> list[zipfile.ZipInfo]:
    """The members of a zip; raises ``FileRefusedError`` if it is damaged, encrypted or unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileRefusedError(f"压缩文件损坏或不完整 ({error})") from None
    total = sum(m.file_size for m in members)
    packed = max(1, sum(m.compress_size for m in members))
    if len(members) > MAX_MEMBERS:
        raise FileRefusedError(f"压缩包内文件数 {len(members)} 超过上限 {MAX_MEMBERS}")
    if total > MAX_TOTAL or (total > RATIO_FROM and total / packed > MAX_RATIO):
        raise FileRefusedError(
            f"压缩包解压后达 {total / 2**20:,.0f} MB, 压缩比 {total / packed:,.0f}, 疑似压缩炸弹, 已拒收"
        )
    if any(m.flag_bits & 0x1 for m in members):
        raise FileRefusedError("压缩包已加密, 请去掉密码后重新报送")
    return members


def unpack(path: Path, folder: Path) -> list[tuple[str, Path]]:
    """(name as written, file) of every data file inside, in the archive's order; never outside ``folder``.

    Other members (readme, images) are left; nested archives are refused.
    """
    files: list[tuple[str, Path]] = []
    with zipfile.ZipFile(path) as archive:
        for number, member in enumerate(check_bomb(path)):
            name = _name(member)
            suffix = PurePosixPath(name).suffix.lower()
            if (
                member.is_dir()
                or name.startswith("__MACOSX")
                or PurePosixPath(name).name.startswith((".", "~$"))
            ):
                continue
            if suffix == ".zip":
                raise FileRefusedError(f"压缩包内还有压缩包 ({name}), 请展开后重新报送")
            if suffix in WANTED:
                target = folder / f"member-{number:03d}{suffix}"
                _copy(archive, member, target)
                files.append((name, target))
    if not files:
        raise FileRefusedError("压缩包内没有 CSV 或 XLSX 文件")
    return files


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Copy no more than the archive promised: its directory may lie. A full disk is no fault of the archive."""
    left = member.file_size
    with target.open("wb") as out:
        for piece in _pieces(archive, member):
            left -= len(piece)
            if left < 0:
                raise FileRefusedError(f"压缩包内 {_name(member)} 的实际大小与目录不符, 已拒收")
            out.write(piece)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as source:
            while True:
                piece = source.read(PIECE)
                if not piece:
                    return
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError(f"压缩包内 {_name(member)} 损坏或不完整 ({error})") from None


def _name(member: zipfile.ZipInfo) -> str:
    """Windows in China packs names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return member.filename
