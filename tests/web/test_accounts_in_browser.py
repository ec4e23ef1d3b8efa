"""Accounts and the trail in a real browser: an account is made, used, closed, and found by the auditor; no axe violations."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser import PASSWORD, axe_violations, log_in

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("standards"),
]


def made(username: str, role: str) -> User:
    return create_user(
        username=username, password=PASSWORD, display_name="王晓", division_code="330100", roles=[role],
        data_level=3, must_change_password=False,
    )  # fmt: skip


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_an_account_is_made_used_and_watched(open_page: Callable[..., Page], width: int, height: int) -> None:
    made("admin", "administrator")
    made("auditor", "auditor")
    page = open_page(width, height)
    log_in(page, "admin")
    for place in ("/accounts/", "/accounts/access/", "/accounts/own/"):
        page.goto(place)
        _good(page, place)
    page.goto("/accounts/new/")
    _good(page, "/accounts/new/")
    page.get_by_label("用户名").fill("liuyi")
    page.get_by_label("姓名", exact=True).fill("刘一")
    page.get_by_label("所属区划").select_option("330106")
    page.get_by_label("数据级别").select_option("2")
    page.get_by_label("婚姻", exact=True).check()
    page.get_by_role("button", name="保存").click()
    drawn = page.locator("#drawn-password").inner_text()
    _good(page, "/accounts/new/ done")
    page.get_by_role("link", name="完成").click()
    expect(page.get_by_role("heading", name="刘一")).to_be_visible()
    expect(page.get_by_text("杭州市西湖区及下级")).to_be_visible()
    _good(page, "/accounts/account/")
    theirs = open_page(width, height)
    log_in(theirs, "liuyi", drawn)
    expect(theirs.get_by_role("heading", name="修改密码")).to_be_visible()
    page.get_by_text("停用", exact=True).click()
    page.get_by_role("button", name="确认停用").click()
    expect(page.get_by_text("已停用，正在使用的会话随即失效")).to_be_visible()
    theirs.goto("/password/")
    expect(theirs.get_by_label("用户名")).to_be_visible()
    watching = open_page(width, height)
    log_in(watching, "auditor")
    watching.goto("/audit/?action=account.disable")
    expect(watching.get_by_role("cell", name="停用账号")).to_be_visible()
    _good(watching, "/audit/")
    watching.get_by_role("link", name="导出").click()
    _good(watching, "/audit/export/")
    watching.goto("/audit/?action=account.disable")
    watching.locator("[data-result]").first.click()
    _good(watching, "/audit/entry/")


def _good(page: Page, name: str) -> None:
    assert axe_violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
    if folder := os.environ.get("MINZHENG_PICTURES"):
        size = page.viewport_size or {}
        page.screenshot(path=Path(folder) / f"{name.strip('/').replace('/', '-')}-{size.get('width')}.png")
