"""A feed that did not come is seen at once, by notice, on the first page and on its own page; when it comes, all is well."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.browser import PASSWORD, axe_violations, log_in
from tests.exchange.numbers import people, person
from tests.node import Node, node, standards_of_this_run, transactional_db

from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.services import create_user
from minzheng.stewardship.resources.services import tell_late_feeds

__all__ = ["node", "standards_of_this_run", "transactional_db"]
pytestmark = pytest.mark.browser


@pytest.fixture
def late(node: Node) -> Node:
    """人口底册 of 杭州公安, promised every month, last here forty days ago; its data officer."""
    create_user(
        username="officer", password=PASSWORD, display_name="林静", division_code="330000",
        roles=["data_officer"], data_level=3, must_change_password=False,
    )  # fmt: skip
    node.bring("persons", people(person(), person("王芳", 2, 性别="某")), source="杭州公安")
    Batch.objects.update(received_at=timezone.now() - timedelta(days=40))
    tell_late_feeds(at=timezone.now())
    return node


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_a_late_feed_is_seen_and_is_in_time_again(
    open_page: Any, late: Node, width: int, height: int
) -> None:
    page = open_page(width, height)
    log_in(page, "officer")
    waiting = page.get_by_role("link", name="逾期接口")
    assert "1" in waiting.inner_text()
    page.get_by_role("button", name="数据逾期：人口底册（杭州公安）").click()
    page.wait_for_url("**/resources/feeds/persons/")
    row = page.get_by_role("row", name="杭州公安").first
    assert "逾期" in row.inner_text() and "个工作日" in row.inner_text()
    late.bring("persons", people(person(), person("王芳", 2)), source="杭州公安")
    page.reload()
    assert "按期" in page.get_by_role("row", name="杭州公安").first.inner_text()
    chart = page.locator("figure[data-group=rows] canvas")
    chart.wait_for()
    assert _is_painted(page)
    page.get_by_text("看数据表").click()
    assert page.get_by_role("region", name="每日接收").is_visible()
    assert axe_violations(page) == []


def test_the_keys_are_shown_by_a_question_mark(open_page: Any, late: Node) -> None:
    page = open_page()
    log_in(page, "officer")
    page.keyboard.press("?")
    dialog = page.locator("#dialog")
    assert dialog.is_visible() and "到查询框" in dialog.inner_text()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def _is_painted(page: Any) -> bool:
    """Whether the chart drew in the theme's first colour."""
    return bool(
        page.locator("figure[data-group=rows] canvas").evaluate(
            """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            for (let i = 0; i < d.length; i += 4) if (d[i] === 0x1b && d[i+1] === 0x4f && d[i+2] === 0x8f) return true;
            return false; }"""
        )
    )
