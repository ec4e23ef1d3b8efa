"""Where a developer of another department tries the calls: on the sample, in a real browser."""

import re
from typing import Any

from playwright.sync_api import Page
from pytest import mark
from tests.browser import axe_violations, log_in
from tests.node import Node, node, standards_of_this_run, transactional_db
from tests.sharing.making import officer

from minzheng.sharing.grants.using import forget_tallies

__all__ = ["node", "standards_of_this_run", "transactional_db"]


@mark.browser
def test_a_developer_tries_every_call_on_the_sample(open_page: Any, node: Node) -> None:
    forget_tallies()
    officer("developer", "330000", 3, "clerk")
    page: Page = open_page(1366, 768)
    log_in(page, "developer")
    page.goto("/grants/trial/?data_set=marriages")
    said = {}
    for key, label in (("one", "查询单条"), ("check", "核验"), ("checks", "批量核验"), ("changes", "变更获取"),
                       ("data", "可用数据集"),
                       ("openapi", "接口说明")):  # fmt: skip
        form = page.locator(f"form:has(#path-{key})")
        form.get_by_role("button", name="发送").click()
        form.locator(".trial-answer", has_text="HTTP 20").wait_for()
        said[label] = form.locator(".trial-answer").inner_text()
    assert "样例" in said["查询单条"] and '"yes"' in said["核验"] and '"waiting"' in said["批量核验"]
    assert '"cursor"' in said["变更获取"] and '"3.1.0"' in said["接口说明"]
    (number_of,) = re.findall(r"Request-Id: (\S+)", said["查询单条"])
    receipt = page.locator("form:has(#path-receipt)")
    receipt.locator("#path-receipt").fill(f"/api/v1/receipts/{number_of}")
    page.wait_for_timeout(1500)
    receipt.get_by_role("button", name="发送").click()
    receipt.locator(".trial-answer", has_text='"signature"').wait_for()
    assert not axe_violations(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert not axe_violations(page)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
