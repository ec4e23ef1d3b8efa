"""The pages in a real browser: accessible, usable by keyboard alone, nothing wider than the screen."""

import pytest
from tests.browser import axe_violations, log_in

pytestmark = pytest.mark.browser
SIZES = [(1366, 768), (390, 844)]
PLACES = ["/", "/help/", "/about/", "/password/", "/bring-in/", "/batches/", "/search/", "/nowhere/"]


def wider_than_screen(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_page_meets_axe_and_fits_the_screen(open_page, officer, width, height):
    page = open_page(width, height)
    page.goto("/login/")
    faults = {"/login/": axe_violations(page)}
    log_in(page)
    for place in PLACES:
        page.goto(place)
        faults[place] = axe_violations(page)
        assert not wider_than_screen(page), place
    assert {place: found for place, found in faults.items() if found} == {}


def test_the_first_tab_skips_to_the_content_and_slash_finds_the_search(open_page, officer):
    page = open_page()
    log_in(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search-all"
    assert page.input_value("#search-all") == ""


def test_the_user_menu_opens_and_closes_by_keyboard(open_page, officer):
    page = open_page()
    log_in(page)
    summary = page.locator("details.menu summary")
    summary.press("Enter")
    assert page.get_by_role("button", name="退出登录").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="退出登录").is_visible()
    summary.click()
    page.get_by_role("button", name="退出登录").click()
    assert page.get_by_text("已退出登录。").is_visible()


def test_on_a_phone_the_navigation_unfolds(open_page, officer):
    page = open_page(390, 844)
    log_in(page)
    link = page.get_by_role("link", name="导入数据", exact=True).first
    assert not page.locator("#side").is_visible()
    page.get_by_role("button", name="导航菜单").click()
    assert page.locator("#side").is_visible() and link.is_visible()
    assert page.get_by_role("button", name="导航菜单").get_attribute("aria-expanded") == "true"


def test_a_wrong_password_says_so_and_keeps_the_name(open_page, officer):
    page = open_page()
    log_in(page, password="wrong")
    assert page.get_by_role("alert").inner_text().startswith("用户名或密码不正确")
    assert page.get_by_label("用户名").input_value() == "wangxiao"
    assert page.evaluate("document.activeElement.id") == "password"
