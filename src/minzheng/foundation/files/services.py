"""Files in and out (文件存取)."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError as RowExistsError
from django.db import transaction
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.crypto.stream import decrypt_file, encrypt_file
from minzheng.foundation.files.media import FileRefusedError, check_attachment, media_type
from minzheng.foundation.files.models import Attachment, StoredFile
from minzheng.foundation.files.sweeping import PREFIX
from minzheng.kernel.masking import mask_within

SHORTEST_REASON = 2


class AlreadyAttachedError(FileRefusedError):
    """The same content hangs there already (同一文件已挂接)."""


class AttachmentStateError(ValueError):
    """An attachment cannot be withdrawn or restored as asked; the message is the reason in Chinese (附件状态不符)."""


class FileDamagedError(RuntimeError):
    """A file's content is gone or was altered (文件缺失或损坏)."""


def store(source: BinaryIO, *, name: str, at: datetime) -> StoredFile:
    """Keep a file's content under its hash; the same content again gives the same entry (入库).

    The content is written and synced under a temporary name, then renamed: a crash leaves no half file.
    """
    root = Path(settings.HOME) / "files"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    head = source.read(512)
    source.seek(0)
    handle, temporary = tempfile.mkstemp(dir=root, prefix=PREFIX)
    try:
        with os.fdopen(handle, "wb") as target:
            sm3, size = encrypt_file(source, target)
            target.flush()
            os.fsync(target.fileno())
        path = path_of(sm3)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    with as_node():  # the same content may be there already, on someone outside the user's scope
        entry, _ = StoredFile.objects.get_or_create(
            sm3=sm3,
            defaults={
                "size": size,
                "media_type": media_type(name, head),
                "name": name[:255],
                "stored_at": at,
            },
        )
    return entry


def path_of(sm3: str) -> Path:
    """Where the encrypted content of a hash lies (存放路径)."""
    return Path(settings.HOME) / "files" / sm3[:2] / sm3


def content(sm3: str) -> Iterator[bytes]:
    """The plain content in pieces, checked before it is returned; raises ``FileDamagedError`` (读取)."""
    pieces = decrypt_file(path_of(sm3))
    try:
        first = next(pieces, b"")
    except FileNotFoundError as error:
        raise FileDamagedError("文件内容已不在本节点, 请联系系统管理员") from error
    except IntegrityError as error:
        raise FileDamagedError("文件内容完整性校验失败, 请联系系统管理员") from error
    return _all(first, pieces)


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def copy_out(sm3: str, target: Path) -> None:
    """Write the plain content to ``target`` (mode 0600); raises ``IntegrityError`` if it was altered (取出)."""
    write_out(decrypt_file(path_of(sm3)), target)


def write_out(pieces: Iterator[bytes], target: Path) -> None:
    """Write to ``target`` (mode 0600) whole or not at all: what breaks off leaves what was there (写出)."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}-")
    try:
        with os.fdopen(handle, "wb") as out:
            for piece in pieces:
                out.write(piece)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def attach(
    source: BinaryIO, *, name: str, title: str, subject_kind: str, subject_id: UUID, by: str, at: datetime,
    known_as: Sequence[UUID] = (),
) -> Attachment:  # fmt: skip
    """Check type and size, store, and hang the file on its subject; raises ``FileRefusedError`` (挂接附件).

    Without a title the file's name is its title. ``known_as``: further identities under which the subject's files are
    found. Numbers of persons in the name and the title are masked, for both lie in clear. The same content twice raises
    ``AlreadyAttachedError`` and changes nothing.
    """
    check_attachment(source, name)
    suffix = PurePath(name).suffix.lower()
    name = _told(PurePath(name).stem, 255 - len(suffix)) + suffix
    title = _told(title, 200) or name.removesuffix(suffix)[:200]
    with transaction.atomic():
        file = store(source, name=name, at=at)
        for other in known_as:
            _refuse_second(file, subject_kind, other)
        entry, new = Attachment.objects.get_or_create(
            file=file, subject_kind=subject_kind, subject_id=subject_id, removed_at=None,
            defaults={"name": name, "title": title, "attached_at": at, "attached_by": by[:150]},
        )  # fmt: skip
    if not new:
        raise _already(entry)
    return entry


def withdraw(attachment_id: int, *, reason: str, by: str, at: datetime) -> Attachment:
    """Mark an attachment as withdrawn; row and content stay. Raises ``AttachmentStateError`` (撤下附件)."""
    reason = _told(reason, 200)
    if len(reason) < SHORTEST_REASON:
        raise AttachmentStateError("请写明撤下原因")
    with transaction.atomic():
        entry = _locked(attachment_id)
        if entry.removed_at is not None:
            raise AttachmentStateError("附件已经撤下")
        entry.removed_at, entry.removed_by, entry.removed_reason = at, by[:150], reason
        entry.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    return entry


def restore(attachment_id: int) -> Attachment:
    """Undo a withdrawal; raises ``AttachmentStateError`` (恢复附件). Who undid it stands in the audit trail."""
    try:
        with transaction.atomic():
            entry = _locked(attachment_id)
            if entry.removed_at is None:
                raise AttachmentStateError("附件没有撤下, 不需要恢复")
            entry.removed_at = entry.removed_by = entry.removed_reason = None
            entry.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    except RowExistsError as error:
        raise AttachmentStateError("同一文件已重新挂接, 不能再恢复这一份") from error
    return entry


def _locked(attachment_id: int) -> Attachment:
    return Attachment.objects.select_for_update(of=("self",)).select_related("file").get(pk=attachment_id)


def _refuse_second(file: StoredFile, kind: str, subject_id: UUID) -> None:
    found = Attachment.objects.filter(
        file=file, subject_kind=kind, subject_id=subject_id, removed_at__isnull=True
    ).first()
    if found is not None:
        raise _already(found)


def _already(entry: Attachment) -> AlreadyAttachedError:
    day = timezone.localtime(entry.attached_at).date()
    return AlreadyAttachedError(f"同一文件已于 {day} 以“{entry.title}”挂接, 没有重复保存")


def _told(text: str, longest: int) -> str:
    """Words as they are kept: one line, no control characters, numbers masked."""
    line = "".join(character for character in text if character.isprintable())
    return mask_within(" ".join(line.split()))[:longest]
