"""A row whose name differs is decided, on the desk and on a phone; a wrong link is split and all that followed put right."""

import pytest
from tests.browser import axe_violations, log_in
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node
from tests.stewardship.review.test_persons import MEMBER

from minzheng.exchange.models import ReviewItem
from minzheng.registry.models import Person, PersonClaim
from minzheng.stewardship.review.models import Decision

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(home, standards) -> Node:
    return Node(home)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_a_row_under_another_name_is_decided_by_keyboard(
    desk: Node, open_page, officer, width, height
) -> None:
    desk.bring("persons", people(person("王晓", 1), person("李敏", 2)), source="公安")
    desk.bring(
        "persons", people(person("张三丰", 1, 联系电话="13911112222"), person("赵四海", 2)), source="卫健"
    )
    first, second = ReviewItem.objects.order_by("created_at", "id")
    page = open_page(width, height)
    log_in(page)
    page.goto("/review/")
    page.get_by_role("link", name="张三丰").click()
    page.get_by_role("heading", name="张三丰").wait_for()
    page.get_by_text("出生日期相同").first.wait_for()  # the reasons have come
    assert axe_violations(page) == []
    page.locator("main").press("j")
    page.get_by_role("heading", name="赵四海").wait_for()
    page.locator("main").press("k")
    page.get_by_role("heading", name="张三丰").wait_for()
    page.locator("main").press("1")
    assert page.get_by_label("是第 1 人（王晓），关联").is_checked()
    page.keyboard.press("r")
    page.keyboard.type("经户籍档案核实为同一人，曾用名")
    page.keyboard.press("Enter")
    page.get_by_text("已关联并入库").wait_for()
    assert page.get_by_role("heading", name="赵四海").is_visible(), "the next row is at hand"
    who = Person.objects.get(name="张三丰")
    assert PersonClaim.objects.filter(person_id=who.id, recorded_to=None).count() == 2
    page.get_by_role("link", name="查看或撤销").click()
    page.get_by_label("撤销理由").fill("核实有误")
    page.get_by_role("button", name="撤销这项处置").click()
    page.get_by_text("恢复到处置之前").wait_for()
    assert (
        Person.objects.get(pk=who.id).name == "王晓" and ReviewItem.objects.filter(state="open").count() == 2
    )
    assert axe_violations(page) == []
    assert Decision.objects.count() == 2 and first.pk != second.pk


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_a_wrong_link_is_split_and_all_that_followed_is_put_right(
    desk: Node, open_page, officer, width, height
) -> None:
    """李敏's number was given to another of the name, of another county and household, who died."""
    own = ["李敏", number(2), "女", "330106", "13800000002", "配偶", number(1)]
    head = ["王晓", number(1), "男", "330106", "13800000001", "户主", number(1)]
    desk.bring("persons", csv_text(MEMBER, head, own), source="公安")
    other = ["李敏", number(2), "女", "330203", "13999999999", "配偶", number(11)]
    desk.bring("persons", csv_text(MEMBER, other), source="卫健")
    who = Person.objects.get(name="李敏")
    household = Person.objects.get(name="王晓").household_id
    assert who.hukou_division_code == "330203" and who.household_id != household
    page = open_page(width, height)
    log_in(page)
    page.goto(f"/persons/{who.id}/")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.get_by_role("link", name="拆分出另一人").click()
    page.get_by_role("checkbox", name="卫健").check()
    page.get_by_label("理由").fill("经派出所核实为两人")
    assert axe_violations(page) == []
    page.get_by_role("button", name="拆分").click()
    page.get_by_text("已拆分为两人").wait_for()
    assert Person.objects.get(pk=who.id).household_id == household
    page.get_by_role("link", name="查看原有人员").click()
    assert (
        page.get_by_text("西湖区").first.is_visible()
        and "王晓" in page.locator("#household").locator("..").locator("..").inner_text()
    )
    page.go_back()
    page.get_by_role("link", name="查看拆分出的人员").click()
    assert page.get_by_text("海曙区").first.is_visible()
    page.go_back()
    page.get_by_label("撤销理由").fill("补充材料证明为同一人")
    page.get_by_role("button", name="撤销这项处置").click()
    page.get_by_text("恢复到处置之前").wait_for()
    assert Person.objects.get(pk=who.id).hukou_division_code == "330203"
