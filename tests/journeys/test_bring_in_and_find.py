"""A data officer brings a file with bad rows in, mends them and sends them again; a clerk finds the person.

All through the browser, as they would.
"""

import csv
import io

import pytest
from tests.browser import axe_violations, log_in

from minzheng.exchange import jobs, services
from minzheng.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.browser
GOOD, WRONG, MENDED = "330199199003074414", "330199199105123423", "330199199105123424"
FILE = f"""姓名,公民身份号码,性别,户籍区划,联系电话,备注
王晓,{GOOD},男,330106,13800001234,
李敏,{WRONG},女,330106,13800005678,窗口
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch, home):
    """The background job runs within the request; how a worker takes it is tested where it lives."""
    monkeypatch.setattr(jobs, "run_later", services.run)


def choose(page, name, text):
    page.goto("/bring-in/persons/")
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    assert f"已选择“{name}”" in page.locator("#file-note").inner_text()
    page.get_by_label("来源").fill("省公安厅")
    page.get_by_role("button", name="开始导入").click()
    page.wait_for_url("**/batches/*/")


def figure(page, word):
    return page.locator(f".figures div:has(dt:text-is('{word}')) dd").inner_text()


def test_bad_rows_are_mended_and_sent_again(open_page, officer):
    page = open_page()
    log_in(page)
    choose(page, "人口底册.csv", FILE)
    assert [figure(page, word) for word in ("读取", "接收", "隔离", "新增")] == ["2", "1", "1", "1"]
    assert "330199********3423" in page.locator("#rows").inner_text()
    assert axe_violations(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="下载失败行").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [(row["姓名"], row["备注"]) for row in rows] == [("李敏", "窗口")]
    assert "校验" in rows[0]["隔离原因"]

    rows[0]["公民身份号码"] = MENDED
    lines = io.StringIO()
    writer = csv.DictWriter(lines, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    choose(page, "改好.csv", lines.getvalue())
    assert [figure(page, word) for word in ("读取", "接收", "隔离", "新增")] == ["1", "1", "0", "1"]

    choose(page, "人口底册.csv", FILE)
    assert [figure(page, word) for word in ("新增", "更新", "未变", "隔离")] == ["0", "0", "1", "1"]


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(open_page, officer, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    page = open_page()
    log_in(page)
    page.goto("/bring-in/persons/")
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files(
        {"name": "大.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    assert "超过上限" in page.locator("#file-note").inner_text()
    page.get_by_role("button", name="开始导入").click()
    assert page.url.endswith("/bring-in/persons/")


def test_a_file_of_another_kind_is_refused_where_it_was_chosen(open_page, officer):
    page = open_page()
    log_in(page)
    page.goto("/bring-in/persons/")
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files(
        {"name": "名单.docx", "mimeType": "application/octet-stream", "buffer": b"x"}
    )
    page.get_by_role("button", name="开始导入").click()
    page.get_by_role("alert").wait_for()
    assert "不认识“名单.docx”" in page.get_by_role("alert").inner_text()


def test_a_person_is_found_by_keyboard_and_a_number_revealed_for_a_purpose(open_page, officer):
    page = open_page()
    log_in(page)
    choose(page, "人口底册.csv", FILE.replace(WRONG, MENDED))

    page.keyboard.press("/")
    page.keyboard.type("王晓")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/")
    assert axe_violations(page) == []
    assert page.evaluate("document.activeElement.textContent") == "王晓"  # the first result is at hand
    page.keyboard.press("Enter")
    page.wait_for_url("**/persons/*-*/")
    assert GOOD not in page.content()
    assert axe_violations(page) == []

    page.get_by_role("button", name="查看公民身份号码").press("Enter")
    purpose = page.get_by_label("用途")
    purpose.wait_for()
    assert page.evaluate("document.activeElement.id") == "purpose"
    assert axe_violations(page) == []
    page.keyboard.type("核对低保申请")
    page.keyboard.press("Enter")
    page.get_by_text(GOOD).wait_for()
    assert not page.locator("#dialog").is_visible()
    assert axe_violations(page) == []
    entry = AuditEntry.objects.get(action="person.reveal")
    assert (entry.purpose, entry.user_name) == ("核对低保申请", "王晓")

    page.reload()
    assert GOOD not in page.content()
    page.go_back()
    assert page.locator(".results tbody tr").count() == 1


def test_what_was_revealed_covers_itself_again(open_page, officer, monkeypatch):
    monkeypatch.setattr("minzheng.web.desk.views.persons.COVERED_AFTER_S", 1)
    page = open_page()
    log_in(page)
    choose(page, "人口底册.csv", FILE.replace(WRONG, MENDED))
    page.goto("/search/")
    page.locator("#person-q").fill(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/persons/*-*/")
    page.get_by_role("button", name="查看公民身份号码").click()
    page.get_by_label("用途").fill("答复群众查询")
    page.keyboard.press("Enter")
    page.get_by_text(GOOD).wait_for()
    page.get_by_text("已重新遮蔽").wait_for()
    assert GOOD not in page.content()
