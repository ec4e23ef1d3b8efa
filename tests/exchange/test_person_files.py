"""A person's files: on the person and on the records, within the scope, through versions and joinings, all audited."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.node import Node

from minzheng.exchange.person_files.queries import owner_of, person_file, person_files
from minzheng.exchange.person_files.services import (
    NoSuchFileError,
    PersonFileError,
    attach_files,
    list_files,
    restore_file,
    take_out,
    withdraw_file,
)
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.files import media, services
from minzheng.foundation.files.models import Attachment
from minzheng.foundation.files.services import path_of
from minzheng.registry.models import PersonClaim
from minzheng.registry.services import join

PROVINCE, HANGZHOU, NINGBO = Scope("330000", 3), Scope("330100", 3), Scope("330200", 3)
PDF, OTHER = b"%PDF-1.7\nbody", b"%PDF-1.7\nother"
MARRIAGE = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip


def wedding(on: str = "2020-05-20") -> str:
    couple = ("结婚", "J330106-2020-000001", "330106", on, "王晓", number(1), "李敏", number(2))
    return csv_text(MARRIAGE, couple)


@pytest.fixture
def couple(node: Node) -> dict[str, UUID]:
    """王晓 of 杭州 and 李敏 of 宁波, married."""
    node.bring("persons", people(person("王晓", 1), person("李敏", 2, 户籍区划="330203")))
    assert node.bring("marriages", wedding()).counts == (1, 1, 0, 1, 0, 0, 0)
    return dict(node.rows("SELECT name, id FROM registry_person"))


def hang(person_id, content=PDF, *, name="证明.pdf", hook="person", scope=PROVINCE, title="证明", **more):
    about = {"hook_key": hook, "title": title, "by": "王晓", "at": timezone.now()} | more
    (outcome,) = attach_files(scope, person_id, [(name, io.BytesIO(content))], **about)
    return outcome


def act() -> dict[str, object]:
    return {"by": "王晓", "at": timezone.now()}


def wedding_hook(person_id: UUID, scope: Scope = PROVINCE) -> str:
    found = person_files(scope, person_id)
    assert found is not None
    (own, record) = found.hooks
    assert (
        own.label == "本人" and record.label.startswith("婚姻登记(") and "J330106-2020-000001" in record.label
    )
    return record.key


def test_a_file_on_the_record_is_both_spouses_and_one_on_the_person_is_not(couple):
    own = hang(couple["王晓"])
    shared = hang(couple["王晓"], OTHER, name="结婚证.pdf", hook=wedding_hook(couple["王晓"]))
    assert [f.id for f in person_files(PROVINCE, couple["王晓"]).files] == [shared.file_id, own.file_id]
    (seen,) = person_files(NINGBO, couple["李敏"]).files
    assert (seen.id, seen.name, seen.type_label) == (shared.file_id, "结婚证.pdf", "PDF 文档")
    assert "女方" in seen.hook.label


def test_outside_the_scope_there_is_neither_person_nor_file(couple):
    own, shared = hang(couple["王晓"]), hang(couple["王晓"], OTHER, hook=wedding_hook(couple["王晓"]))
    assert person_files(NINGBO, couple["王晓"]) is None
    assert person_file(NINGBO, couple["李敏"], own.file_id) is None
    assert owner_of(NINGBO, own.file_id) is None and owner_of(HANGZHOU, own.file_id) == couple["王晓"]
    assert owner_of(NINGBO, shared.file_id) == couple["李敏"]
    for attempt in (
        lambda: hang(couple["王晓"], scope=NINGBO),
        lambda: list_files(NINGBO, couple["王晓"], **act()),
        lambda: take_out(NINGBO, couple["李敏"], own.file_id, purpose="核对", **act()),
        lambda: withdraw_file(NINGBO, couple["王晓"], own.file_id, reason="不是此人的", **act()),
        lambda: restore_file(NINGBO, couple["李敏"], own.file_id, **act()),
    ):
        with pytest.raises(NoSuchFileError):
            attempt()
    with pytest.raises(PersonFileError, match="不属于此人"):
        hang(couple["王晓"], hook="marriages:00000000-0000-0000-0000-000000000000")
    assert Attachment.objects.count() == 2


def test_a_later_version_of_the_record_keeps_its_files(couple, node):
    shared = hang(couple["王晓"], hook=wedding_hook(couple["王晓"]))
    assert node.bring("marriages", wedding("2020-05-21")).report["updated"] == 1
    (seen,) = person_files(PROVINCE, couple["王晓"]).files
    assert seen.id == shared.file_id and "2020-05-21" in seen.hook.label
    again = hang(couple["王晓"], hook=wedding_hook(couple["王晓"]))
    assert again.already and "没有重复保存" in again.problem


def test_what_hung_on_an_entry_hangs_on_whom_it_turned_out_to_be(couple):
    mine, hers = hang(couple["王晓"]), hang(couple["李敏"], OTHER)
    join(couple["王晓"], couple["李敏"], by=None, at=timezone.now(), reason="同一人")
    assert {f.id for f in person_files(PROVINCE, couple["王晓"]).files} == {mine.file_id, hers.file_id}
    assert person_files(PROVINCE, couple["李敏"]) is None
    assert owner_of(PROVINCE, hers.file_id) == couple["王晓"]
    assert hang(couple["王晓"], OTHER).already


def test_repeated_payments_of_one_certificate_are_one_thing_to_hang_on(node):
    node.bring(
        "persons", csv_text((*PERSON, "与户主关系", "户主公民身份号码"), [*person(), "户主", number()])
    )
    headings = (
        "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "属地区划", "月保障金额(元)", "发放月份",
    )  # fmt: skip

    def paid(month):
        return ("330106001", "王晓", number(), "王晓", number(), "330106", "800", month)

    rows = [paid("202601"), paid("202602")]
    brought = node.bring("allowances", csv_text(headings, *rows))
    assert brought.counts[1] == 2, brought.refused or brought.problem
    person_id = node.value("SELECT id FROM registry_person")
    (_, allowance) = person_files(PROVINCE, person_id).hooks
    assert len(allowance.ids) == 2 and "330106001" in allowance.label
    taken = hang(person_id, hook=allowance.key)
    assert taken.file_id
    node.bring("allowances", csv_text(headings, paid("202512")))
    (_, now) = person_files(PROVINCE, person_id).hooks
    assert len(now.ids) == 3 and now.key != allowance.key
    for key in (allowance.key, now.key):  # a form shown before the earlier month came in still works
        assert hang(person_id, hook=key).already


def test_every_act_is_audited_and_taking_out_asks_for_a_purpose(couple):
    person_id = couple["王晓"]
    file_id = hang(person_id, purpose="低保申请").file_id
    list_files(PROVINCE, person_id, purpose="核对", **act())
    with pytest.raises(PersonFileError, match="请写明用途"):
        take_out(PROVINCE, person_id, file_id, purpose=" \x00", **act())
    with pytest.raises(PersonFileError, match="数据级别"):
        take_out(Scope("330000", 2), person_id, file_id, purpose="核对低保申请", **act())
    file, pieces = take_out(PROVINCE, person_id, file_id, purpose="核对低保申请", **act())
    assert b"".join(pieces) == PDF and file.media_type == "application/pdf"
    withdraw_file(PROVINCE, person_id, file_id, reason="不清晰330199199003074414", **act())
    with pytest.raises(PersonFileError, match="已经撤下"):
        take_out(PROVINCE, person_id, file_id, purpose="核对低保申请", **act())
    restore_file(PROVINCE, person_id, file_id, **act())
    told = AuditEntry.objects.filter(object_id=str(person_id)).order_by("id")
    assert list(told.values_list("action", "purpose", "user_name")) == [
        ("person.file_attach", "低保申请", "王晓"),
        ("person.files", "核对", "王晓"),
        ("person.file_out", "核对低保申请", "王晓"),
        ("person.file_withdraw", "不清晰330199********4414", "王晓"),
        ("person.file_restore", "", "王晓"),
    ]
    assert all(entry.detail["file"] == file_id for entry in told if entry.action != "person.files")


def test_one_refused_hinders_no_other_and_leaves_nothing(couple, monkeypatch):
    monkeypatch.setattr(media, "ATTACHMENT_LIMIT", 100)
    handed = [
        ("程序.exe", b"MZ"),
        ("空.pdf", b""),
        ("大.pdf", PDF.ljust(200)),
        ("好.pdf", PDF),
        ("同.pdf", PDF),
    ]
    outcomes = list(
        attach_files(
            PROVINCE, couple["王晓"], [(n, io.BytesIO(c)) for n, c in handed], title="", by="王晓", at=timezone.now()
        )
    )  # fmt: skip
    assert [bool(o.file_id) for o in outcomes] == [False, False, False, True, False]
    for outcome, why in zip(outcomes, ("不接收 .exe", "为空", "超过", "", "没有重复保存"), strict=True):
        assert why in outcome.problem
    assert outcomes[4].already and Attachment.objects.get().title == "好"
    assert AuditEntry.objects.filter(action="person.file_attach").count() == 1


def test_a_full_disk_is_said_of_the_file_and_nothing_hangs(couple, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services, "store", full)
    assert "存储空间" in hang(couple["王晓"]).problem
    assert (
        not Attachment.objects.exists()
        and not AuditEntry.objects.filter(action="person.file_attach").exists()
    )


def test_without_the_audit_entry_nothing_hangs(couple, monkeypatch):
    def broken(**_):
        raise RuntimeError("no audit")

    monkeypatch.setattr("minzheng.exchange.person_files.services.record", broken)
    with pytest.raises(RuntimeError, match="no audit"):
        hang(couple["王晓"])
    assert not Attachment.objects.exists()


def test_a_damaged_file_is_told_and_audited(couple):
    file_id = hang(couple["王晓"]).file_id
    path = path_of(Attachment.objects.get().file_id)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00\x01")
    with pytest.raises(PersonFileError, match="完整性校验失败"):
        take_out(PROVINCE, couple["王晓"], file_id, purpose="核对低保申请", **act())
    assert AuditEntry.objects.get(action="person.file_out").result == "damaged"


def test_a_past_day_shows_what_hung_there_then(couple):
    now = timezone.now()
    PersonClaim.objects.update(recorded_from=now - timedelta(days=20))
    hang(couple["王晓"], at=now - timedelta(days=10))
    file_id = hang(
        couple["王晓"], OTHER, at=now - timedelta(days=10), hook=wedding_hook(couple["王晓"])
    ).file_id
    withdraw_file(PROVINCE, couple["王晓"], file_id, reason="不清晰", by="王晓", at=now - timedelta(days=5))
    today = timezone.localdate()
    for days, current, gone in ((15, 0, 0), (7, 2, 0), (3, 1, 1)):
        then = person_files(PROVINCE, couple["王晓"], known_on=today - timedelta(days=days))
        assert (len(then.current), len(then.withdrawn)) == (current, gone), days


def test_the_list_costs_the_same_queries_however_many_files(couple):
    hang(couple["王晓"])
    with CaptureQueriesContext(connection) as few:
        person_files(PROVINCE, couple["王晓"])
    for n in range(5):
        hang(couple["王晓"], PDF + bytes([n]), name=f"{n}.pdf")
    with CaptureQueriesContext(connection) as many:
        person_files(PROVINCE, couple["王晓"])
    assert len(many) == len(few) <= 9  # two of them ask whether the standards changed


def test_who_was_superseded_is_asked_by_an_index(couple):
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM registry_person WHERE superseded_by IN (%s, %s)", list(couple.values())
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "person_superseded" in plan
