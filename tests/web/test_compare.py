"""List comparison through the pages: own uploads only, purpose, refused files, the line moved, the file taken, all deleted."""

import csv
import datetime
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.stewardship.compare.lists import HEADINGS, as_csv, two_lists

from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.stewardship.compare import jobs, services
from minzheng.stewardship.compare.models import ComparePair, CompareRun

pytestmark = pytest.mark.django_db(transaction=True)
PURPOSE = "核对低保与高龄津贴名单"


def account(username, **said):
    return create_user(
        username=username, password="Xihu-Longjing-88", display_name=username, division_code="330106", roles=["clerk"],
        data_level=3, must_change_password=False, **said,
    )  # fmt: skip


@pytest.fixture
def desk(home, standards, monkeypatch) -> Client:
    monkeypatch.setattr(jobs, "run_later", services.carry_out)
    client = Client()
    client.force_login(account("clerk"))
    return client


def upload(desk, left, right=None, names=("低保.csv", "津贴.csv")):
    files = {"left": SimpleUploadedFile(names[0], left if isinstance(left, bytes) else left.encode())}
    if right is not None:
        files["right"] = SimpleUploadedFile(names[1], right.encode())
    return desk.post("/compare/", files)


def mapping(purpose=PURPOSE, **changes):
    said = {"key-left": "编号", "key-right": "编号", "purpose": purpose, "one_to_one": "1"}
    for at, kind in enumerate(("", "name", "date", "address", "category")):
        said |= {f"kind-{at}": kind, f"other-{at}": HEADINGS[at]}
    return said | changes


def page_of(answer):
    return answer.content.decode()


def test_two_lists_from_upload_to_file(desk):
    left, right = two_lists(400, 120, seed=6)
    left[0][0] = "=cmd()"
    answer = upload(desk, as_csv(left), as_csv(right))
    run = CompareRun.objects.get()
    place = f"/compare/{run.id}/"
    assert answer.status_code == 302 and answer.url == place
    sealed = b"".join(path.read_bytes() for path in Path(desk_home(run)).rglob("*") if path.is_file())
    assert left[3][1].encode() not in sealed and sealed

    page = page_of(desk.get(place))
    assert '<option value="name" selected>' in page and '<option value="address" selected>' in page
    refused = desk.post(f"{place}start/", mapping(purpose=""))
    assert refused.status_code == 422 and "请写明比对用途" in page_of(refused)
    refused = desk.post(f"{place}start/", {"purpose": PURPOSE, "kind-1": "name", "other-1": "姓名"})
    assert refused.status_code == 422 and "至少对应两列" in page_of(refused)
    assert not AuditEntry.objects.filter(action="compare").exists()

    desk.post(f"{place}start/", mapping())
    run.refresh_from_db()
    assert (run.state, run.problem) == ("finished", "")
    entry = AuditEntry.objects.get(action="compare")
    assert entry.purpose == PURPOSE and entry.object_id == str(run.id)
    assert not Path(desk_home(run)).exists()  # the lists are gone as soon as they are compared

    page = page_of(desk.get(place))
    assert left[3][2] not in page and "读音相同" in page  # masked, and what differs is said
    links = ComparePair.objects.filter(run=run, milli_bits__gte=run.line * 1000).count()
    assert 110 <= links <= 122
    assert all(left[3][1].encode() not in bytes(pair.cells_cipher) for pair in run.pairs.all())

    half = ComparePair.objects.get(run=run, nth=60).milli_bits
    desk.post(f"{place}line/", {"line": f"{half / 1000}"})
    run.refresh_from_db()
    fewer = ComparePair.objects.filter(run=run, milli_bits__gte=half).count()
    assert run.line * 1000 == half and 0 < fewer < links and f"相符 {fewer}</a>" in page_of(desk.get(place))
    desk.post(f"{place}line/", {"line": "NaN"})
    desk.post(f"{place}line/", {"line": "900"})
    assert CompareRun.objects.get().line * 1000 == half

    answer = desk.post(f"{place}result.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:6] == ["左表编号", "右表编号", "权重", "概率", "依据", "结论"]
    assert "clerk" in rows[0][-1] and PURPOSE in rows[0][-1]
    assert sum(row[5] == "相符" for row in rows[1:]) == fewer
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert AuditEntry.objects.get(action="compare.download").purpose == PURPOSE

    desk.post(f"{place}delete/")
    assert not CompareRun.objects.exists() and not ComparePair.objects.exists()
    assert AuditEntry.objects.filter(action="compare.delete", object_id=str(run.id)).exists()


def test_how_far_numbers_may_differ_is_said_on_the_page(desk):
    rows = [[row[0], row[1], str(1000 + 37 * n)] for n, row in enumerate(two_lists(40, 5)[0])]
    again = [[key, name, str(int(income) + 80)] for key, name, income in rows[:20]]
    headings = ("编号", "姓名", "月收入")
    upload(desk, as_csv(rows, headings), as_csv(again, headings))
    run = CompareRun.objects.get()
    said = {"purpose": PURPOSE, "key-left": "编号", "key-right": "编号"}
    for at, kind in enumerate(("", "name", "number")):
        said |= {f"kind-{at}": kind, f"other-{at}": headings[at]}
    for wrong in ("一百", "-1", "nan"):
        refused = desk.post(f"/compare/{run.id}/start/", said | {"tolerance-2": wrong})
        assert refused.status_code == 422 and "“月收入”允许相差" in page_of(refused)
        assert f'value="{wrong}"' in page_of(refused)
    desk.post(f"/compare/{run.id}/start/", said | {"tolerance-1": "5", "tolerance-2": "100"})
    run.refresh_from_db()
    assert run.state == "finished" and run.spec["columns"][1]["tolerance"] == 100
    assert "tolerance" not in run.spec["columns"][0]
    assert "相差不超过 100" in page_of(desk.get(f"/compare/{run.id}/"))


def desk_home(run):
    from minzheng.stewardship.compare.keeping import folder_of

    return folder_of(run.id)


def test_nobody_else_finds_a_comparison(desk):
    upload(desk, as_csv(two_lists(20, 5)[0]))
    run = CompareRun.objects.get()
    other = Client()
    other.force_login(account("other"))
    assert "低保.csv" in page_of(desk.get("/compare/")) and "低保.csv" not in page_of(other.get("/compare/"))
    place = f"/compare/{run.id}/"
    assert [other.get(f"{place}{part}").status_code for part in ("", "state/")] == [404, 404]
    posts = [
        other.post(f"{place}{part}").status_code
        for part in ("start/", "again/", "delete/", "line/", "result.csv")
    ]
    assert posts == [404] * 5
    assert CompareRun.objects.filter(pk=run.pk, state="uploaded").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("名单.pdf", b"%PDF", "不认识“名单.pdf”"),
        ("名单.csv", "编号,姓名\n".encode(), "没有数据行"),
        ("名单.xlsx", b"PK\x03\x04 broken", "损坏"),
        ("名单.csv", b"\xff\xfe\x00\xd8", "损坏"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(desk, home, name, content, said):
    answer = upload(desk, content, names=(name, ""))
    assert answer.status_code == 422 and said in page_of(answer)
    assert not CompareRun.objects.exists()
    assert not list((home / "compare").glob("*")) and not list((home / "spool").glob("compare-*"))


def test_lists_and_results_go_when_their_time_is_over(desk):
    upload(desk, as_csv(two_lists(20, 5)[0]))
    run = CompareRun.objects.get()
    later = run.expires_at + datetime.timedelta(minutes=1)
    assert services.sweep(at=run.expires_at - datetime.timedelta(minutes=1)) == 0
    assert services.sweep(at=later) == 1
    assert not CompareRun.objects.exists() and not desk_home(run).exists()


def test_a_comparison_whose_worker_died_can_be_begun_again(desk, monkeypatch):
    monkeypatch.setattr(jobs, "run_later", lambda _: None)
    upload(desk, as_csv(two_lists(20, 5)[0]))
    run = CompareRun.objects.get()
    place = f"/compare/{run.id}/"
    desk.post(f"{place}start/", mapping())
    long_ago = timezone.now() - datetime.timedelta(minutes=5)
    CompareRun.objects.update(state="running", heartbeat_at=timezone.now())
    assert "重新开始" not in page_of(desk.get(place))
    CompareRun.objects.update(heartbeat_at=long_ago)
    assert "重新开始" in page_of(desk.get(place))
    desk.post(f"{place}again/")
    assert CompareRun.objects.get().state == "waiting"
