"""Bringing a file in through the pages: what a user sees of a good file, a bad one and its bad rows."""

import csv
import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app

from minzheng.exchange import jobs, services
from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "Xihu-Longjing-88"
GOOD = "姓名,公民身份号码,性别,户籍区划,联系电话\n王晓,330199199003074414,男,330106,13800001234\n"
BAD = "李敏,330199199003074420,女,330106,13800005678\n"


@pytest.fixture
def officer(home, standards, monkeypatch):
    monkeypatch.setattr(jobs, "run_later", services.run)
    return create_user(
        username="officer",
        password=PASSWORD,
        display_name="王晓",
        division_code="330000",
        roles=["data_officer"],
        must_change_password=False,
    )


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def upload(desk, text, name="人口底册.csv", **values):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return desk.post("/bring-in/persons/", {"file": file} | values)


def page_of(answer):
    return answer.content.decode()


def test_the_feed_says_what_it_expects_and_its_template_has_just_those_columns(desk):
    assert "人口底册" in page_of(desk.get("/bring-in/"))
    page = page_of(desk.get("/bring-in/persons/"))
    answer = desk.get("/bring-in/persons/template.csv")
    headings = next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert headings[:3] == ["姓名", "公民身份号码", "性别"]
    assert all(heading in page for heading in headings)
    assert "%E6%A8%A1%E6%9D%BF.csv" in answer["Content-Disposition"]  # 模板.csv
    assert desk.get("/bring-in/nothing/").status_code == 404


def test_a_file_with_a_bad_row_shows_report_reason_and_gives_the_row_back(desk, officer):
    answer = upload(desk, GOOD + BAD, source="省公安厅")
    batch = Batch.objects.get()
    assert answer["Location"] == f"/batches/{batch.id}/"
    page = page_of(desk.get(answer["Location"]))
    assert batch.source_name == "省公安厅" and "省公安厅" in page and "已完成" in page
    assert "公民身份号码" in page and "校验" in page
    assert "330199199003074420" not in page and "330199********4420" in page

    mend = desk.get(f"/batches/{batch.id}/failing-rows.csv")
    rows = list(csv.reader(io.StringIO(b"".join(mend.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:5] == ["姓名", "公民身份号码", "性别", "户籍区划", "联系电话"]
    assert [row[:2] for row in rows[1:]] == [["李敏", "330199199003074420"]]
    assert AuditEntry.objects.filter(user=officer, object_id=str(batch.id)).count() == 2


def test_the_report_has_the_counts_of_the_command(desk):
    upload(desk, GOOD + BAD)
    report = services.report(Batch.objects.get())
    assert (report["read"], report["accepted"], report["quarantined"]) == (2, 1, 1)
    page = page_of(desk.get(f"/batches/{Batch.objects.get().id}/"))
    for word, value in (
        ("读取", 2),
        ("接收", 1),
        ("隔离", 1),
        ("新增", 1),
        ("更新", 0),
        ("未变", 0),
        ("待核", 0),
    ):
        assert f"<dt>{word}</dt><dd>{value}</dd>" in page


def test_a_file_without_a_required_column_is_refused_whole_with_the_reason(desk):
    upload(desk, "姓名,性别\n王晓,男\n")
    batch = Batch.objects.get()
    page = page_of(desk.get(f"/batches/{batch.id}/"))
    assert batch.stage == "refused" and "已退回" in page and "户籍区划" in page
    assert desk.get(f"/batches/{batch.id}/state/")["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [("表.exe", b"x", "不认识"), ("空.csv", b"", "空文件"), ("大.csv", b"x" * 2000, "超过上限")],
)
def test_what_cannot_be_taken_is_refused_at_once(desk, settings, name, text, reason):
    settings.UPLOAD_LIMIT_BYTES = 1000
    answer = upload(desk, text, name=name)
    assert answer.status_code == 422
    assert reason in page_of(answer)
    assert not Batch.objects.exists()


def test_a_body_far_over_the_limit_is_refused_before_it_is_kept(desk, settings, tmp_path):
    settings.UPLOAD_LIMIT_BYTES = 1000
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    answer = upload(desk, b"x" * (3 * 2**20))
    assert answer.status_code in (400, 413)
    assert "Traceback" not in page_of(answer)
    assert not list(tmp_path.glob("*.upload*")) and not Batch.objects.exists()


def test_the_progress_asks_again_only_while_the_batch_is_under_way(desk, monkeypatch):
    monkeypatch.setattr(jobs, "run_later", lambda _batch: None)
    upload(desk, GOOD)
    batch = Batch.objects.get()
    running = page_of(desk.get(f"/batches/{batch.id}/state/"))
    assert 'hx-trigger="every 1s"' in running and "取消" in running
    services.run(batch)
    assert 'hx-trigger="every' not in page_of(desk.get(f"/batches/{batch.id}/"))


def test_a_batch_not_loaded_yet_can_be_cancelled(desk, monkeypatch):
    monkeypatch.setattr(jobs, "run_later", lambda _batch: None)
    upload(desk, GOOD)
    batch = Batch.objects.get()
    page = page_of(desk.post(f"/batches/{batch.id}/cancel/", follow=True))
    assert "已取消" in page
    again = page_of(desk.post(f"/batches/{batch.id}/cancel/", follow=True))
    assert "不能取消" in again


def test_the_list_is_filtered_and_bounded_by_the_users_division(desk, officer):
    upload(desk, GOOD, source="省公安厅")
    upload(desk, GOOD.replace("王晓", "王小"), name="第二份.csv", source="市公安局")
    page = page_of(desk.get("/batches/?source=省公安厅"))
    assert "人口底册.csv" in page and "第二份.csv" not in page
    assert "没有符合条件" in page_of(desk.get("/batches/?stage=refused"))
    batch = Batch.objects.first()
    User.objects.filter(pk=officer.pk).update(division_code="330106")
    assert "第二份.csv" not in page_of(desk.get("/batches/"))
    for place in ("", "state/", "failing-rows.csv"):
        assert desk.get(f"/batches/{batch.id}/{place}").status_code == 404
    assert desk.post(f"/batches/{batch.id}/cancel/").status_code == 404


def test_a_clerk_sees_batches_but_brings_nothing_in_and_downloads_nothing(desk, officer):
    upload(desk, GOOD + BAD)
    batch = Batch.objects.get()
    User.objects.filter(pk=officer.pk).update(roles=["clerk"])
    assert desk.get(f"/batches/{batch.id}/").status_code == 200
    assert desk.get("/bring-in/").status_code == 403
    assert upload(desk, GOOD).status_code == 403
    assert desk.get(f"/batches/{batch.id}/failing-rows.csv").status_code == 403


def test_lists_cost_the_same_queries_however_long(desk, django_assert_max_num_queries):
    for number in range(4):
        upload(desk, GOOD, name=f"{number}.csv")
    with django_assert_max_num_queries(9):
        desk.get("/batches/")
    with django_assert_max_num_queries(22):  # what waits of five kinds of work, each one count
        desk.get("/")


def test_the_worker_takes_a_batch_from_the_queue_and_one_that_stalled_again(desk, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # the worker's thread ends here
    upload(desk, GOOD)
    batch = Batch.objects.get()
    assert jobs.is_waiting(batch)
    jobs.run_later(batch)  # asked twice, queued once
    work_off()
    batch.refresh_from_db()
    assert batch.stage == "finished" and not jobs.is_waiting(batch)

    long_ago = timezone.now() - datetime.timedelta(minutes=10)
    Batch.objects.update(stage="received", received_at=long_ago, heartbeat_at=None, finished_at=None)
    place = f"/batches/{batch.id}/"
    assert "处理中断" in page_of(desk.get(place))
    assert "已从中断处继续" in page_of(desk.post(f"{place}resume/", follow=True))
    assert "处理中断" not in page_of(desk.get(place))
    work_off()
    assert "已完成" in page_of(desk.get(place))


def work_off():
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
