"""What a file is, by its first bytes and not by its name (文件类型)."""

import io
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
ATTACHMENT_SUFFIXES = {suffix for _, _, suffixes in SIGNATURES for suffix in suffixes} - {".zip"}


class FileRefusedError(ValueError):
    """A file that may not be taken, with the reason in Chinese (文件不予接收)."""


def media_type(name: str, head: bytes) -> str:
    """The media type of a file from its first bytes; text falls back to the name (类型判定)."""
    suffix = PurePath(name).suffix.lower()
    for signature, kind, _ in SIGNATURES:
        if head.startswith(signature):
            return OFFICE.get(suffix, kind)
    return "text/csv" if suffix in {".csv", ".txt", ".tsv"} else "application/octet-stream"


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
