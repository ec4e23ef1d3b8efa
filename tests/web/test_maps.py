"""Maps beside persons, households, organisations and places: where by division, in words and drawn; as known on a day."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from tests.browser import axe_violations, log_in
from tests.exchange.numbers import csv_text, number
from tests.node import node, standards_of_this_run, transactional_db
from tests.stewardship.lookup.societies import HEADINGS, society

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Organisation, Person, PersonClaim, Place
from minzheng.registry.places import ensure_division_places

__all__ = ["node", "standards_of_this_run", "transactional_db"]
PERSONS = ("姓名", "公民身份号码", "户籍区划", "户籍地址", "现居住地址", "与户主关系", "户主公民身份号码")
HOME, FLAT = "浙江省杭州市西湖区北山街道曙光路1号", "浙江省杭州市余杭区良渚街道莫干山路2号"
FRAGMENT = {"HX-Request": "true"}


def row(
    name: str, serial: int, division: str = "330106", home: str = HOME, flat: str = "", head: int = 1
) -> Any:
    return (name, number(serial), division, home, flat, "户主" if head == serial else "妻", number(head))


@pytest.fixture
def county(node: Any) -> Any:
    ensure_division_places(at=timezone.now())
    node.bring("persons", csv_text(PERSONS, row("王晓", 1, flat=FLAT), row("李敏", 2)))
    return node


@pytest.fixture
def desk(client: Any, county: Any) -> Any:
    client.force_login(create_user(
        username="clerk", password="Xihu-Longjing-88", display_name="王经办", division_code="330100",
        roles=["clerk"], data_level=3, must_change_password=False,
    ))  # fmt: skip
    return client


def section(desk: Any, place: str, **asked: Any) -> str:
    return str(desk.get(place, asked, headers=FRAGMENT).content.decode())


def shapes_of(desk: Any, text: str) -> dict[str, int]:
    """What the section's map marks: name → rank."""
    (place,) = re.findall(r'data-map="([^"]+)"', text)
    parts = urlsplit(place.replace("&amp;", "&"))
    found = desk.get(f"{parts.path}?{parts.query}").json()
    return {
        f["properties"]["name"]: f["properties"]["rank"] for f in found["features"] if f["properties"]["here"]
    }


def test_a_person_is_on_the_map_by_division_and_no_more_finely_than_is_known(desk: Any) -> None:
    who = Person.objects.get(name="王晓")
    page = desk.get(f"/persons/{who.id}/").content.decode()
    assert f'hx-get="/persons/{who.id}/map/"' in page and "dist/map.js" not in page and "data-map" not in page
    text = section(desk, f"/persons/{who.id}/map/")
    assert (
        "户籍地" in text
        and "浙江省杭州市西湖区北山街道" in text
        and "现居地" in text
        and "余杭区良渚街道" in text
    )
    assert text.count("按行政区划定位到乡镇（街道），非精确位置；图上画的是") == 2 and "底图仅供示意" in text
    assert "曙光路" not in text and "莫干山路" not in text
    assert shapes_of(desk, text) == {"西湖区": 1, "余杭区": 2}
    whole = desk.get(f"/persons/{who.id}/map/").content.decode()
    assert "<html" in whole and "北山街道" in whole
    assert AuditEntry.objects.filter(action="person.view", object_id=str(who.id)).count() == 2
    found = desk.get("/map.json?area=330203-1").json()
    assert found["features"] and not any("url" in f["properties"] for f in found["features"])
    near = desk.get("/map.json?area=330106-1").json()
    assert all("url" in f["properties"] for f in near["features"] if not f["properties"]["here"])
    for odd in ("", "?area=1", "?area=330106", "?point=x", "?area=330106-0"):
        assert desk.get(f"/map.json{odd}").json()["features"] == [], odd
    User.objects.update(division_code="330200")
    assert desk.get(f"/persons/{who.id}/map/").status_code == 404


def test_as_known_on_a_day_the_map_is_of_that_day(desk: Any, county: Any) -> None:
    """王晓 was registered in 江干区 in 2020, which became part of 上城区 in 2021."""
    then, later = datetime(2020, 3, 1, 9, tzinfo=UTC), datetime(2026, 5, 1, 9, tzinfo=UTC)
    PersonClaim.objects.update(recorded_from=then, hukou_division_code="330104", hukou_address_cipher=None)
    county.bring("persons", csv_text(PERSONS, row("王晓", 1, flat=FLAT), row("李敏", 2)))
    PersonClaim.objects.filter(recorded_from__gt=then).update(recorded_from=later)
    PersonClaim.objects.filter(recorded_to__isnull=False).update(recorded_to=later)
    who = Person.objects.get(name="王晓")
    assert shapes_of(desk, section(desk, f"/persons/{who.id}/map/"))["西湖区"] == 1
    text = section(desk, f"/persons/{who.id}/map/", on="2020-12-31")
    assert "江干区" in text and "后来有变更，图上画的是现今的上城区" in text and "西湖区" not in text
    assert shapes_of(desk, text)["上城区"] == 1
    assert "没有登记区划或地址" in section(desk, f"/persons/{who.id}/map/", on="2020-01-01")
    home = f"/households/{who.household_id}/"
    assert "江干区" in section(desk, f"{home}map/", on="2020-12-31")
    assert f"{home}map/?on=2020-12-31" in desk.get(home, {"on": "2020-12-31"}).content.decode()
    west = Place.objects.get(division_code="330106", ended_on=None)
    assert "data-map" in section(desk, f"/places/{west.id}/map/", on="2020-12-31")
    old = Place.objects.create(
        id=uuid7(timezone.now()), class_code="21000", name="江干区", division_code="330104", shape="area",
        created_at=then, ended_on="2021-04-09",
    )  # fmt: skip
    text = section(desk, f"/places/{old.id}/map/")
    assert "江干区后来有变更" in text and "上城区" in shapes_of(desk, text)


def test_a_household_is_where_its_head_is_and_an_organisation_at_its_seat(desk: Any, county: Any) -> None:
    home = Person.objects.get(name="王晓").household_id
    text = section(desk, f"/households/{home}/map/")
    assert "西湖区北山街道" in text and "户主现居地" in text and "良渚街道" in text
    assert f'hx-get="/households/{home}/map/"' in desk.get(f"/households/{home}/").content.decode()
    name = "西湖区阳光公益服务中心"
    county.bring("societies", csv_text(HEADINGS, society(name, 1, "330106", "王晓")))
    one = Organisation.objects.get()
    place = f"/organisations/{one.id}/map/"
    assert f'hx-get="{place}"' in desk.get(f"/organisations/{one.id}/").content.decode()
    text = section(desk, place)
    assert "西湖区" in text and "按行政区划定位到县（市、区），非精确位置" in text
    assert shapes_of(desk, text) == {"西湖区": 1}
    Place.objects.create(
        id=uuid7(timezone.now()), class_code="29000", name=name, division_code="330106", shape="point",
        longitude=120.13, latitude=30.27, created_at=timezone.now(),
    )  # fmt: skip
    text = section(desk, place)
    assert "按登记的坐标标出" in text and "按行政区划定位" not in text
    assert shapes_of(desk, text) == {"西湖区": 1, name: 1}
    User.objects.update(division_code="330200")
    assert desk.get(place).status_code == desk.get(f"/households/{home}/map/").status_code == 404


@pytest.mark.browser
def test_the_map_comes_when_it_is_scrolled_to_and_not_before(open_page: Any, county: Any) -> None:
    create_user(
        username="clerk", password="Xihu-Longjing-88", display_name="王经办", division_code="330000",
        roles=["clerk"], data_level=3, must_change_password=False,
    )  # fmt: skip
    for width, height in ((1366, 768), (390, 844)):
        page = open_page(width, height)
        log_in(page, "clerk")
        asked: list[str] = []
        page.on("request", lambda one, asked=asked: asked.append(urlsplit(one.url).path))
        page.goto(f"/persons/{Person.objects.get(name='王晓').id}/")
        page.wait_for_load_state("networkidle")
        assert not [path for path in asked if "map" in path]
        page.locator("#map-section").scroll_into_view_if_needed()
        expect(page.locator(".map canvas")).to_be_visible()
        expect(page.locator(".map-name")).to_have_text(["西湖区", "余杭区"])
        assert next(path for path in asked if "map" in path).endswith("/map/")
        assert page.locator(".where").inner_text().count("非精确位置") == 2
        assert axe_violations(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
