"""The pages of the catalogue in a real browser: usable by name, without axe violations, on both screens."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.browser import axe_violations, log_in

from minzheng.foundation.accounts.models import User
from minzheng.sharing.catalogue.models import CatalogueSource, Demand, Edition
from minzheng.sharing.catalogue.services import demands
from minzheng.sharing.catalogue.services.received import Catalogue, Refusal, Said, take
from minzheng.sharing.catalogue.terms import SourceKind

pytestmark = pytest.mark.browser
SCREENS = [(1366, 768), (390, 844)]
PICTURES = os.environ.get("MINZHENG_PICTURES")


def test_an_officer_finds_a_resource_and_answers_a_demand(
    publish: Callable[[], Edition], officer: User, members: None, open_page: Any
) -> None:
    publish()
    long = {
        "name": "死亡医学证明（推断）书签发信息",
        "provider": "省卫生健康委员会",
        "share_type": "2",
        "summary": "一段说明" * 40,
    }
    entries = [Said("https://data.example.gov/id/1", long), Said("2", {"name": "出生证明"})]
    take(
        kind=SourceKind.PORTAL, code="https://data.example.gov/catalogue/dcat-ap-3/very/long/address.ttl",
        name="省公共数据平台", said=Catalogue(entries, [Refusal("3", "没有名称")]),
        by_name="王晓", at=timezone.now(),
    )  # fmt: skip
    asked = {
        "title": "火化信息",
        "purpose": "停发待遇核实",
        "basis": "社会保险法",
        "on_behalf": "省人社厅",
        "items": "姓名；号码",
    }
    demands.ask(asked_of="330000", values=asked, by=officer, at=timezone.now())
    User.objects.filter(pk=officer.pk).update(roles=["data_officer", "administrator"])
    page = open_page()
    log_in(page, officer.username)
    one, source = Demand.objects.get(), CatalogueSource.objects.get()
    places = {
        "home": "/catalogue/", "entry": "/catalogue/entries/marriages/", "edition": "/catalogue/editions/1/",
        "draft": "/catalogue/draft/", "received": "/catalogue/received/", "source": f"/catalogue/received/{source.pk}/",
        "hosts": "/catalogue/hosts/", "demands": "/catalogue/demands/", "demand": f"/catalogue/demands/{one.pk}/",
        "ask": "/catalogue/demands/new/", "editions": "/catalogue/editions/",
    }  # fmt: skip
    wrong = []
    for name, place in places.items():
        page.goto(place)
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            wrong += [f"{name} {width}: {said}" for said in axe_violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(f"{name} {width}: wider than the screen")
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    assert not wrong, "\n".join(wrong)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("link", name="资源目录", exact=True).first.click()
    page.get_by_role("link", name="浙江省 殡葬").click()
    page.get_by_role("link", name="火化登记").click()
    assert page.get_by_role("heading", name="核心元数据").is_visible()
    page.goto(places["demand"])
    page.get_by_label("提供的资源").select_option(label="火化登记（30733033000007/000001）")
    page.get_by_role("button", name="提供", exact=True).click()
    assert page.get_by_text("已答复：提供。").is_visible()
