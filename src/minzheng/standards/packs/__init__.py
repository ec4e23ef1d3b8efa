"""Reading a pack (读取标准包): files into typed rows that know their file and line."""

from minzheng.standards.packs.archive import pack_archive, unpack_archive
from minzheng.standards.packs.columns import KINDS, Column, Kind
from minzheng.standards.packs.finding import Finding
from minzheng.standards.packs.reading import Pack, Row, read_files, read_pack

__all__ = [
    "KINDS",
    "Column",
    "Finding",
    "Kind",
    "Pack",
    "Row",
    "pack_archive",
    "read_files",
    "read_pack",
    "unpack_archive",
]
