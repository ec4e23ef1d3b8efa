"""What a file is, by its first bytes and not by its name (文件类型)."""

import io
import zipfile
from pathlib import PurePath
from typing import BinaryIO

ATTACHMENT_LIMIT = 50 * 2**20
SIGNATURES = (
    (b"%PDF-", "application/pdf", {".pdf"}),
    (b"\xff\xd8\xff", "image/jpeg", {".jpg", ".jpeg"}),
    (b"\x89PNG\r\n\x1a\n", "image/png", {".png"}),
    (b"PK\x03\x04", "application/zip", {".zip", ".xlsx", ".docx", ".ofd"}),
)
OFFICE = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".ofd": "application/ofd",
}
# What an archive of each kind has inside (ISO/IEC 29500, GB/T 33190).
INSIDE = {".xlsx": "xl/", ".docx": "word/", ".ofd": "OFD.xml"}
ATTACHMENT_SUFFIXES = {suffix for _, _, suffixes in SIGNATURES for suffix in suffixes} - {".zip"}
LABELS = {
    "application/pdf": "PDF 文档", "image/jpeg": "JPEG 图片", "image/png": "PNG 图片",
    OFFICE[".xlsx"]: "Excel 表格", OFFICE[".docx"]: "Word 文档", OFFICE[".ofd"]: "OFD 版式文件",
}  # fmt: skip


class FileRefusedError(ValueError):
    """A file that may not be taken, with the reason in Chinese (文件不予接收)."""


def media_type(name: str, head: bytes) -> str:
    """The media type of a file from its first bytes; text falls back to the name (类型判定)."""
    suffix = PurePath(name).suffix.lower()
    for signature, kind, _ in SIGNATURES:
        if head.startswith(signature):
            return OFFICE.get(suffix, kind)
    return "text/csv" if suffix in {".csv", ".txt", ".tsv"} else "application/octet-stream"


def attachment_type(name: str) -> str:
    """The media type of an attachment that was checked: its name tells, for its content has been compared (附件类型)."""
    suffix = PurePath(name).suffix.lower()
    kinds = (OFFICE.get(suffix, kind) for _, kind, suffixes in SIGNATURES if suffix in suffixes)
    return next(kinds, "application/octet-stream")


def check_attachment(source: BinaryIO, name: str) -> None:
    """Refuse what is empty, too large, of a kind not allowed, or not what its name says (附件检查)."""
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    head = source.read(16)
    source.seek(0)
    suffix = PurePath(name).suffix.lower()
    if size == 0:
        raise FileRefusedError("文件为空")
    if size > ATTACHMENT_LIMIT:
        raise FileRefusedError(f"文件超过 {ATTACHMENT_LIMIT // 2**20} MB")
    if suffix not in ATTACHMENT_SUFFIXES:
        raise FileRefusedError(f"不接收 {suffix or '无扩展名'} 类型的附件")
    if not any(head.startswith(signature) and suffix in suffixes for signature, _, suffixes in SIGNATURES):
        raise FileRefusedError("文件内容与扩展名不符")
    if suffix in INSIDE and not _holds(source, INSIDE[suffix]):
        raise FileRefusedError("文件内容与扩展名不符")


def _holds(source: BinaryIO, part: str) -> bool:
    """Whether an archive has this part; only its list is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(source) as archive:
            return any(name.startswith(part) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False
    finally:
        source.seek(0)
