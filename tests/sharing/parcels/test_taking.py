"""What comes in is believed only when everything holds; what is refused is kept with its reason and writes nothing."""

import datetime
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone
from tests.house.source import ROOT
from tests.sharing.parcels.partners import DAY, Play, Role
from tests.sharing.parcels.written import write, zipped
from tests.stewardship.signals.files import bring, who

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.members.models import Member
from minzheng.sharing.parcels import services
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import State

PERSON = ["姓名", "公民身份号码", "户籍区划"]
READER = ROOT / "clients" / "parcel" / "read_parcel.py"


@pytest.fixture
def police(play: Play) -> Role:
    return play("GA33", name="省公安厅", kind=Member.DEPARTMENT, division_code="330000")


@pytest.fixture
def county(play: Play) -> Role:
    return play("330106")


def persons(sender: Role, folder, to: str = "330106", **said):
    return write(sender, to, "persons", PERSON, [[*who(5), "330106"]], folder, **said)


def test_who_is_not_believed_is_refused_kept_and_leaves_nothing(node, police, county, play, tmp_path):
    """Each file for itself, all by one node; nothing of any of them reaches the register."""
    now = timezone.now()
    city = play("330100")
    forged = play("BADBAD")
    forged.code = "GA33"  # signs with a key of its own in the name of the police
    refused = {
        "不是发给本节点": persons(police, tmp_path, "330100"),
        "签名与内容不符": persons(forged, tmp_path),
        "晚于现在": persons(police, tmp_path, at=now + 3 * DAY),
        "有效期": persons(police, tmp_path, at=now - 60 * DAY),
        "不一致": persons(police, tmp_path, receiver="330100"),
        "与清单不符": persons(police, tmp_path, members={}),
        "压缩包损坏": persons(police, tmp_path, inner=b"PK\x03\x04 cut"),
        "不该有的文件": persons(police, tmp_path, inner=zipped(__profile=b"x")),
        "压缩炸弹": persons(police, tmp_path, inner=zipped(data__csv=bytes(80 << 20))),
        "不是电子报文": tmp_path / "noise",
    }
    refused["不是电子报文"].write_bytes(b"\x00noise")
    before = node.written()
    for why, file in refused.items():
        first = county.take(file)
        assert first.state == State.REFUSED and why in first.parcel.problem, (why, first.parcel.problem)
        assert first.parcel.file_sm3 and not first.parcel.receipt_sm3
        again = county.take(file)
        assert again.again and again.parcel.pk == first.parcel.pk, "the same file is one entry"
    assert node.written() == before and not node.rows("SELECT 1 FROM exchange_batch")
    assert Parcel.objects.count() == len(refused)
    assert AuditEntry.objects.filter(action="parcel.take", result="refused").count() == 2 * len(refused)
    # Who opens it at the right place still can: a refusal elsewhere spoils nothing.
    assert city.take(refused["不是发给本节点"]).state == State.TAKEN


def test_a_sender_who_becomes_known_later_is_believed_then(node, police, county, tmp_path):
    file = persons(police, tmp_path)
    known = Member.objects.get(code="GA33")
    Member.objects.filter(code="GA33").delete()
    assert "不在成员名录中" in county.take(file).parcel.problem
    known.save(force_insert=True)
    assert county.take(file).state == State.TAKEN


def test_revoked_expired_and_changed_keys(node, police, county, tmp_path):
    """Expired or exchanged since: what was signed before stands. Revoked: when it was signed is only the thief's word."""
    now = timezone.now()
    files = [persons(police, tmp_path, at=now - n * DAY) for n in (6, 5, 4)]
    member = Member.objects.filter(code="GA33")
    member.update(valid_to=now - DAY)
    assert county.take(files[0]).state == State.TAKEN
    key = member.get().sign_key
    member.update(
        valid_to=now + DAY,
        sign_key="11" * 64,
        former_keys=[{"sign_key": key, "until": (now - DAY).isoformat()}],
    )
    assert county.take(files[1]).state == State.TAKEN
    member.update(revoked_at=now - datetime.timedelta(hours=1))
    late = county.take(files[2])
    assert late.state == State.REFUSED and "吊销" in late.parcel.problem


def test_a_number_used_twice_for_different_things_is_refused(node, police, county, tmp_path):
    one = persons(police, tmp_path)
    first = county.take(one)
    number = str(first.parcel.parcel_id)
    # Sealed anew with the same manifest it is the same parcel; with another under that number it is not.
    other = write(police, "330106", "persons", PERSON, [[*who(6), "330106"]], tmp_path, number=number)
    second = county.take(other)
    assert second.state == State.REFUSED and "同一编号" in second.parcel.problem
    assert county.take(BytesIO(one.read_bytes())).parcel.pk == first.parcel.pk
    assert node.value("SELECT count(*) FROM registry_person") == 1


def test_an_interrupted_reading_goes_on_where_it_was(node, police, county, tmp_path):
    file = persons(police, tmp_path)
    left = county.take(file, later=True)
    assert left.state == State.TAKING and node.value("SELECT count(*) FROM registry_person") == 0
    assert county.take(file).state == State.TAKEN
    assert node.value("SELECT count(*) FROM exchange_batch") == 1


def test_two_processes_at_once_take_it_once(node, police, county, tmp_path):
    file = persons(police, tmp_path)
    with county.acting(), ThreadPoolExecutor(2) as both:

        def take(_: int) -> str:
            try:
                return services.take(file, by=None, at=timezone.now()).state
            finally:
                connection.close()

        assert set(both.map(take, range(2))) <= {State.TAKEN, State.TAKING}
    assert county.take(file).state == State.TAKEN
    assert Parcel.objects.count() == 1 and node.value("SELECT count(*) FROM exchange_batch") == 1


def test_nothing_lies_about_in_clear(node, police, county, tmp_path):
    """Not after taking and answering, and not for longer than a day after a process was killed over it."""
    left = node.home / "spool" / "parcel-killed"
    left.mkdir(parents=True)
    (left / "data.csv").write_text("personal")
    county.take(persons(police, tmp_path))
    assert left.exists(), "someone may still be at it"
    os.utime(left, (0, 0))
    county.take(persons(police, tmp_path))
    assert list((node.home / "spool").iterdir()) == []


def test_data_no_feed_takes_are_kept_and_a_wrong_file_is_answered(node, police, county, tmp_path):
    kept = county.take(persons(police, tmp_path, data_set="veterans"))
    assert kept.state == State.KEPT and kept.parcel.data_sm3 and kept.parcel.receipt_sm3
    wrong = county.take(write(police, "330106", "persons", ["姓名"], [["王晓"]], tmp_path))
    assert wrong.state == State.REFUSED and "缺少必需的列: 户籍区划" in wrong.parcel.problem
    assert wrong.parcel.receipt_sm3, "the sender is told why"


def test_a_receipt_for_what_was_never_sent_is_refused(node, police, county, play, tmp_path):
    taken = county.take(persons(police, tmp_path))
    answer = county.receipt(taken.parcel, tmp_path)
    # The police are no node; whoever plays them has sent nothing by our software.
    stray = police.take(answer)
    assert stray.state == State.REFUSED and "不是本节点发给该成员的" in stray.parcel.problem


def test_the_reader_without_our_software_opens_it(node, play, tmp_path):
    """A department with one file of Python and two packages: keys, envelope, verified data, null and empty apart."""
    bring(node, "marriages", ("结婚", "J330106-2020-000001", "330106", "2020-05-20", *who(1), *who(2)))
    province, city = play("330000"), play("330100")
    files = [province.make("marriages", "330100", tmp_path, form=form) for form in ("csv", "xml")]
    sender = Member.objects.get(code="330000").sign_key

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", READER, *map(str, arguments)], capture_output=True, text=True, check=False
        )

    assert json.loads(run("info", files[0]).stdout)["receiver"] == "330100"
    for file in files:
        done = run("open", file, "--keys", city.keys, "--sender", sender, "--out", tmp_path / "out", "--csv")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["purpose"] == "核对业务数据"
        assert f"J330106-2020-000001,330106,2020-05-20,{who(1)[0]}" in (
            tmp_path / "out" / "data.csv"
        ).read_text().replace('"', "")
    described = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    fields = {field["name"]: field for field in described["resources"][0]["schema"]["fields"]}
    assert fields["登记日期"]["type"] == "date" and fields["女方姓名"]["constraints"]["required"]
    assert {"value": "11", "label": "结婚"} in fields["登记类型"]["categories"]

    files[0].write_bytes(files[0].read_bytes()[:-40] + b"\0" * 40)
    for arguments in (
        ("open", files[0], "--keys", city.keys, "--sender", sender, "--out", tmp_path / "no"),
        ("open", files[1], "--keys", province.keys, "--sender", sender, "--out", tmp_path / "no"),
        ("open", files[1], "--keys", city.keys, "--sender", "22" * 64, "--out", tmp_path / "no"),
    ):
        done = run(*arguments)
        assert (
            done.returncode == 1
            and done.stderr.splitlines()[-1].startswith("错误: ")
            and not (tmp_path / "no").exists()
        )
    made = json.loads(run("keygen", tmp_path / "own").stdout)
    assert len(made["sign_key"]) == len(made["seal_key"]) == 128
