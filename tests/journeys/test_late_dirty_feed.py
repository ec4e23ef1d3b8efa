"""A late, dirty feed is seen, ticketed, sent back, mended; all through the browser, at a desk and on a phone."""

import csv
import io
from datetime import timedelta

import pytest
from tests.browser import axe_violations, log_in
from tests.exchange.numbers import number, people, person

from minzheng.exchange import jobs, services
from minzheng.exchange.models import Batch
from minzheng.foundation.audit.models import AuditEntry
from minzheng.stewardship.quality.jobs import look_for_late
from minzheng.stewardship.quality.models import Ticket

pytestmark = pytest.mark.browser
WRONG = "330199199003070021"


@pytest.fixture(autouse=True)
def at_once(monkeypatch, home):
    """The background job runs within the request; how a worker takes it is tested where it lives."""
    monkeypatch.setattr(jobs, "run_later", services.run)


def bring(page, name, text):
    page.goto("/bring-in/persons/")
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_label("来源").fill("省公安厅")
    page.get_by_role("button", name="开始导入").click()
    page.wait_for_url("**/batches/*/")


def fits(page):
    """Nothing stands out over the window's edge."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desktop", "phone"])
def test_a_late_dirty_feed_is_seen_ticketed_mended(open_page, officer, size):
    page = open_page()
    page.set_default_timeout(
        60_000
    )  # three files are brought in within requests, on a machine that may be busy
    page.set_viewport_size({"width": size[0], "height": size[1]})
    log_in(page)
    bring(page, "上月.csv", people(person("王晓", 1)))
    Batch.objects.update(received_at=Batch.objects.get().received_at - timedelta(days=45))
    assert look_for_late() == 1

    page.goto("/quality/")  # late: seen, and asked for
    assert "45 天" in page.locator("#late").inner_text()
    assert axe_violations(page) == [] and fits(page)
    page.goto("/quality/tickets/")
    assert "逾期未报送" in page.locator(".results").inner_text()

    dirty = people(person("王晓", 1), person("王芳", 2, 公民身份号码=WRONG), person("王强", 3))
    bring(page, "本月.csv", dirty)  # it comes, and is dirty
    page.locator("#quality").wait_for()
    page.locator("#quality").get_by_role("link", name="各项指标").click()
    page.wait_for_url("**/quality/batches/*/")
    assert "66.66%" in page.locator("main").inner_text()
    assert axe_violations(page) == [] and fits(page)

    page.goto("/quality/")
    page.locator("#dimensions").wait_for()
    page.locator("figure.chart canvas").first.wait_for()
    assert page.locator("#late").count() == 0
    page.get_by_role("link", name="公民身份号码").first.click()
    page.wait_for_url("**/quality/rows/**")
    assert "330199********0021" in page.locator("main").inner_text() and WRONG not in page.content()
    assert axe_violations(page) == [] and fits(page)

    page.goto("/quality/tickets/")  # the late one is done with, the dirty one waits
    assert page.locator(".results tbody tr").count() == 1
    page.locator(".results a").first.click()
    page.wait_for_url("**/quality/tickets/*/")
    assert axe_violations(page) == [] and fits(page)
    page.get_by_label("用途").fill("退回来源单位补正")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载待补正的行").click()
    returned = download.value.path().read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(returned)))[2][1] == WRONG
    downloads = AuditEntry.objects.filter(action="quality.ticket_rows").exclude(purpose="")
    assert downloads.get().purpose == "退回来源单位补正"
    page.get_by_role("button", name="登记发出").click()
    page.get_by_text("工单已发出").wait_for()
    place = page.url

    bring(page, "补正.csv", returned.replace(WRONG, number(2)))  # mended, it closes itself
    page.goto(place)
    shown = page.locator("main").inner_text()
    assert "已办结" in shown and "补正.csv" in shown
    assert Ticket.objects.exclude(state="closed").count() == 0

    page.goto("/quality/report/")
    page.get_by_label("来源").select_option(index=1)
    page.get_by_role("button", name="查看").click()
    page.get_by_role("heading", name="省公安厅数据质量月报").wait_for()
    assert axe_violations(page) == [] and fits(page)
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="打印").is_visible()
    assert page.get_by_role("heading", name="省公安厅数据质量月报").is_visible()
