"""Files at rest: what comes out is what went in, an altered or cut file is told, a crash leaves nothing half-written."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash

from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.crypto.stream import NONCE, PIECE, TAG, decrypt_file, encrypt_file
from minzheng.foundation.files import media
from minzheng.foundation.files.media import FileRefusedError, check_attachment, media_type
from minzheng.foundation.files.models import Attachment, StoredFile
from minzheng.foundation.files.services import attach, copy_out, path_of, store
from minzheng.kernel.uuid7 import uuid7

AT = datetime(2026, 3, 5, 1, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + b"body " * 100
# Text that packs well and noise that does not, over and under the size of a piece.
NOISE = b"".join(Hash(SM3()).finalize() + n.to_bytes(4, "big") for n in range(1000))
CONTENTS = [b"", b"x", "姓名,公民身份号码\n".encode() * 3, NOISE, NOISE * 40, b"0" * (2 * PIECE + 1)]


def sealed(path: Path, content: bytes) -> tuple[str, int]:
    with path.open("wb") as target:
        return encrypt_file(io.BytesIO(content), target)


@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_what_comes_out_is_what_went_in(home, tmp_path, content):
    path = tmp_path / "sealed"
    digest = Hash(SM3())
    digest.update(content)
    assert sealed(path, content) == (digest.finalize().hex(), len(content))
    assert b"".join(decrypt_file(path)) == content


def test_nothing_lies_open_and_no_two_files_look_alike(home, tmp_path):
    content = "王晓,330199199003070018\n".encode() * 50
    for name in ("one", "two"):
        sealed(tmp_path / name, content)
    one, two = ((tmp_path / name).read_bytes() for name in ("one", "two"))
    assert one != two and b"3301991990" not in one and "王晓".encode() not in one


@pytest.mark.parametrize("left", [0, 1, NONCE, NONCE + TAG - 1, NONCE + TAG, 0.5, 0.99, -1])
def test_a_cut_file_gives_out_nothing(home, tmp_path, left):
    path = tmp_path / "sealed"
    sealed(path, NOISE * 40)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left) if isinstance(left, float) else left])
    with pytest.raises(IntegrityError, match="sealed"):
        next(decrypt_file(path))


@pytest.mark.parametrize("at", [0, NONCE - 1, NONCE, 1000, -TAG - 1, -TAG, -1])
def test_a_changed_byte_gives_out_nothing(home, tmp_path, at):
    path = tmp_path / "sealed"
    sealed(path, NOISE)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        next(decrypt_file(path))


def test_another_key_gives_out_nothing(home, tmp_path, settings):
    path = tmp_path / "sealed"
    sealed(path, NOISE)
    settings.HOME = tmp_path / "other"
    with pytest.raises(IntegrityError):
        next(decrypt_file(path))


def kept(home: Path) -> list[Path]:
    return [path for path in (home / "files").rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_the_same_content_is_kept_once(home, tmp_path):
    first = store(io.BytesIO(NOISE), name="名单.csv", at=AT)
    again = store(io.BytesIO(NOISE), name="又一份.txt", at=AT)
    assert again == first and StoredFile.objects.count() == 1
    assert (again.name, again.size, again.media_type) == ("名单.csv", len(NOISE), "text/csv")
    assert kept(home) == [path_of(first.sm3)]
    assert path_of(first.sm3).stat().st_mode & 0o077 == 0
    out = tmp_path / "out"
    copy_out(first.sm3, out)
    assert out.read_bytes() == NOISE and out.stat().st_mode & 0o777 == 0o600


class Broken(io.BytesIO):
    """A source that breaks off after its first megabyte."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= PIECE:
            raise OSError("the connection was cut")
        return super().read(size)


@pytest.mark.django_db
def test_a_source_that_breaks_off_leaves_no_half_file(home):
    with pytest.raises(OSError, match="cut"):
        store(Broken(b"0" * (3 * PIECE)), name="名单.csv", at=AT)
    assert kept(home) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_no_half_file_and_the_next_try_works(home, monkeypatch, step):
    store(io.BytesIO(b"earlier"), name="早先.txt", at=AT)  # the keys are there

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync" if step == "fsync" else "pathlib.Path.replace", full)
        with pytest.raises(OSError, match="No space"):
            store(io.BytesIO(NOISE), name="名单.csv", at=AT)
    assert len(kept(home)) == StoredFile.objects.count() == 1
    assert kept(home) == [path_of(StoredFile.objects.get().sm3)]
    assert path_of(store(io.BytesIO(NOISE), name="名单.csv", at=AT).sm3).exists()


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("证明.pdf", PDF, "application/pdf"),
        ("照片.JPG", b"\xff\xd8\xff\xe0" + NOISE, "image/jpeg"),
        ("照片.png", b"\x89PNG\r\n\x1a\n" + NOISE, "image/png"),
        (
            "表.xlsx",
            workbook(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_an_attachment_of_an_allowed_kind_is_taken(name, content, kind):
    source = io.BytesIO(content)
    check_attachment(source, name)
    assert source.tell() == 0
    assert media_type(name, content[:512]) == kind


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("空.pdf", b"", "文件为空"),
        ("程序.exe", b"MZ" + NOISE, "不接收 .exe"),
        ("无扩展名", PDF, "不接收 无扩展名"),
        ("网页.html", b"<script>", "不接收 .html"),
        ("包.zip", workbook(), "不接收 .zip"),
        ("照片.png", PDF, "不符"),
        ("证明.pdf", b"MZ" + NOISE, "不符"),
        ("证明.pdf", b" " + PDF, "不符"),
        ("表.xlsx", b"a,b\n", "不符"),
    ],
)
def test_an_attachment_is_refused_with_the_reason(name, content, why):
    with pytest.raises(FileRefusedError, match=why):
        check_attachment(io.BytesIO(content), name)


def test_an_attachment_may_be_so_large_and_no_larger(monkeypatch):
    monkeypatch.setattr(media, "ATTACHMENT_LIMIT", 2**20)
    check_attachment(io.BytesIO(PDF.ljust(2**20)), "证明.pdf")
    with pytest.raises(FileRefusedError, match="超过 1 MB"):
        check_attachment(io.BytesIO(PDF.ljust(2**20 + 1)), "证明.pdf")


@pytest.mark.django_db
def test_a_file_hangs_on_its_subject_and_a_refused_one_leaves_nothing(home):
    subject = uuid7(AT)
    about = {"title": "死亡证明", "subject_kind": "person", "subject_id": subject, "by": "王晓", "at": AT}
    hung = attach(io.BytesIO(PDF), name="证明.pdf", **about)
    assert Attachment.objects.get(subject_kind="person", subject_id=subject) == hung
    assert (hung.file.media_type, hung.title, hung.attached_by) == ("application/pdf", "死亡证明", "王晓")
    with pytest.raises(FileRefusedError):
        attach(io.BytesIO(b"MZ"), name="证明.pdf", **about)
    assert Attachment.objects.count() == StoredFile.objects.count() == len(kept(home)) == 1
