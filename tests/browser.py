"""A real browser for tests (浏览器测试).

A folder's conftest imports the fixtures; tests carry the mark ``browser``.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright
from tools.ensure_browser import ARGUMENTS, find_browser

from minzheng.foundation.accounts.services import create_user

PASSWORD = "Xihu-Longjing-88"
AXE = Path(__file__).parents[1] / "front" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module, so that its event loop disturbs no other test; skips where there is none."""
    path = find_browser()
    if not path:
        pytest.skip("no Chromium (没有浏览器)")
    # Playwright keeps an event loop on this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
        connections.close_all()  # under that loop Django keeps connections of their own
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page of the running node; a script error or a refused resource on it fails the test."""
    contexts, complaints = [], []

    def start(width: int = 1366, height: int = 768) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, locale="zh-CN", viewport={"width": width, "height": height}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if _is_complaint(m) else None)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints, complaints


def _is_complaint(message: Any) -> bool:
    """Errors the page itself caused; the answers 4xx a test provokes are not."""
    return message.type == "error" and "the server responded with a status of 4" not in message.text


@pytest.fixture
def officer(standards: None) -> Any:
    """An official who may do everything the desk offers today."""
    return create_user(
        username="wangxiao",
        password=PASSWORD,
        display_name="王晓",
        division_code="330000",
        roles=["clerk", "reviewer", "data_officer"],
        data_level=3,
        must_change_password=False,
    )


def log_in(page: Page, username: str = "wangxiao", password: str = PASSWORD) -> None:
    """Through the login page, as a user does."""
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags})", RULES)
    return [
        f"{v['id']}: {v['help']}: {node['html'][:160]}" for v in found["violations"] for node in v["nodes"]
    ]
