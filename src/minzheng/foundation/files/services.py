"""Files in and out (文件存取)."""

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from minzheng.foundation.crypto.stream import decrypt_file, encrypt_file
from minzheng.foundation.files.media import check_attachment, media_type
from minzheng.foundation.files.models import Attachment, StoredFile


def store(source: BinaryIO, *, name: str, at: datetime) -> StoredFile:
    """Keep a file's content under its hash; the same content again gives the same entry (入库).

    The content is written and synced under a temporary name, then renamed: a crash leaves no half file.
    """
    root = Path(settings.HOME) / "files"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    head = source.read(512)
    source.seek(0)
    handle, temporary = tempfile.mkstemp(dir=root, prefix=".incoming-")
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
    entry, _ = StoredFile.objects.get_or_create(
        sm3=sm3,
        defaults={"size": size, "media_type": media_type(name, head), "name": name[:255], "stored_at": at},
    )
    return entry


def path_of(sm3: str) -> Path:
    """Where the encrypted content of a hash lies (存放路径)."""
    return Path(settings.HOME) / "files" / sm3[:2] / sm3


def copy_out(sm3: str, target: Path) -> None:
    """Write the plain content to ``target`` (mode 0600); raises ``IntegrityError`` if it was altered (取出)."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for piece in decrypt_file(path_of(sm3)):
            out.write(piece)


def attach(
    source: BinaryIO, *, name: str, title: str, subject_kind: str, subject_id: UUID, by: str, at: datetime
) -> Attachment:
    """Check type and size, store, and hang the file on its subject; raises ``FileRefusedError`` (挂接附件)."""
    check_attachment(source, name)
    return Attachment.objects.create(
        file=store(source, name=name, at=at), subject_kind=subject_kind, subject_id=subject_id,
        title=title, attached_at=at, attached_by=by,
    )  # fmt: skip
