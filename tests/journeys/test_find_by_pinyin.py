"""A clerk of 西湖区 searches by pinyin and finds a person with a rare character in the name, at a desk and on a phone."""

import io

import pytest
from django.utils import timezone
from tests.browser import axe_violations, log_in
from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.stewardship.lookup.societies import HEADINGS, society

from minzheng.exchange import services
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.places import ensure_division_places

pytestmark = pytest.mark.browser
RARE = "李𬱖"  # beyond the basic plane; other systems write 李頔


@pytest.fixture
def brought_in(home, officer, settings):
    settings.PACKS_DIR = settings.PROJECT_ROOT / "packs"  # variants and bounds as shipped
    text = people(person(RARE, 1), person("李迪", 3), person("王晓", 5), person("李敌", 7, 户籍区划="330203"))
    batch = services.receive(
        "persons", io.BytesIO(text.encode()), name="底册.csv", source=None, by=None, at=timezone.now()
    )
    assert services.run(batch).counts["quarantined"] == 0
    User.objects.update(division_code="330106")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_pinyin_finds_the_rare_character(open_page, brought_in, width, height):
    page = open_page(width, height)
    log_in(page)
    page.keyboard.press("/")
    page.keyboard.type("lidi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/")
    assert page.get_by_text("按“拼音或拼音首字母”查询").is_visible()
    found = page.locator("a[data-result]")
    assert found.all_inner_texts() == ["李迪", RARE]  # and nobody of 宁波
    assert axe_violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/persons/*-*/")
    assert page.locator("h1").inner_text() == RARE
    page.go_back()
    assert page.locator("#person-q").input_value() == "lidi"
    assert number(1) not in page.content()

    page.locator("#person-q").fill("李頔")  # the form the other system writes
    with page.expect_response("**/search/") as answered:
        page.keyboard.press("Enter")
    assert answered.value.request.method == "POST" and answered.value.status == 200  # answered at once
    page.get_by_text("按“姓名或名称”查询").wait_for()
    assert found.all_inner_texts() == [RARE] and page.title().startswith("综合查询")
    assert page.evaluate("document.activeElement.textContent") == RARE and page.url.endswith("/search/")
    assert axe_violations(page) == []
    page.reload()  # asks again, without a question of the browser's about sending a form anew
    assert found.all_inner_texts() == [RARE]

    page.locator("a[aria-haspopup=dialog]", has_text="导出").click()
    page.get_by_label("用途").fill("核对名单")
    assert axe_violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="导出", exact=True).click()
    assert download.value.suggested_filename.startswith(
        "人员查询结果"
    ) and download.value.suggested_filename.endswith(".xlsx")
    assert AuditEntry.objects.get(action="search.export").purpose == "核对名单"

    page.locator("#save-name").fill("李頔")
    page.get_by_role("button", name="存为常用查询").click()
    page.get_by_text("已保存为常用查询").wait_for()
    page.get_by_text("常用查询（1）").click()
    assert page.get_by_role("button", name="李頔", exact=True).is_visible()


@pytest.fixture
def whole_register(home, officer, settings):
    """A household, an organisation and the divisions, as files bring them in."""
    settings.PACKS_DIR = settings.PROJECT_ROOT / "packs"
    ensure_division_places(at=timezone.now())
    headings = (*PERSON, "与户主关系", "户主公民身份号码")
    household = [*person("王晓", 1), "户主", number(1)], [*person("李敏", 2), "妻", number(1)]
    said = society("杭州市阳光公益服务中心", 1, "330100", "王晓")
    for feed, text in (("persons", csv_text(headings, *household)), ("societies", csv_text(HEADINGS, said))):
        batch = services.receive(
            feed, io.BytesIO(text.encode()), name="x.csv", source=None, by=None, at=timezone.now()
        )
        assert services.run(batch).counts["quarantined"] == 0


def test_households_organisations_and_places_are_one_step_from_the_search(open_page, whole_register):
    for width, height in ((1366, 768), (390, 844)):
        page = open_page(width, height)
        log_in(page)
        page.goto("/search/")
        page.locator("#person-q").fill("yangguang")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="杭州市阳光公益服务中心").click()
        page.wait_for_url("**/organisations/*/")
        faults = axe_violations(page)
        page.get_by_role("link", name="王晓", exact=True).click()
        page.wait_for_url("**/persons/*-*/")
        page.get_by_role("link", name="户页").click()
        page.wait_for_url("**/households/*/")
        assert page.locator("h1").inner_text() == "王晓户"
        faults += axe_violations(page)
        page.goto("/divisions/330100/")
        page.locator(".map canvas").wait_for()
        assert page.get_by_text("底图仅供示意").is_visible()
        faults += axe_violations(page)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert faults == []
