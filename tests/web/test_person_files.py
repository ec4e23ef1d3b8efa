"""A person's files on the page: handing in, downloading for a purpose, withdrawing; scope, roles, errors, no script."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.web.test_persons import page_of, people

from minzheng.exchange.person_files.queries import person_files
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.files import media
from minzheng.foundation.files.models import Attachment
from minzheng.foundation.files.services import attach, path_of

__all__ = ["people"]
pytestmark = pytest.mark.django_db(transaction=True)
PDF, PHOTO = b"%PDF-1.7\nbody", b"\xff\xd8\xff\xe0photo"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def desk(client, people):
    client.force_login(
        create_user(
            username="clerk", password="Xihu-Longjing-88", display_name="王晓", division_code="330000",
            roles=["clerk"], data_level=3, must_change_password=False,
        )
    )  # fmt: skip
    return client


@pytest.fixture
def place(people):
    return f"/persons/{people['王晓']}/files/"


def upload(desk, place, *files, follow=True, headers=None, **values):
    handed = [SimpleUploadedFile(name, content) for name, content in files]
    return desk.post(
        place, {"files": handed, "title": "证明", "hook": "person"} | values, follow=follow, headers=headers
    )


def test_the_persons_page_only_says_where_the_files_are(desk, people, place):
    page = page_of(desk.get(f"/persons/{people['王晓']}/"))
    assert f'hx-get="{place}"' in page and f'href="{place}"' in page and "revealed" in page
    section = page_of(desk.get(place, headers=FRAGMENT))
    assert section.startswith("<section") and "还没有附件" in section and "<html" not in section
    whole = page_of(desk.get(place))
    assert "<html" in whole and "还没有附件" in whole and 'enctype="multipart/form-data"' in whole
    assert AuditEntry.objects.filter(action="person.files", object_id=str(people["王晓"])).count() == 2


def test_files_handed_in_without_a_script_are_listed_and_come_out_as_they_went_in(desk, people, place):
    answer = upload(desk, place, ("死亡证明.pdf", PDF), ("照片.jpg", PHOTO))
    assert answer.redirect_chain == [(place, 302)] and "已添加 2 个文件" in page_of(answer)
    page = page_of(desk.get(place))
    for word in ("死亡证明.pdf", "PDF 文档", "照片.jpg", "JPEG 图片", "本人", "王晓", "2 份"):
        assert word in page
    entry = Attachment.objects.get(name="照片.jpg")
    assert path_of(entry.file_id).read_bytes().find(PHOTO) == -1  # sealed at rest
    link = f"{place}{entry.pk}/download/"
    asked = page_of(desk.get(link))
    assert "用途" in asked and f'action="{link}"' in asked
    for purpose in ("", " ", "查"):
        refused = desk.post(link, {"purpose": purpose})
        assert refused.status_code == 422 and "请写明用途" in page_of(refused)
    assert not AuditEntry.objects.filter(action="person.file_out").exists()
    answer = desk.post(link, {"purpose": "核对低保申请"})
    assert answer.streaming and b"".join(answer.streaming_content) == PHOTO
    assert answer["Content-Type"] == "image/jpeg" and answer["Content-Length"] == str(len(PHOTO))
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E7%85%A7%E7%89%87.jpg"
    told = AuditEntry.objects.get(action="person.file_out")
    assert (told.purpose, told.object_id, told.user.username) == (
        "核对低保申请",
        str(people["王晓"]),
        "clerk",
    )
    assert (told.detail["file"], told.ip) == (entry.pk, "127.0.0.1")
    assert AuditEntry.objects.filter(action="person.file_attach").count() == 2


def test_a_name_cannot_break_out_of_its_header_or_the_page(desk, people, place):
    name = 'a"; filename=evil.html <img src=x>330199199003074414.pdf'
    attach(
        io.BytesIO(PDF), name=name, title="<script>alert(1)</script>", subject_kind="person",
        subject_id=people["王晓"], by="王晓", at=timezone.now(),
    )  # fmt: skip
    entry = Attachment.objects.get()
    page = page_of(desk.get(place))
    assert "<img" not in page and "<script>alert" not in page and "330199199003074414" not in page
    answer = desk.post(f"{place}{entry.pk}/download/", {"purpose": "核对低保申请"})
    header = answer["Content-Disposition"]
    assert header.startswith('attachment; filename="a\\"; filename=evil.html') and "*" not in header
    assert "330199________4414.pdf" in header and answer["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("程序.exe", b"MZ90", "不接收 .exe 类型的附件"),
        ("空.pdf", b"", "文件为空"),
        ("大.pdf", PDF.ljust(2000), "文件超过"),
        ("照片.png", PDF, "文件内容与扩展名不符"),
    ],
)
def test_what_is_refused_is_named_with_the_reason_and_the_rest_is_taken(
    desk, place, monkeypatch, name, content, why
):
    monkeypatch.setattr(media, "ATTACHMENT_LIMIT", 1000)
    answer = upload(desk, place, (name, content), ("好.pdf", PDF), title="收入证明")
    page = page_of(answer)
    assert answer.status_code == 422 and f"{name}：{why}" in page and "已添加“好.pdf”" in page
    assert 'value="收入证明"' in page  # what was typed is not lost
    assert Attachment.objects.get().name == "好.pdf"
    part = page_of(upload(desk, place, (name, content), headers=FRAGMENT))
    assert f"{name}：{why}" in part and "<html" not in part


def test_the_same_file_again_is_told_and_not_kept_twice(desk, place):
    upload(desk, place, ("证明.pdf", PDF))
    page = page_of(upload(desk, place, ("换了名.pdf", PDF)))
    assert "同一文件已于" in page and "没有重复保存" in page
    assert Attachment.objects.count() == 1


def test_nothing_chosen_too_many_or_a_strangers_record_is_told(desk, place):
    assert "请选择要添加的文件" in page_of(upload(desk, place))
    many = [(f"{n}.pdf", PDF + bytes([n])) for n in range(21)]
    assert "一次最多添加 20 个文件" in page_of(upload(desk, place, *many))
    for hook in ("marriages:01a2008c-d811-71f2-98a9-279bf9f65a46", "nonsense", ""):
        assert "不属于此人" in page_of(upload(desk, place, ("证明.pdf", PDF), hook=hook))
    assert not Attachment.objects.exists()


def test_a_file_can_hang_on_a_record_and_is_then_the_other_partys_too(desk, people, place):
    page = page_of(desk.get(place))
    (hook,) = re.findall(r'<option value="(marriages:[^"]+)">婚姻登记\(男方\) [^<]*J330106-2020-000001', page)
    upload(desk, place, ("结婚证.jpg", PHOTO), hook=hook, title="结婚证")
    other = page_of(desk.get(f"/persons/{people['李敏']}/files/"))
    assert "结婚证.jpg" in other and "婚姻登记(女方)" in other


def test_withdrawing_asks_for_a_reason_keeps_the_row_and_can_be_undone(desk, people, place):
    upload(desk, place, ("证明.pdf", PDF), title="死亡证明")
    entry = Attachment.objects.get()
    link = f"{place}{entry.pk}/withdraw/"
    assert "撤下原因" in page_of(desk.get(link))
    refused = desk.post(link, {"reason": ""})
    assert refused.status_code == 422 and "请写明撤下原因" in page_of(refused)
    page = page_of(desk.post(link, {"reason": "不是此人的材料"}, follow=True))
    assert "已撤下“死亡证明”" in page and "已撤下 1 份" in page and "不是此人的材料" in page
    gone = desk.post(f"{place}{entry.pk}/download/", {"purpose": "核对低保申请"})
    assert gone.status_code == 422 and "恢复后才能下载" in page_of(gone)
    assert "附件已经撤下" in page_of(desk.post(link, {"reason": "再撤一次"}))
    assert desk.get(f"{place}{entry.pk}/restore/").status_code == 405
    page = page_of(desk.post(f"{place}{entry.pk}/restore/", follow=True))
    assert "已恢复“死亡证明”" in page and "已撤下 1 份" not in page
    assert "不需要恢复" in page_of(desk.post(f"{place}{entry.pk}/restore/", follow=True))
    actions = list(
        AuditEntry.objects.filter(action__startswith="person.file_")
        .order_by("id")
        .values_list("action", "purpose")
    )
    assert actions == [
        ("person.file_attach", ""), ("person.file_withdraw", "不是此人的材料"), ("person.file_restore", "")
    ]  # fmt: skip


def test_as_a_fragment_the_list_comes_back_and_the_dialog_closes(desk, place):
    answer = upload(desk, place, ("证明.pdf", PDF), headers=FRAGMENT)
    assert (
        answer.status_code == 200
        and page_of(answer).startswith("<section")
        and "已添加“证明.pdf”" in page_of(answer)
    )
    entry = Attachment.objects.get()
    asked = desk.get(f"{place}{entry.pk}/withdraw/", headers=FRAGMENT)
    assert asked["HX-Retarget"] == "#dialog" and page_of(asked).startswith("<form")
    again = desk.post(f"{place}{entry.pk}/withdraw/", {"reason": ""}, headers=FRAGMENT)
    assert (
        again.status_code == 200 and again["HX-Retarget"] == "#dialog" and "请写明撤下原因" in page_of(again)
    )
    done = desk.post(f"{place}{entry.pk}/withdraw/", {"reason": "不清晰"}, headers=FRAGMENT)
    assert (done["HX-Retarget"], done["HX-Trigger"]) == ("#person-files", "closeDialog")
    assert "已撤下 1 份" in page_of(done)


def test_outside_the_division_there_is_neither_person_nor_file(desk, people, place):
    upload(desk, place, ("证明.pdf", PDF))
    entry = Attachment.objects.get()
    User.objects.update(division_code="330105")
    links = [f"{place}{entry.pk}/{act}/" for act in ("download", "withdraw", "restore")]
    assert [desk.get(link).status_code for link in (place, *links[:2])] == [404] * 3
    values = {"purpose": "核对低保申请", "reason": "不清晰"}
    assert [desk.post(link, values).status_code for link in links] == [404] * 3
    assert upload(desk, place, ("另.pdf", PHOTO)).status_code == 404
    entry.refresh_from_db()
    assert entry.removed_at is None and Attachment.objects.count() == 1
    assert AuditEntry.objects.filter(action__startswith="person.file_").count() == 1  # the upload before


def test_another_persons_address_does_not_lead_to_the_file(desk, people, place):
    upload(desk, place, ("证明.pdf", PDF))
    entry = Attachment.objects.get()
    wrong = f"/persons/{people['李敏']}/files/{entry.pk}/download/"
    assert desk.get(wrong).status_code == desk.post(wrong, {"purpose": "核对低保申请"}).status_code == 404
    for number in (entry.pk + 1, 10**30):
        assert desk.get(f"{place}{number}/download/").status_code == 404


def test_roles_and_levels(desk, people, place):
    upload(desk, place, ("证明.pdf", PDF))
    entry = Attachment.objects.get()
    User.objects.update(roles=["reviewer"])
    page = page_of(desk.get(place))
    assert "证明.pdf" in page and "添加附件" not in page and "撤下" not in page
    assert "不能添加附件" in page_of(upload(desk, place, ("另.jpg", PHOTO)))
    assert desk.post(f"{place}{entry.pk}/withdraw/", {"reason": "不清晰"}).status_code == 403
    assert desk.post(f"{place}{entry.pk}/restore/").status_code == 403
    assert desk.post(f"{place}{entry.pk}/download/", {"purpose": "核对低保申请"}).streaming
    User.objects.update(roles=["clerk"], data_level=2)
    refused = desk.post(f"{place}{entry.pk}/download/", {"purpose": "核对低保申请"})
    assert refused.status_code == 422 and "数据级别不能下载" in page_of(refused)
    User.objects.update(roles=["auditor"])
    assert desk.get(place).status_code == 403
    assert Attachment.objects.count() == 1
    desk.logout()
    assert desk.get(place).status_code == 302


def test_a_damaged_file_is_told_instead_of_half_sent(desk, place):
    upload(desk, place, ("证明.pdf", PDF))
    entry = Attachment.objects.get()
    path_of(entry.file_id).unlink()
    answer = desk.post(f"{place}{entry.pk}/download/", {"purpose": "核对低保申请"})
    assert answer.status_code == 422 and "不在本节点" in page_of(answer)


def test_a_past_day_is_looked_at_and_not_written_to(desk, place):
    upload(desk, place, ("证明.pdf", PDF))
    page = page_of(desk.get(f"{place}?on=2001-01-01"))
    assert "到这一天为止没有附件" in page and "添加附件" not in page
    for on in ("2001-13-01", "yesterday", str(timezone.localdate())):
        assert "证明.pdf" in page_of(desk.get(f"{place}?on={on}"))


def test_a_large_file_goes_through_in_pieces(desk, people, place):
    content = b"%PDF-1.7\n" + bytes(range(256)) * (3 * 2**20 // 256)
    upload(desk, place, ("扫描件.pdf", content))
    (file,) = person_files(Scope("330000", 3), people["王晓"]).files
    answer = desk.post(f"{place}{file.id}/download/", {"purpose": "核对低保申请"})
    pieces = list(answer.streaming_content)
    assert len(pieces) > 1 and b"".join(pieces) == content
