"""Every page of the desk in a real browser, at the size of an office screen and of a phone.

The pages are not listed: they are found as a user finds them, from the menu and from link to link, one page a view, by
someone who holds every role; views without parameters that nothing leads to are opened by their address. So a page
that is added is walked too.
"""

from collections import deque
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, get_resolver, resolve
from django.utils import timezone
from playwright.sync_api import Page
from tests.browser import AXE, PASSWORD, RULES, log_in
from tests.exchange.numbers import PERSON, csv_text, number, person
from tests.house.test_urls import every_pattern
from tests.node import Node, node, standards_of_this_run, transactional_db

from minzheng.exchange.intake import services as intakes
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.accounts.terms import Role
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.sharing.between.models import Completeness, Gap

__all__ = ["node", "standards_of_this_run", "transactional_db"]
pytestmark = pytest.mark.browser
SCREENS = [(1366, 768), (390, 844)]
# Where one is led out, and addresses that lead on to pages that are walked anyway.
LEFT_OUT = {"desk:logout", "desk:login", "desk:persons"}
WITHOUT_OWN_HELP = {"desk:home", "desk:help", "desk:about", "desk:password", "(none)"}
MOST = 200


@pytest.fixture
def busy_node(node: Node) -> Node:
    """Something of everything: places, persons, a couple, an allowance that outlives its holder, a row and a file given back."""
    Place.objects.create(
        id=uuid7(timezone.now()), class_code=DIVISION_CLASS, name="西湖区", division_code="330106", shape="area",
        boundary={"type": "Polygon", "coordinates": [[[120, 30], [120.2, 30], [120.2, 30.3], [120, 30]]]},
        created_at=timezone.now(),
    )  # fmt: skip
    node.bring(
        "persons",
        csv_text(
            (*PERSON, "与户主关系", "户主公民身份号码"),
            [*person("王晓", 1), "户主", number(1)],
            [*person("李芳", 2), "妻", number(1)],
            [*person("张三", 3, 性别="某"), "子", number(1)],
        ),
    )
    couple = "登记类型,登记证字号,登记机关区划,登记日期,男方姓名,男方公民身份号码,女方姓名,女方公民身份号码"
    node.bring(
        "marriages",
        f"{couple}\n结婚,J330106-2020-000001,330106,2020-05-20,王晓,{number(1)},李芳,{number(2)}\n",
    )
    node.bring(
        "allowances",
        "低保证号,户主姓名,户主公民身份号码,成员姓名,成员公民身份号码,属地区划,月保障金额(元),发放月份\n"
        f"D001,王晓,{number(1)},王晓,{number(1)},330106,800,202606\n",
    )
    node.bring(
        "cremations",
        "逝者姓名,逝者公民身份号码,死亡日期,火化日期,殡仪馆\n"
        f"王晓,{number(1)},2026-01-05,2026-01-07,杭州市殡仪馆\n",
    )
    node.bring("persons", "甲,乙\n1,2\n", name="错误.csv")
    intakes.allow("10.1.2.0/24", note="市政务云", by=None, at=timezone.now())
    source = intakes.add(
        "市公安局", feed="persons", adapter="sftp", cycle_minutes=60, by=None, at=timezone.now(),
        values={"host": "10.1.2.3", "user": "mzt", "password": "Xihu-88"},
    )  # fmt: skip
    source.problem, source.state, source.failures = "连接不上 10.1.2.3:22: 被拒绝, 请核对端口", "failed", 2
    source.offered = {"field": "host_key", "value": "ssh-ed25519 AAAA", "shown": "SHA256:" + "x" * 43}
    source.save()
    row = Completeness.objects.create(
        peer_code="330000", checked_at=timezone.now(), data_set="persons", division_code="330106", expected=2, held=1,
        missing=1, extra=0, in_flight=0,
    )  # fmt: skip
    Gap.objects.create(
        of=row, kind="missing", item_id=uuid7(timezone.now()), subject_id=uuid7(timezone.now())
    )
    return node


@pytest.fixture
def everyone(busy_node: Node) -> User:
    """Someone who holds every role, which no one may: so every menu is seen in one walk."""
    user = create_user(
        username="everyone", password=PASSWORD, display_name="王晓", division_code="330000",
        roles=["clerk"], data_level=4, must_change_password=False,
    )  # fmt: skip
    User.objects.update(roles=list(Role.values))
    return user


def test_every_page_meets_axe_fits_the_screen_and_says_nothing_on_the_console(
    open_page: Any, busy_node: Node, everyone: User
) -> None:
    page: Page = open_page(*SCREENS[0])
    faults = {"/login/": _look(page, "/login/") or []}
    log_in(page, everyone.username)
    page.goto("/help/")
    anchors = set(page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    waiting = deque(["/", "/nowhere/", *_asked_for(busy_node), *_without_parameters()])
    seen = set[str]()
    while waiting:
        address = waiting.popleft()
        view = _view(address)
        if view in seen or view in LEFT_OUT:
            continue
        seen.add(view)
        assert len(seen) < MOST
        found = _look(page, address)
        if found is None:
            continue  # a download, a fragment, or only for forms
        faults[f"{view} {address}"] = found + _help(page, view, anchors)
        waiting.extend(_links(page))
    assert {
        "desk:home",
        "desk:batch",
        "desk:person",
        "desk:standards:data_set",
        "desk:resources:feed",
    } <= seen
    wrong = [f"{place}: {one}" for place, found in faults.items() for one in found]
    assert not wrong, "\n".join(wrong)


def _look(page: Page, address: str) -> list[str] | None:
    """What is wrong with a page on either screen; None where the address is no page of its own."""
    answer = page.request.get(address, max_redirects=0)
    kind = answer.headers.get("content-type", "")
    if answer.status in (204, 301, 302, 405) or "text/html" not in kind or "<html" not in answer.text():
        return None
    page.set_viewport_size({"width": SCREENS[0][0], "height": SCREENS[0][1]})
    page.goto(address)
    page.locator(".htmx-request").first.wait_for(state="detached")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    wrong = [] if answer.status < 500 else [f"status {answer.status}"]
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        result = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", RULES)
        wrong += [
            f"{width}: {v['id']}: {v['help']}: {one['html'][:160]}"
            for v in result["violations"]
            for one in v["nodes"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{width}: wider than the screen: {_widest(page)}")
    return wrong


def _widest(page: Page) -> str:
    """What sticks out on the right, outside of what scrolls by itself."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => !e.closest('.table-wrap')
            && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 100))[0]"""
        )
    )


def _help(page: Page, view: str, anchors: set[str]) -> list[str]:
    """Help is one click away: the page's own section, and it is there."""
    link = page.locator("header a[href*='/help/']")
    if not link.count():
        return []
    _, _, anchor = (link.first.get_attribute("href") or "").partition("#")
    if not anchor:
        return [] if view in WITHOUT_OWN_HELP else ["leads to no section of the help"]
    return [] if anchor in anchors else [f"help has no section “{anchor}”"]


def _links(page: Page) -> list[str]:
    """Where one can go from here, in the order of the page."""
    found = page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.filter(a => a.origin === location.origin).map(a => a.href)"
    )
    return [f"{parts.path}{'?' if parts.query else ''}{parts.query}" for parts in map(urlsplit, found)]


def _view(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return "(none)"


def _asked_for(node: Node) -> list[str]:
    """Pages reached by asking for someone or something in the search box."""
    person_id = node.value("SELECT id FROM registry_person WHERE name = '王晓'")
    return [f"/persons/{person_id}/", "/divisions/330106/"]


def _without_parameters() -> list[str]:
    """Addresses that can be opened as they are."""
    return [
        f"/{place}" for place, _ in every_pattern(get_resolver()) if "<" not in place and "(" not in place
    ]
