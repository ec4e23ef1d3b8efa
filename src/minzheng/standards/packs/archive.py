"""A pack as one value to keep (标准包存档): its files, compressed, the same bytes for the same files."""

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time stamp, so that equal files give equal archives


def pack_archive(files: Mapping[str, bytes]) -> bytes:
    """Files by path to one archive (存档)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), files[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack_archive(archive: bytes) -> dict[str, bytes]:
    """The files of an archive made by :func:`pack_archive` (取出)."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
