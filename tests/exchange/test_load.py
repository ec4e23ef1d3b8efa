"""What stands in the register after a file came in: golden rows, claims, records, reviews, outbox; once, and sealed."""

import csv
import io
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.node import Node

from minzheng.exchange import services
from minzheng.exchange.returning import write_quarantine
from minzheng.foundation.crypto.fields import open_text
from minzheng_sample.command import find_pack
from minzheng_sample.divisions import read_divisions
from minzheng_sample.sample import make_sample

SECRET = ("身份号码", "电话", "银行卡号", "户籍地址", "现居地址")
FEEDS = ("persons", "marriages", "allowances", "cremations", "societies")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Department files of 2,000 persons, one tidy file a feed, with the dirt of old systems."""
    out = tmp_path_factory.mktemp("sample")
    make_sample(
        read_divisions(find_pack()),
        out,
        persons=2000,
        seed=11,
        today=date(2026, 6, 30),
        months=3,
        single=True,
    )
    return out


def file_of(sample: Path, feed: str) -> Path:
    found = [
        path
        for path in sample.rglob("*.csv")
        if "truth" not in path.parts and feed in str(path.relative_to(sample))
    ]
    (path,) = found
    return path


def contents(node: Node) -> dict[str, list[tuple[object, ...]]]:
    """Everything the register, the rooms and the outbox hold."""
    kept = {
        "exchange_batch",
        "exchange_loadedchunk",
        "exchange_quarantinedrow",
        "foundation_auditentry",
        "foundation_storedfile",
    }
    return {
        name: sorted(node.rows(f"SELECT t::text FROM {name} t"))
        for name in node.tables()
        if name not in kept and not name.startswith("quality_")  # measured anew for every batch
    }


def test_the_same_files_again_change_nothing(node: Node, sample: Path) -> None:
    plain = [
        row
        for feed in FEEDS
        for row in csv.DictReader(io.StringIO(file_of(sample, feed).read_text(encoding="utf-8-sig")))
    ]
    first = {feed: node.bring(feed, file_of(sample, feed)) for feed in FEEDS}
    for feed, brought in first.items():
        assert brought.batch.stage == "finished", (feed, brought.problem)
        assert brought.report["created"] > 0.8 * brought.report["read"] > 0, feed
    held = contents(node)
    for feed, before in first.items():
        again = node.bring(feed, file_of(sample, feed))
        assert again.counts[:3] == before.counts[:3]
        assert (again.report["created"], again.report["updated"]) == (0, 0), feed
        assert again.report["unchanged"] == before.report["accepted"] - before.report["review"], feed
        assert again.refused == before.refused
    assert contents(node) == held
    assert_nothing_lies_open(node, plain)


def assert_nothing_lies_open(node: Node, rows: list[dict[str, str]]) -> None:
    """No number, phone, account or address of the files in any table or under the node's home."""
    secret = {
        value.strip()
        for row in rows
        for heading, value in row.items()
        if value and len(value.strip()) >= 7 and any(word in heading for word in SECRET)
    }  # fmt: skip
    assert len(secret) > 3000
    written = "\n".join(
        text for name in node.tables() for (text,) in node.rows(f"SELECT t::text FROM {name} t")
    )
    for path in node.home.rglob("*"):
        if path.is_file():
            written += path.read_bytes().decode("utf-8", "ignore")
    found = [value for value in secret if value in written or value.encode().hex() in written]
    assert not found, found[:3]
    assert not list((node.home / "spool").iterdir())


def test_a_changed_row_updates_with_history(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    later = node.bring(
        "persons", people(person("王晓", 1), person("李敏", 2, 联系电话="13999999999", 户籍区划="330102"))
    )
    assert later.counts == (2, 2, 0, 0, 1, 1, 0)
    ((who, phone, division),) = node.rows(
        "SELECT id, phone_cipher, hukou_division_code FROM registry_person WHERE name = '李敏'"
    )
    assert (open_text("phone", phone), division) == ("13999999999", "330102")
    claims = node.rows(
        "SELECT phone_cipher, recorded_to IS NULL, batch_id FROM registry_personclaim "
        "WHERE person_id = %s ORDER BY recorded_from",
        who,
    )
    assert [(open_text("phone", cipher), live) for cipher, live, _ in claims] == [
        ("13800000002", False),
        ("13999999999", True),
    ]
    assert claims[1][2] == later.batch.id
    assert node.rows(
        "SELECT data_set, division_code, operation, subject_ids FROM foundation_outboxentry WHERE batch_id = %s",
        later.batch.id,
    ) == [
        ("persons", "330102", "updated", [who])
    ]  # fmt: skip


def test_the_same_number_with_a_clearly_different_name_waits_for_a_decision(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    before = contents(node)
    other = node.bring("persons", people(person("赵国强", 1, 联系电话="13911111111"), person("李旻", 2)))
    assert other.counts == (2, 2, 0, 0, 1, 0, 1)  # 李旻 sounds like 李敏: the same person, newly spelled
    assert node.rows("SELECT row_no, role, reason, state FROM exchange_reviewitem") == [
        (1, "person", "name_differs", "open")
    ]
    assert node.value("SELECT count(*) FROM registry_personclaim WHERE name = '赵国强'") == 0
    kept = [row for row in before["registry_person"] if "王晓" in row[0]]
    assert [row for row in contents(node)["registry_person"] if "王晓" in row[0]] == kept
    again = node.bring("persons", people(person("赵国强", 1, 联系电话="13911111111")))
    assert again.counts == (1, 1, 0, 0, 0, 0, 1)
    assert node.value("SELECT count(*) FROM exchange_reviewitem") == 1


def test_two_names_under_one_new_number_in_one_file(node: Node) -> None:
    brought = node.bring("persons", people(person("王晓", 1), person("赵国强", 1), person("王晓", 1)))
    assert brought.counts == (3, 3, 0, 1, 0, 1, 1)
    assert node.rows("SELECT name FROM registry_person") == [("王晓",)]


def test_two_rows_of_one_person_are_one_person(node: Node) -> None:
    brought = node.bring(
        "persons", people(person("王晓", 1), person("王晓", 1, 联系电话="", 户籍区划="330102"))
    )
    assert brought.report["created"] == 1 and brought.report["review"] == 0
    assert node.value("SELECT count(*) FROM registry_person") == 1
    assert node.value("SELECT count(*) FROM registry_personclaim WHERE recorded_to IS NULL") == 2
    ((phone, division),) = node.rows("SELECT phone_cipher, hukou_division_code FROM registry_person")
    assert (open_text("phone", phone), division) == ("13800000001", "330102")  # an empty cell says nothing


def test_a_missing_number_is_accepted(node: Node) -> None:
    rows = [person("王晓", 1, 公民身份号码=""), person("李敏", 2, 公民身份号码="")]
    assert node.bring("persons", people(*rows)).counts == (2, 2, 0, 2, 0, 0, 0)
    assert node.bring("persons", people(*rows)).counts == (2, 2, 0, 0, 0, 2, 0)
    assert node.rows("SELECT DISTINCT id_number_blind, birth_date::text FROM registry_person") == [
        (None, "1990-03-07")
    ]


MARRIAGE = (
    "登记类型",
    "登记证字号",
    "登记机关区划",
    "登记日期",
    "男方姓名",
    "男方公民身份号码",
    "女方姓名",
    "女方公民身份号码",
)
COUPLE = ("330106", "2020-05-20", "王晓", number(1), "李敏", number(2))


def test_a_marriage_speaks_with_authority_and_a_new_version_closes_the_old(node: Node) -> None:
    headings = (*PERSON, "婚姻状况")
    node.bring("persons", csv_text(headings, [*person("王晓", 1), "未婚"], [*person("李敏", 2), "未婚"]))
    married = node.bring("marriages", csv_text(MARRIAGE, ("结婚", "J330106-2020-000001", *COUPLE)))
    assert married.counts == (1, 1, 0, 1, 0, 0, 0)
    assert statuses(node) == {"王晓": "20", "李敏": "20"}
    node.bring("persons", csv_text(headings, [*person("王晓", 1), "离婚"]))
    assert statuses(node) == {"王晓": "20", "李敏": "20"}  # the registry is believed before the base list
    assert node.rows(
        "SELECT role, rule, valid_from::text, marital_status_code FROM registry_personclaim "
        "WHERE record_id IS NOT NULL ORDER BY 1"
    ) == [
        ("husband", "id_number", "2020-05-20", "20"), ("wife", "id_number", "2020-05-20", "20")
    ]  # fmt: skip
    corrected = ("结婚", "J330106-2020-000001", COUPLE[0], "2020-05-21", *COUPLE[2:])
    assert node.bring("marriages", csv_text(MARRIAGE, corrected)).counts == (1, 1, 0, 0, 1, 0, 0)
    assert node.rows(
        "SELECT happened_on::text, recorded_to IS NULL FROM marriage_registration ORDER BY recorded_from"
    ) == [("2020-05-20", False), ("2020-05-21", True)]
    assert statuses(node) == {"王晓": "20", "李敏": "20"}
    parted = node.bring(
        "marriages", csv_text(MARRIAGE, ("离婚", "L330106-2021-000001", COUPLE[0], "2021-03-01", *COUPLE[2:]))
    )
    assert parted.counts == (1, 1, 0, 1, 0, 0, 0)
    assert statuses(node) == {"王晓": "40", "李敏": "40"}
    entries = node.rows(
        "SELECT data_set, division_code, operation FROM foundation_outboxentry WHERE batch_id = %s ORDER BY 1",
        parted.batch.id,
    )
    assert entries == [("marriages", "330106", "created"), ("persons", "330106", "updated")]


def statuses(node: Node) -> dict[str, str]:
    return dict(node.rows("SELECT name, marital_status_code FROM registry_person"))


def test_one_certificate_twice_in_a_file_with_different_content_goes_back(node: Node) -> None:
    other = ("330106", "2020-05-21", *COUPLE[2:])
    rows = [("结婚", "J330106-2020-000001", *said) for said in (COUPLE, COUPLE, other)]
    brought = node.bring("marriages", csv_text(MARRIAGE, *rows))
    assert brought.counts == (3, 2, 1, 1, 0, 1, 0)
    assert brought.rules == [(3, "登记证字号", "unique")]


CREMATION = (
    "火化证号",
    "殡仪馆",
    "逝者姓名",
    "逝者公民身份号码",
    "死亡日期",
    "火化日期",
    "经办人姓名",
    "经办人联系电话",
)


def test_a_cremation_writes_the_death_and_keeps_the_handler_out_of_the_register(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1)))
    row = ("HZ2024-1", "杭州殡仪馆", "王晓", number(1), "2024-05-01", "2024.5.3", "王小明", "13700000000")
    assert node.bring("cremations", csv_text(CREMATION, row)).counts == (1, 1, 0, 1, 0, 0, 0)
    assert node.rows("SELECT name, death_date::text, hukou_division_code FROM registry_person") == [
        ("王晓", "2024-05-01", "330106")
    ]
    assert node.rows("SELECT name FROM registry_organisation") == [("杭州殡仪馆",)]
    ((handler, phone),) = node.rows("SELECT handler_name, handler_phone_cipher FROM funeral_cremation")
    assert (handler, open_text("phone", phone)) == ("王小明", "13700000000")


def test_columns_beyond_the_standard_are_kept_sealed_and_reported(node: Node) -> None:
    text = csv_text((*PERSON, "血型", "备注", "备注"), [*person(), "AB", "邻居'说", "又"])
    brought = node.bring("persons", text)
    assert brought.report["extra_columns"] == ["血型", "备注", "备注"]
    ((extra,),) = node.rows("SELECT extra_cipher FROM registry_personclaim")
    opened = open_text("extra", extra) or ""
    assert all(word in opened for word in ('"血型":"AB"', "邻居'说", "又")), opened
    assert "AB" not in str(node.rows("SELECT c::text FROM registry_personclaim c"))
    changed = node.bring("persons", text.replace(",AB,", ",O,"))
    assert changed.counts == (1, 1, 0, 0, 1, 0, 0)


def test_refused_rows_go_out_are_mended_and_come_in(node: Node) -> None:
    address = (*PERSON, "户籍地址")
    rows = [
        [*person("王晓", 1), "文三路1号"], [*person("李敏", 2, 性别="男"), "文三路2号"], ["短行"], [*person("周红", 4), "=1+1"],
        [*person("林静", 6, 联系电话="+12"), "-"],
    ]  # fmt: skip
    text = "浙江省人口底册\n" + csv_text(address, *rows)
    first = node.bring("persons", text.encode("gb18030"))
    assert first.counts == (5, 1, 4, 1, 0, 0, 0)
    out = io.StringIO(newline="")
    assert write_quarantine(first.batch, out, by=None) == 4
    returned = list(csv.reader(io.StringIO(out.getvalue())))
    assert returned[0] == [*address, "隔离行号", "隔离原因"]
    assert [row[-2] for row in returned[1:]] == ["2", "3", "4", "5"]
    assert returned[1][:-1] == [*rows[1], "2"] and "性别不一致" in returned[1][-1]
    assert returned[3][6] == "'=1+1" and returned[4][5] == "'+12"  # nothing a spreadsheet would run
    again = node.bring("persons", csv_text(returned[0], *returned[1:]))
    assert again.counts[:3] == (4, 0, 4)
    assert [problem[1:] for problem in again.refused if problem[0] != 2] == [
        p[1:] for p in first.refused if p[0] != 3
    ]
    assert again.report["extra_columns"] == []
    returned[1][2] = "女"
    returned[2][:7] = [*person("陈平", 8), "文三路8号"]
    returned[3][6] = "文三路4号"
    returned[4][5] = "13800000006"
    mended = node.bring("persons", csv_text(returned[0], *returned[1:]))
    assert mended.counts == (4, 4, 0, 4, 0, 0, 0)
    assert node.bring("persons", csv_text(address, [*person("李敏", 2), "文三路2号"])).counts == (
        1,
        1,
        0,
        0,
        0,
        1,
        0,
    )


def test_households_are_one_for_every_row_that_names_the_head(node: Node) -> None:
    headings = (*PERSON, "与户主关系", "户主公民身份号码")
    rows = [
        [*person("王晓", 1), "户主", number(1)],
        [*person("李敏", 2), "妻", number(1)],
        [*person("周红", 4), "户主", number(4)],
    ]
    node.bring("persons", csv_text(headings, *rows))
    houses = dict(node.rows("SELECT name, household_id FROM registry_person"))
    assert houses["王晓"] == houses["李敏"] != houses["周红"]
    assert node.value("SELECT count(*) FROM registry_household") == 2


def test_every_source_keeps_its_own_claims(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1)), source="公安")
    other = node.bring("persons", people(person("王晓", 1)), source="卫健")
    assert other.counts == (1, 1, 0, 0, 0, 1, 0)
    assert (
        node.value("SELECT count(DISTINCT source_id) FROM registry_personclaim WHERE recorded_to IS NULL")
        == 2
    )


def test_the_day_a_file_came_is_the_day_on_the_wall(node: Node) -> None:
    at = datetime(2026, 3, 5, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    batch = services.receive(
        "persons", io.BytesIO(people(person()).encode()), name="文件.csv", source=None, by=None, at=at
    )
    services.run(batch)
    assert node.value("SELECT valid_from::text FROM registry_personclaim") == "2026-03-05"
