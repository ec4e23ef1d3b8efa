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
from minzheng.foundation.files.services import (
    AlreadyAttachedError,
    AttachmentStateError,
    FileDamagedError,
    attach,
    content,
    copy_out,
    path_of,
    restore,
    store,
    withdraw,
    write_out,
)
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
        ("表.docx", workbook(), "不符"),
        ("表.xlsx", b"PK\x03\x04" + NOISE, "不符"),
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


ABOUT = {"title": "死亡证明", "subject_kind": "person", "by": "王晓", "at": AT}


@pytest.mark.django_db
def test_the_same_file_hangs_once_on_a_subject_and_again_on_another(home):
    one, two = uuid7(AT), uuid7(AT)
    first = attach(io.BytesIO(PDF), name="证明.pdf", subject_id=one, **ABOUT)
    with pytest.raises(AlreadyAttachedError, match="2026-03-05 以“死亡证明”挂接"):
        attach(io.BytesIO(PDF), name="换了名.pdf", subject_id=one, **ABOUT)
    with pytest.raises(AlreadyAttachedError):
        attach(io.BytesIO(PDF), name="证明.pdf", subject_id=two, known_as=[one], **ABOUT)
    other = attach(io.BytesIO(PDF), name="另一份.pdf", subject_id=two, **ABOUT)
    assert (first.name, other.name) == ("证明.pdf", "另一份.pdf")
    assert Attachment.objects.count() == 2 and StoredFile.objects.count() == len(kept(home)) == 1


@pytest.mark.django_db
def test_a_file_with_the_name_of_another_kind_is_given_out_as_what_it_was_attached_as(home):
    store(io.BytesIO(workbook()), name="报送.zip", at=AT)
    entry = attach(io.BytesIO(workbook()), name="表.xlsx", subject_id=uuid7(AT), **ABOUT)
    assert entry.file.media_type == "application/zip"
    assert media.LABELS[media.attachment_type(entry.name)] == "Excel 表格"


@pytest.mark.django_db
def test_numbers_and_control_characters_do_not_lie_in_a_name(home):
    entry = attach(
        io.BytesIO(PDF), name="王晓330199199003074414\x00\r\n证件.PDF",
        **(ABOUT | {"title": " 电话 13800001234\n \x07 "}), subject_id=uuid7(AT),
    )  # fmt: skip
    assert (entry.name, entry.title) == ("王晓330199********4414证件.pdf", "电话 138****1234")
    assert "0307" not in StoredFile.objects.get().name
    untitled = attach(
        io.BytesIO(PDF + b"2"), name="长" * 300 + ".pdf", **(ABOUT | {"title": ""}), subject_id=uuid7(AT)
    )
    assert untitled.name == "长" * 251 + ".pdf" and untitled.title == "长" * 200


@pytest.mark.django_db
def test_a_withdrawn_file_stays_and_comes_back(home):
    subject = uuid7(AT)
    entry = attach(io.BytesIO(PDF), name="证明.pdf", subject_id=subject, **ABOUT)
    with pytest.raises(AttachmentStateError, match="撤下原因"):
        withdraw(entry.pk, reason=" ", by="李敏", at=AT)
    withdraw(entry.pk, reason="不是此人的材料", by="李敏", at=AT)
    entry.refresh_from_db()
    assert (entry.removed_at, entry.removed_by, entry.removed_reason) == (AT, "李敏", "不是此人的材料")
    assert b"".join(content(entry.file_id)) == PDF
    with pytest.raises(AttachmentStateError, match="已经撤下"):
        withdraw(entry.pk, reason="再撤一次", by="李敏", at=AT)
    restore(entry.pk)
    entry.refresh_from_db()
    assert (entry.removed_at, entry.removed_by, entry.removed_reason) == (None, None, None)
    with pytest.raises(AttachmentStateError, match="没有撤下"):
        restore(entry.pk)


@pytest.mark.django_db
def test_what_was_withdrawn_and_attached_again_does_not_come_back_twice(home):
    about = ABOUT | {"subject_id": uuid7(AT)}
    entry = attach(io.BytesIO(PDF), name="证明.pdf", **about)
    withdraw(entry.pk, reason="不清晰", by="李敏", at=AT)
    attach(io.BytesIO(PDF), name="证明.pdf", **about)
    with pytest.raises(AttachmentStateError, match="已重新挂接"):
        restore(entry.pk)
    assert Attachment.objects.filter(removed_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_lost_or_altered_content_is_told_before_anything_is_given_out(home, tmp_path):
    sm3 = store(io.BytesIO(NOISE * 40), name="证明.pdf", at=AT).sm3
    assert b"".join(content(sm3)) == NOISE * 40
    path = path_of(sm3)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileDamagedError, match="完整性"):
        content(sm3)
    path.unlink()
    with pytest.raises(FileDamagedError, match="不在本节点"):
        content(sm3)


def test_what_breaks_off_while_it_is_written_leaves_what_was_there(tmp_path):
    out = tmp_path / "out.pdf"
    out.write_bytes(b"before")
    out.chmod(0o644)

    def pieces():
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_out(pieces(), out)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]
    write_out(iter([b"af", b"ter"]), out)
    assert out.read_bytes() == b"after" and out.stat().st_mode & 0o777 == 0o600
