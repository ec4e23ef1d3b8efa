"""A parcel from node to node: what the register holds arrives, is answered, and a second reading changes nothing."""

import datetime
import io

import pytest
from django.utils import timezone
from tests.exchange.numbers import csv_text, number
from tests.sharing.parcels.partners import DAY, Play
from tests.sharing.parcels.written import write
from tests.stewardship.signals.files import HEADINGS, bring, cremation_row, payment_rows, person_rows, who

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.members.models import Member
from minzheng.kernel.uscc import body_check_character, check_character
from minzheng.sharing.parcels import queries, services
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import State

MARRIAGES = [
    ("结婚", "J330106-2020-000001", "330106", "2020-05-20", *who(1), *who(2)),
    ("结婚", "J330203-2020-000002", "330203", "2020-05-20", *who(3), *who(4)),
]


def test_marriages_arrive_in_the_county_and_the_receipt_comes_back(node, play: Play, tmp_path):
    bring(node, "marriages", *MARRIAGES)
    province, county = play("330000"), play("330106")
    file = province.make("marriages", "330106", tmp_path)
    sent = Parcel.objects.get()
    assert (sent.state, sent.rows, sent.about_code) == (State.MADE, 1, "330106"), "only what is the county's"
    assert sent.handed_at is not None and file.name == sent.file_name

    before = node.value("SELECT count(*) FROM marriage_registration")
    receipt = county.take(file)
    assert receipt.state == State.TAKEN and not receipt.again, receipt.parcel.problem
    counts = receipt.parcel.counts
    assert (counts["read"], counts["accepted"], counts["quarantined"]) == (1, 1, 0)
    # The register of this test is one: the record is stated anew by another source, with the same content.
    assert counts["unchanged"] == 1 and node.value("SELECT count(*) FROM marriage_registration") == before

    answer = county.receipt(receipt.parcel, tmp_path)
    assert province.take(answer).state == State.ANSWERED
    sent.refresh_from_db()
    assert sent.counts["accepted"] == 1 and sent.answered_at is not None
    assert province.take(answer).again


def everything(node) -> dict[str, int]:
    """Rows of every feed in 西湖区; how many of each. Everyone who is spoken of is in the register."""
    rows = {
        "persons": [(*row, "户主", number(11)) for row in person_rows(11, 12, 13, 14)],
        "marriages": MARRIAGES[:1],
        "allowances": payment_rows(["202601", "202602"], [11, 12], yuan=1234, card="6228480402564890018"),
        "cremations": [(*cremation_row(13, "2026-01-05", "2026-01-07"), "王经办", "13800001111")],
        "societies": [
            (
                "西湖区慈善会", uscc(), "社会团体", "330106", *who(14), "2010-03-04", "正常",
                "救助,\n慰问“老人”", "50.5", "文三路1号")
        ],
    }  # fmt: skip
    headings = {
        "persons": (*HEADINGS["persons"], "与户主关系", "户主公民身份号码"),
        "cremations": (*HEADINGS["cremations"], "经办人姓名", "经办人联系电话"),
        "societies": (*HEADINGS["societies"], "业务范围", "注册资金(万元)", "住所"),
    }
    for feed, said in rows.items():
        brought = node.bring(feed, csv_text(headings.get(feed, HEADINGS[feed]), *said))
        assert brought.counts[:3] == (len(said), len(said), 0), (feed, brought.refused, brought.problem)
    return {feed: len(said) for feed, said in rows.items()}


def uscc() -> str:
    """A code of nobody that passes both checks."""
    body = "51330100" + "99000001"
    body += body_check_character("99000001")
    return body + check_character(body)


FORMS = {"persons": "csv", "marriages": "xml", "allowances": "csv", "cremations": "xml", "societies": "xml"}


def test_every_feed_arrives_as_it_was_stated(node, play: Play, tmp_path):
    """What comes is, to the last column a feed keeps, what was there: not one record gets a new version."""
    counted = everything(node)
    province, county = play("330000"), play("330106")
    for feed, rows in counted.items():
        receipt = county.take(province.make(feed, "330106", tmp_path, form=FORMS[feed]))
        said = receipt.parcel.counts
        assert receipt.state == State.TAKEN, receipt.parcel.problem
        assert (said["read"], said["accepted"], said["quarantined"]) == (rows, rows, 0), (feed, said)
        assert feed == "persons" or said["unchanged"] == rows, (feed, said)
    # 人口底册 has no record of its own: another source says of the same persons the same, cell by cell.
    claims = node.rows("""SELECT count(*), count(DISTINCT ROW(c.name, c.id_number_blind, c.hukou_address_cipher, c.phone_cipher,
        c.birth_date, c.sex_code, c.relation_to_head_code, c.household_id, c.hukou_division_code, c.marital_status_code))
        FROM registry_personclaim c WHERE c.role = 'person' AND c.recorded_to IS NULL""")
    assert claims == [(8, 4)]


def test_reading_again_changes_nothing_and_gives_the_same_receipt(node, play: Play, tmp_path):
    bring(node, "marriages", *MARRIAGES)
    province, county = play("330000"), play("330106")
    file = province.make("marriages", "330106", tmp_path)
    first = county.take(file)
    before = {table: node.value(f"SELECT count(*) FROM {table}") for table in node.tables()}
    for again in (county.take(file), county.take(io.BytesIO(file.read_bytes()), name="另一个名字.parcel")):
        assert again.again and again.parcel == first.parcel
        assert again.parcel.receipt_sm3 == first.parcel.receipt_sm3
    assert {table: node.value(f"SELECT count(*) FROM {table}") for table in node.tables()} == before
    assert (
        county.receipt(first.parcel, tmp_path / "a").read_bytes()
        == county.receipt(first.parcel, tmp_path / "b").read_bytes()
    )


def test_a_refused_row_is_told_by_number_and_rule_and_nothing_else(node, play: Play, tmp_path):
    bad = [who(1)[0], "330199199003071234", "330106"]
    department, county = play("GA33", kind=Member.DEPARTMENT, division_code="330000"), play("330106")
    file = write(
        department,
        "330106",
        "persons",
        ["姓名", "公民身份号码", "户籍区划"],
        [[*who(2), "330106"], bad],
        tmp_path,
    )
    receipt = county.take(file)
    assert receipt.state == State.TAKEN, receipt.parcel.problem
    assert receipt.parcel.counts["refused_rows"] == [
        {"row": 2, "field": "公民身份号码", "rule": "id_number", "reason": "公民身份号码不合规则"}
    ]
    assert bad[1] not in str(receipt.parcel.counts) and receipt.parcel.counts["quarantined"] == 1


def test_some_fields_only_are_kept_and_do_not_replace_the_whole(node, play: Play, tmp_path):
    bring(node, "persons", *person_rows(1))
    province, county = play("330000"), play("330106")
    before = node.written()
    file = province.make("persons", "330106", tmp_path, fields=["户籍区划", "姓名"])
    receipt = county.take(file)
    assert receipt.state == State.KEPT and "部分字段" in receipt.parcel.problem
    assert node.written() == before
    with county.acting():
        services.write_data(
            receipt.parcel, tmp_path / "data.csv", purpose="核对户籍", by=None, at=timezone.now()
        )
    assert (tmp_path / "data.csv").read_text() == f'"姓名","户籍区划"\n"{who(1)[0]}","330106"\n'


def test_an_older_parcel_does_not_overtake_a_newer_one(node, play: Play, tmp_path):
    bring(node, "marriages", *MARRIAGES)
    province, county, now = play("330000"), play("330106"), timezone.now()
    older = province.make("marriages", "330106", tmp_path / "a", at=now - datetime.timedelta(hours=1))
    newer = province.make("marriages", "330106", tmp_path / "b", at=now)
    assert county.take(newer).state == State.TAKEN
    late = county.take(older)
    assert late.state == State.KEPT and "制作更晚" in late.parcel.problem


NOT_GIVEN = [
    ({"purpose": " "}, "用途"),
    ({"to": "999999"}, "不在成员名录"),
    ({"to": "330000"}, "自己"),
    ({"to": "330203", "division": "330106"}, "超出可向该成员提供"),
    ({"to": "GA33"}, "先经授信"),
    ({"fields": ["女方姓名", "血型"]}, "没有字段 血型"),
    ({"data_set": "nothing"}, "没有数据集"),
    ({"scope": Scope("330203", 4)}, "超出可向该成员提供"),
    ({"scope": Scope("330000", 2)}, "数据级别"),
    ({"scope": Scope("330000", 4, frozenset({"01"}))}, "业务范围"),
    ({"since": datetime.date(2099, 1, 1)}, "没有符合条件"),
]


def test_what_may_not_be_given_is_refused_and_the_refusal_is_kept(node, play: Play, tmp_path):
    bring(node, "marriages", *MARRIAGES)
    province = play("330000")
    for code, more in (
        ("330106", {}),
        ("330203", {}),
        ("GA33", {"kind": Member.DEPARTMENT, "division_code": "330000"}),
    ):
        play(code, **more)
    for said, why in NOT_GIVEN:
        asked = {"data_set": "marriages", "to": "330106"} | said
        with pytest.raises(services.ParcelRefusedError, match=why):
            province.make(asked.pop("data_set"), asked.pop("to"), tmp_path, **asked)
    assert not list(tmp_path.glob("*.parcel"))
    assert AuditEntry.objects.filter(action="parcel.make", result="refused").count() == len(NOT_GIVEN) - 1
    assert Parcel.objects.get().state == State.FAILED, "only the last was entered before it was known"


def test_without_an_answer_in_time_it_is_overdue(node, play: Play, tmp_path):
    bring(node, "marriages", *MARRIAGES)
    province = play("330000")
    play("330106")
    province.make("marriages", "330106", tmp_path, at=timezone.now() - 8 * DAY)
    (late,) = queries.overdue(Scope("330000", 4), at=timezone.now())
    assert late.is_overdue(timezone.now()) and not late.is_overdue(timezone.now() - 2 * DAY)
    assert not queries.overdue(Scope("330203", 4), at=timezone.now())
