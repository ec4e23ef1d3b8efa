"""A cremation file arrives; a household that is still paid appears on its county's worklist, is confirmed, the figures change."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import axe_violations, log_in
from tests.node import Node, node, standards_of_this_run, transactional_db
from tests.stewardship.signals.files import bring, cremation_row, name, paid, who

from minzheng.foundation.accounts.services import create_user

__all__ = ["node", "standards_of_this_run", "transactional_db"]
pytestmark = pytest.mark.browser


@pytest.fixture
def clerk(node: Node) -> None:
    """A clerk of 西湖区, where a household of two is paid."""
    create_user(
        username="xihu", password="Xihu-Longjing-88", display_name="王芳", division_code="330106", roles=["clerk"],
        data_level=3, must_change_password=False,
    )  # fmt: skip
    paid(node, ["202601", "202602", "202603"], [1, 2], yuan=1001)
    bring(node, "cremations", cremation_row(2, "2026-01-10", "2026-01-12"))


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["desk", "phone"])
def test_a_household_paid_after_a_death_is_confirmed(
    clerk: None, open_page: Any, width: int, height: int
) -> None:
    page = open_page(width, height)
    log_in(page, "xihu", "Xihu-Longjing-88")
    page.get_by_role("button", name="死亡后仍发放低保金：新线索 1 条，请核查").click()

    figures = page.get_by_role("region", name="线索数量").or_(page.locator("[aria-label='线索数量']")).first
    expect(figures.locator("div", has_text="待核查").locator("dd")).to_have_text("1")
    expect(page.locator("body")).to_contain_text("2026-01-10死亡，2026年2月至2026年3月仍发放2个月")
    expect(page.locator("body")).not_to_contain_text(who(2)[1])
    assert axe_violations(page) == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"死亡后仍发放低保金：{name(2)}")
    expect(page.get_by_role("region", name="低保发放记录")).to_contain_text("2026年2月")
    expect(page.locator("body")).to_contain_text("1,001.00 元")
    assert axe_violations(page) == []

    page.get_by_label("理由").fill("已与殡仪馆和村社区核实")
    page.get_by_role("button", name="确认属实").click()
    expect(page.locator("#messages")).to_contain_text("已处理：确认属实")
    expect(page.locator(".timeline")).to_contain_text("待核查 → 已确认")
    expect(page.locator(".timeline")).to_contain_text("已与殡仪馆和村社区核实")
    assert axe_violations(page) == []

    page.get_by_label("位置").get_by_role("link", name="业务协同线索").click()
    expect(figures.locator("div", has_text="待核查").locator("dd")).to_have_text("0")
    expect(figures.locator("div", has_text="已确认").locator("dd")).to_have_text("1")
    expect(page.locator("body")).to_contain_text("没有")

    page.goto("/signals/?state=all")
    page.locator("a[data-result]").first.click()
    page.get_by_role("region", name="涉及人员").get_by_role("link", name=name(2)).click()
    expect(page.locator("#beside-signals")).to_contain_text("已确认")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "nothing sticks out of the window"
    )
