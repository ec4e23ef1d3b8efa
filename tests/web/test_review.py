"""The review desk's pages: what is shown, what is masked, who may, what a decision leads to."""

import re
from uuid import UUID

import pytest
from django.test import Client
from tests.browser import axe_violations, log_in
from tests.exchange.numbers import number, people, person
from tests.node import Node, filled
from tests.stewardship.review.desk import WHOLE
from tests.stewardship.review.test_second import allowance

from minzheng.exchange.models import ReviewItem
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.models import Person
from minzheng.stewardship.review import queries
from minzheng.stewardship.review.marking import marked
from minzheng.stewardship.review.models import Decision

SIZES = [(1366, 768), (390, 844)]
REASON = "经户籍档案核实为同一人"


@pytest.fixture
def desk(home, standards) -> Node:
    return Node(home)


@pytest.fixture
def held(desk: Node) -> ReviewItem:
    filled(desk, "held on the desk", same_number)
    return ReviewItem.objects.get()


def same_number(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)), source="公安")
    node.bring("persons", people(person("张三丰", 1, 联系电话="13911112222")), source="卫健")


def account(name: str, division: str = "330000", *roles: str) -> User:
    return create_user(
        username=name, password="Tianyi-Pavilion-88", display_name=name, division_code=division,
        roles=list(roles or ("clerk", "reviewer")), data_level=3, must_change_password=False,
    )  # fmt: skip


def logged_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_the_list_counts_and_the_pair_shows_no_number_in_clear(
    held: ReviewItem, client: Client, officer: User
) -> None:
    logged_in(client, officer)
    page = client.get("/review/").content.decode()
    assert "张三丰" in page and "西湖区" in page and "号码相同、姓名不同" in page
    page = client.get(f"/review/{held.pk}/").content.decode()
    assert number(1) not in page and "13911112222" not in page and "330199" in page
    assert "<mark>" in page and "不同" in page and "王晓" in page
    assert AuditEntry.objects.filter(action="review.view", object_id=str(held.pk)).exists()
    shown = client.get(f"/review/{held.pk}/reasons/").content.decode()
    assert "姓名不同" in shown and "出生日期相同" in shown and "<rect" in shown and " style=" not in shown


def test_a_decision_is_made_and_undone_on_the_page(held: ReviewItem, client: Client, officer: User) -> None:
    logged_in(client, officer)
    who = Person.objects.get(name="王晓")
    page = client.get(f"/review/{held.pk}/").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen and f"link:{who.id}" in page
    form = {"choice": f"link:{who.id}", "reason": REASON, "seen": seen[1]}
    answer = client.post(f"/review/{held.pk}/", form, follow=True)
    assert "已关联并入库" in answer.content.decode() and not queries.waiting(WHOLE).exists()
    again = client.post(f"/review/{held.pk}/", form).content.decode()
    assert "先作出处置" in again and Decision.objects.count() == 1
    decision = Decision.objects.get()
    done = client.post(
        f"/review/decisions/{decision.pk}/", {"action": "undo", "reason": "核实有误"}, follow=True
    )
    assert "已撤销，恢复到处置之前" in done.content.decode()
    assert queries.waiting(WHOLE).get() == held


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"choice": "", "reason": REASON}, "请选择一种处置"), ({"choice": "separate", "reason": " "}, "请写明理由"),
        ({"choice": "link:", "reason": REASON}, "请选择要关联的人员"), ({"choice": "link:x", "reason": REASON}, "请选择要关联"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_and_nothing_lost(
    held: ReviewItem, client: Client, officer: User, form: dict[str, str], told: str
) -> None:
    page = logged_in(client, officer).post(f"/review/{held.pk}/", {"seen": "0", **form}).content.decode()
    assert told in page and not Decision.objects.exists()
    assert form["reason"].strip() in page


def test_someone_who_is_no_candidate_is_found(held: ReviewItem, client: Client, officer: User) -> None:
    logged_in(client, officer)
    page = client.post(f"/review/{held.pk}/", {"find": "1", "q": number(2)}).content.decode()
    assert f"link:{Person.objects.get(name='李敏').id}" in page and "是第 2 人（李敏）" in page
    assert AuditEntry.objects.filter(action="person.search", object_id=str(held.pk)).exists()
    assert "没有查到" in client.post(f"/review/{held.pk}/", {"find": "1", "q": "查无此人"}).content.decode()


def test_another_division_sees_nothing_of_it(held: ReviewItem, client: Client) -> None:
    logged_in(client, account("ningbo", "330200"))
    who = Person.objects.get(name="王晓")
    assert "张三丰" not in client.get("/review/").content.decode()
    for place in (
        f"/review/{held.pk}/", f"/review/{held.pk}/reasons/", f"/review/persons/{who.id}/",
        f"/review/persons/{who.id}/split/", f"/review/persons/{who.id}/join/",
    ):  # fmt: skip
        assert client.get(place).status_code == 404, place


def test_who_only_brings_in_may_look_and_not_decide(held: ReviewItem, client: Client) -> None:
    logged_in(client, account("officer", "330000", "data_officer"))
    assert client.get(f"/review/{held.pk}/").status_code == 200
    page = client.post(f"/review/{held.pk}/", {"choice": "separate", "reason": REASON}).content.decode()
    assert "您的角色不能处置" in page and not Decision.objects.exists()
    assert client.post(f"/review/{held.pk}/assign/").status_code == 403
    assert client.get(f"/review/persons/{UUID(int=1)}/split/").status_code == 403


def test_money_waits_for_another_on_the_page(desk: Node, client: Client, officer: User) -> None:
    desk.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    desk.bring("allowances", allowance("钱小红", 2))
    item, who = ReviewItem.objects.get(), Person.objects.get(name="李敏")
    logged_in(client, officer)
    answer = client.post(
        f"/review/{item.pk}/", {"choice": f"link:{who.id}", "reason": REASON, "seen": "0"}, follow=True
    )
    assert "等待另一名复核人" in answer.content.decode()
    decision = Decision.objects.get()
    own = client.post(
        f"/review/decisions/{decision.pk}/", {"action": "approve", "reason": "同意"}
    ).content.decode()
    assert "不能复核自己" in own
    logged_in(client, account("second"))
    assert "关联" in client.get("/review/second/").content.decode()
    done = client.post(
        f"/review/decisions/{decision.pk}/", {"action": "approve", "reason": "同意"}, follow=True
    )
    assert "处置已生效" in done.content.decode()
    assert "没有待复核的处置" in client.get("/review/second/").content.decode()


def test_differences_are_marked_by_character_and_show_through_the_mask() -> None:
    def text(runs):  # type: ignore[no-untyped-def]
        return "".join(f"[{run.text}]" if run.differs else run.text for run in runs)

    assert text(marked("王小龙", "王晓龙")) == "王[小]龙"
    assert text(marked("王小龙", "王龙")) == "王[小]龙"
    hidden = marked("330199199003070018", "330199199003070026", lambda n: n[:6] + "*" * 8 + n[-4:])
    assert text(hidden) == "330199********00[18]"
    assert (
        text(marked("杭州市北山街道1号", "杭州市北山街道2号", lambda a: a[:7] + "***"))
        == "杭州市北山街道[***]"
    )
    assert marked("", "王") == ()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_page_meets_axe_and_fits_the_screen(
    held: ReviewItem, open_page, officer, width, height
) -> None:
    other, who = Person.objects.get(name="李敏"), Person.objects.get(name="王晓")
    page = open_page(width, height)
    log_in(page)
    faults = {}
    for place in (
        "/review/", f"/review/{held.pk}/", "/review/second/", "/review/decisions/", f"/review/persons/{who.id}/split/",
        f"/review/persons/{who.id}/join/", f"/review/persons/{who.id}/join/{other.id}/",
    ):  # fmt: skip
        page.goto(place)
        page.wait_for_load_state("networkidle")
        faults[place] = axe_violations(page)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), place
    assert {place: found for place, found in faults.items() if found} == {}
