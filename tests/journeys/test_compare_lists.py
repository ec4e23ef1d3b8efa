"""A clerk holds two lists without numbers against each other, in the browser, at a desk and on a phone."""

import pytest
from tests.browser import axe_violations, log_in
from tests.stewardship.compare.lists import as_csv, two_lists

from minzheng.stewardship.compare import jobs, services

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def at_once(monkeypatch, home):
    """The background job runs within the request; how a worker takes it is tested where it lives."""
    monkeypatch.setattr(jobs, "run_later", services.carry_out)


def figure(page, word):
    return int(page.locator(f".figures div:has(dt:text-is('{word}')) dd").inner_text().replace(",", ""))


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_two_lists_are_compared_and_the_line_is_moved(open_page, officer, width, height):
    left, right = two_lists(300, 100, seed=9)
    page = open_page(width, height)
    log_in(page)
    page.goto("/compare/")
    assert axe_violations(page) == [] and fits(page)
    for label, rows in (("左表", left), ("右表（可不选）", right)):
        page.get_by_label(label, exact=True).set_input_files(
            {"name": f"{label[:2]}.csv", "mimeType": "text/csv", "buffer": as_csv(rows).encode()}
        )
    page.get_by_role("button", name="上传并设定列").click()
    page.wait_for_url("**/compare/*-*/")
    assert page.get_by_label("姓名的类型").input_value() == "name"
    assert page.get_by_label("出生日期对应的右表列").input_value() == "出生日期"
    assert axe_violations(page) == [] and fits(page)
    page.get_by_role("textbox", name="用途").fill("核对补贴对象")
    page.get_by_role("button", name="开始比对").click()
    page.get_by_role("heading", name="判定线").wait_for(timeout=60_000)
    found = figure(page, "相符")
    assert 94 <= found <= 102
    page.locator("figure[data-chart] canvas").wait_for()
    assert axe_violations(page) == [] and fits(page)
    surest = float(page.locator("tbody.pair th").first.inner_text().split()[0])
    page.get_by_label("判定线（位）").fill(f"{surest - 1:.1f}")
    page.get_by_role("button", name="重新判定").click()
    page.wait_for_load_state()
    assert 0 < figure(page, "相符") < found
    with page.expect_download() as download:
        page.get_by_role("button", name="下载结果").click()
    assert download.value.suggested_filename == "左表-比对结果.csv"
