"""One search on the desk: what it says and shows, what is saved and taken away; households, organisations, places."""

import csv
import io
import re
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest
from django.utils import timezone
from tests.exchange.numbers import csv_text, number
from tests.node import filled, node, standards_of_this_run, transactional_db
from tests.stewardship.lookup.societies import HEADINGS, code, society

from minzheng.business.funeral.models import Cremation
from minzheng.business.relief.models import AllowancePayment
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.database.arrow import bulk
from minzheng.registry.models import Household, Organisation, Person, PersonClaim, Place
from minzheng.registry.places import ensure_division_places
from minzheng.stewardship.lookup import exporting, names
from minzheng.stewardship.lookup.models import SavedSearch

__all__ = ["node", "standards_of_this_run", "transactional_db"]
PERSONS = ("姓名", "公民身份号码", "户籍区划", "户籍地址", "与户主关系", "户主公民身份号码")
HOME = "浙江省杭州市西湖区北山街道曙光路1号"
PAYMENTS = (
    "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划", "月保障金额(元)",
    "发放月份", "银行卡号",
)  # fmt: skip
UNITS = "阳光公益服务中心"


@pytest.fixture
def places(node):
    """What they have, and the divisions of 浙江 as places."""
    filled(node, "lookup with places", what_they_have_and_places)


def row(name, serial, relation, head=1, division="330106"):
    return (name, number(serial), division, HOME, relation, number(head))


def what_they_have(node):
    node.bring(
        "persons", csv_text(PERSONS, row("王晓", 1, "户主"), row("李敏", 2, "妻"), row("王小明", 3, "子"))
    )
    paid = (
        "3301062023000001", "王晓", number(1), "李敏", number(2), "妻", "330106", "935", "202601", "6299995775919945440"
    )  # fmt: skip
    assert node.bring("allowances", csv_text(PAYMENTS, paid)).counts[:4] == (1, 1, 0, 1)
    node.bring("societies", csv_text(HEADINGS, society(f"杭州市{UNITS}", 1, "330100", "王晓")))


def what_they_have_and_places(node):
    what_they_have(node)
    ensure_division_places(at=timezone.now())


@pytest.fixture
def desk(client, node, request):
    if "places" in request.fixturenames:
        request.getfixturevalue("places")
    else:
        filled(node, "lookup", what_they_have)
    user = create_user(
        username="clerk", password="Xihu-Longjing-88", display_name="王经办", division_code="330100",
        roles=["clerk"], data_level=3, must_change_password=False,
    )  # fmt: skip
    client.force_login(user)
    return client


def find(desk, text, **filters):
    return desk.post("/search/", {"q": text} | filters, follow=True).content.decode()


def test_the_page_says_what_was_typed_and_shows_what_was_found_by_kind(desk, places):
    both = find(desk, "wang")
    assert "按“拼音或拼音首字母”查询" in both and "王晓" in both and "王小明" in both
    assert '<span class="note">2 人</span>' in both and "约" not in both
    west = find(desk, "西湖")
    assert "按“姓名或名称”查询" in west and re.search(r'href="/places/[0-9a-f-]+/">西湖区', west)
    assert f"杭州市{UNITS}" in find(desk, "阳光") and "没有查到" in find(desk, "查无此人")
    assert "请至少输入两个字母" in find(desk, "w")
    wrong = desk.post("/search/", {"q": "王", "since": "2026-02-01", "until": "2026-01-01"})
    assert wrong.status_code == 422 and "早于" in wrong.content.decode()
    assert "没有查到" in find(desk, "王晓", division="330105")
    by_code = desk.post("/search/", {"q": code(1, "330100")}, follow=True)
    assert by_code.redirect_chain[-1][0] == f"/organisations/{Organisation.objects.get().id}/"
    User.objects.update(division_code="330200")
    assert (
        "没有查到" in find(desk, "wang")
        and "没有查到" in find(desk, UNITS)
        and "没有查到" in find(desk, "西湖区")
    )


def test_a_page_s_script_is_answered_at_once_with_what_changes(desk, places):
    script = {"HX-Request": "true"}
    whole = desk.post("/search/", {"q": "wang"}, headers=script | {"HX-Target": "body"})
    part = desk.post("/search/", {"q": "wang"}, headers=script | {"HX-Target": "main"})
    for answer in (whole, part):
        assert answer.status_code == 200 and answer.headers["HX-Push-Url"] == "/search/"
        assert "王小明" in answer.content.decode()
    assert '<nav class="side"' in whole.content.decode() and '<nav class="side"' not in part.content.decode()
    assert "王小明" in desk.get("/search/").content.decode()  # a reload is told the same
    wrong = desk.post("/search/", {"q": "王", "since": "2026-02-01", "until": "2026-01-01"}, headers=script)
    assert wrong.status_code == 422 and "早于" in wrong.content.decode()
    straight = desk.post("/search/", {"q": code(1, "330100")}, headers=script)
    assert straight.status_code == 204
    assert straight.headers["HX-Redirect"] == f"/organisations/{Organisation.objects.get().id}/"


def test_many_are_counted_about_and_paged_by_a_cursor_that_tells_no_name(desk, monkeypatch):
    # Ask: pages of two make of three persons "many".
    from minzheng.stewardship.lookup.queries import persons

    monkeypatch.setitem(persons.find_persons.__kwdefaults__, "size", 1)
    first = find(desk, "wang")
    assert "约 2 人" in first
    (link,) = re.findall(r'rel="next"[^>]* href="([^"]+)"', first)
    link = link.replace("&amp;", "&")
    assert "wang" not in link and "王" not in link
    second = desk.get(link).content.decode()
    assert "第 2 页" in second and ("王小明" in second) != ("王小明" in first) and 'rel="next"' not in second
    (back,) = re.findall(r'rel="prev" data-previous aria-keyshortcuts="k" href="([^"]+)"', second)
    assert back == "/search/?kind=persons" and 'rel="prev"' not in first
    assert ("王小明" in desk.get(back).content.decode()) == ("王小明" in first)
    assert desk.get("/search/?kind=persons&after=made-up").status_code == 200


def test_a_search_is_saved_sealed_run_again_and_deleted_by_its_user_alone(desk):
    find(desk, "王晓", state="alive")
    saved = desk.post("/search/saved/", {"name": "常办的"}, follow=True).content.decode()
    assert "已保存为常用查询“常办的”" in saved
    kept = SavedSearch.objects.get()
    assert "王晓".encode() not in bytes(kept.query_cipher)
    find(desk, "李敏")
    again = desk.post(f"/search/saved/{kept.id}/run/", follow=True).content.decode()
    assert 'value="王晓"' in again and '<option value="alive" selected' in again
    other = create_user(
        username="other", password="Xihu-Longjing-88", display_name="他人", division_code="330100",
        roles=["clerk"], data_level=3, must_change_password=False,
    )  # fmt: skip
    desk.force_login(other)
    assert "常办的" not in desk.get("/search/").content.decode()
    assert desk.post(f"/search/saved/{kept.id}/run/").status_code == 404
    assert desk.post(f"/search/saved/{kept.id}/forget/").status_code == 404
    desk.force_login(User.objects.get(username="clerk"))
    desk.post(f"/search/saved/{kept.id}/forget/")
    assert not SavedSearch.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="search.").count() == 2


def taken(desk, **said):
    return desk.post("/search/export/", {"kind": "persons", "purpose": "核对名单", "form": "csv"} | said)


def test_results_are_taken_away_for_a_purpose_with_a_mark_and_a_limit(desk, monkeypatch):
    find(desk, "王")
    refused = taken(desk, purpose=" ")
    assert refused.status_code == 422 and "请写明用途" in refused.content.decode()
    assert not AuditEntry.objects.filter(action="search.export").exists()
    rows = list(csv.reader(io.StringIO(taken(desk).content.decode("utf-8-sig"))))
    mark = rows[0][0]
    assert all(part in mark for part in ("王经办", "杭州市", "核对名单", f"{timezone.localdate()}"))
    assert rows[1][0] == "姓名" and {r[0] for r in rows[2:]} == {"王晓", "王小明"}
    assert number(1) not in str(rows) and "330199********" in str(rows)
    entry = AuditEntry.objects.get(action="search.export")
    assert (entry.purpose, entry.detail["rows"], entry.detail["cut"]) == ("核对名单", 2, False)
    monkeypatch.setattr(exporting, "ROWS_AT_MOST", 1)
    sheet = openpyxl.load_workbook(BytesIO(taken(desk, form="xlsx").content)).active
    cells = [[cell for cell in line if cell] for line in sheet.iter_rows(values_only=True)]
    assert cells[0] == [mark] and "不止这些" in cells[1][0] and len(cells) == 4
    assert AuditEntry.objects.filter(action="search.export", detail__cut=True).count() == 1


def test_what_a_spreadsheet_would_run_is_taken_away_as_text(desk):
    import pyarrow as pa

    Organisation.objects.update(name="=阳光+1", name_key="=阳光+1")
    with bulk() as work:
        names.enter(work, names.ORGANISATIONS, pa.array(["=阳光+1"]))
        work.commit()
    find(desk, "阳光")
    rows = list(csv.reader(io.StringIO(taken(desk, kind="organisations").content.decode("utf-8-sig"))))
    assert rows[2][0] == "'=阳光+1"
    file = taken(desk, kind="organisations", form="xlsx")
    cell = openpyxl.load_workbook(BytesIO(file.content)).active["A3"]
    assert (cell.value, cell.data_type) == ("=阳光+1", "s")


def test_a_household_shows_who_belongs_who_did_and_what_they_dealt_with(desk, node):
    home = Household.objects.get(id=Person.objects.get(name="王晓").household_id)
    moved = row("王小明", 3, "户主", head=3)
    node.bring("persons", csv_text(PERSONS, row("王晓", 1, "户主"), row("李敏", 2, "妻"), moved))
    page = desk.get(f"/persons/{Person.objects.get(name='李敏').id}/household/", follow=True)
    assert page.redirect_chain[-1][0] == f"/households/{home.id}/"
    text = page.content.decode()
    now, _, before = text.partition("曾在户")
    assert "王晓户" in now and "李敏" in now and "王小明" not in now and "王小明" in before
    assert "3301062023000001" in text and "935.00 元" in text
    assert "曙光路1号" not in text and "杭州市西湖区" in text
    assert "户籍户" in text and "取自户主 · 人口底册" in text and "<dt>户籍地址</dt>" in text
    assert AuditEntry.objects.filter(action="household.view", object_id=str(home.id)).exists()
    User.objects.update(division_code="330200")
    assert desk.get(f"/households/{home.id}/").status_code == 404


def test_a_household_is_shown_as_known_on_a_day(desk, node):
    """王小明 moved out in a later file; on the day before it he was a member still, and nothing is said of what came after."""
    home = Household.objects.get(id=Person.objects.get(name="王晓").household_id)
    first, later = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 5, 1, 9, tzinfo=UTC)
    for claims in (PersonClaim, AllowancePayment):
        claims.objects.update(recorded_from=first)
    moved = row("王小明", 3, "户主", head=3)
    node.bring("persons", csv_text(PERSONS, row("王晓", 1, "户主"), row("李敏", 2, "母"), moved))
    PersonClaim.objects.filter(recorded_from__gt=first).update(recorded_from=later)
    PersonClaim.objects.filter(recorded_to__isnull=False).update(recorded_to=later)

    def page(on):
        text = desk.get(f"/households/{home.id}/", {"on": on}).content.decode()
        now, _, former = text.partition("曾在户")
        return text, now, former

    text, now, former = page("2026-04-30")
    assert "到 2026 年 4 月 30 日 为止所知" in text and 'value="2026-04-30"' in text
    assert (
        "王晓户" in now
        and "王小明" in now
        and "<td>妻</td>" in now
        and "<td>母</td>" not in text
        and not former
    )
    assert "当日成员" in text and "3301062023000001" in text
    text, now, former = page("2026-05-01")
    assert "<td>妻</td>" not in text and "李敏" in now and "王小明" not in now and "王小明" in former
    text, now, former = page("2026-02-28")
    assert "王晓" not in now.partition("</h1>")[2] and "3301062023000001" not in text and not former
    assert "不是日期" in page("昨天")[0]
    entry = AuditEntry.objects.filter(action="household.view", detail__known_on="2026-04-30").get()
    assert entry.object_id == str(home.id)
    User.objects.update(division_code="330200")
    assert desk.get(f"/households/{home.id}/?on=2026-04-30").status_code == 404


def test_a_place_is_shown_with_the_divisions_of_a_day(desk, places):
    """In 2020 there were 上城区 and 江干区, which became one; 西湖区 was there already."""
    city = Place.objects.get(division_code="330100", class_code="21000", ended_on=None)
    now = desk.get(f"/places/{city.id}/").content.decode()
    then = desk.get(f"/places/{city.id}/?on=2020-12-31").content.decode()
    assert (
        "江干区" in then
        and "江干区" not in now
        and "西湖区" in then
        and "临平区" in now
        and "临平区" not in then
    )
    assert "<dt>户籍人员</dt>" in now and "<dt>户籍人员</dt>" not in then
    assert "2020 年 12 月 31 日 的区划" in then and "当日的户籍人员数和机构数没有列出" in then


def test_a_division_tells_its_history_up_to_the_day(desk, places):
    """江干区 went into 上城区 in 2021."""
    upper = Place.objects.get(division_code="330102", class_code="21000", ended_on=None)
    now = desk.get(f"/places/{upper.id}/").content.decode()
    then = desk.get(f"/places/{upper.id}/?on=2020-12-31").content.decode()
    assert (
        "代码沿革" in now
        and "2021-04-09" in now
        and "江干区" in now
        and "国函〔2021〕29号" in now
        and "国务院批复" in now
    )
    assert "代码沿革" in then and "2021-04-09" not in then and "江干区" not in then


def test_a_place_counts_its_dealings_by_business_and_month_as_known_on_a_day(desk, places, node):
    node.bring(
        "cremations",
        "火化证号,殡仪馆,逝者姓名,逝者公民身份号码,死亡日期,火化日期,户籍地址\n"
        f"H000001,杭州市殡仪馆,李敏,{number(2)},2026-02-05,2026-02-07,{HOME}\n",
    )
    first = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for records in (AllowancePayment, Cremation):
        records.objects.update(recorded_from=first)
    west = Place.objects.get(division_code="330106", class_code="21000", ended_on=None)
    hall = Place.objects.get(name="杭州市殡仪馆")

    def counted(place, on):
        text = desk.get(
            f"/places/{place.id}/dealings/", {"on": on}, headers={"HX-Request": "true"}
        ).content.decode()
        heads = re.findall(r"data-series>([^<]+)</th>", text)
        lines = re.findall(r'<tr><th scope="row" class="nowrap">([^<]+)</th>(.*?)</tr>', text)
        return heads, {month: re.findall(r'data-value="(\d+)"', cells) for month, cells in lines}, text

    heads, months, text = counted(west, "2026-04-30")
    assert len(heads) == 2 and len(months) == 12 and min(months) == "2025-05" and max(months) == "2026-04"
    paid = next(at for at, head in enumerate(heads) if "低保" in head)
    assert (
        months["2026-01"][paid] == "1"
        and months["2026-02"][1 - paid] == "1"
        and months["2026-03"] == ["0", "0"]
    )
    assert "dist/charts.js" in text and "到这一天为止已登记的" in text
    assert "近十二个月没有业务往来" in counted(west, "2026-02-28")[2]
    heads, months, text = counted(hall, "2026-04-30")
    assert len(heads) == 1 and months["2026-02"] == ["1"] and "2026-03-01" in text
    page = desk.get(f"/places/{hall.id}/").content.decode()
    assert f"/places/{hall.id}/dealings/" in page and "没有登记，按行政区划定位，非精确位置" in page
    assert "<html" in desk.get(f"/places/{hall.id}/dealings/").content.decode()
    User.objects.update(division_code="330200")
    assert desk.get(f"/places/{west.id}/dealings/").status_code == 404


def test_an_organisation_shows_values_with_their_history_and_who_leads_it(desk, node):
    one = Organisation.objects.get()
    said = {"住所": "新华路2号", "法定代表人公民身份号码": number(2)}
    node.bring("societies", csv_text(HEADINGS, society(f"杭州市{UNITS}", 1, "330100", "李敏", **said)))
    text = desk.get(f"/organisations/{one.id}/").content.decode()
    assert "新华路2号" in text and "文三路1号" in text and "已被更正" in text
    assert re.search(r'<a href="/persons/[0-9a-f-]+/">李敏</a></td><td>法定代表人', text) and "王晓" in text
    assert "民办非企业单位" in text and "社会组织" in text
    assert "还没有这个机构的登记" in desk.get(f"/organisations/{one.id}/?on=2001-01-01").content.decode()
    User.objects.update(division_code="330200")
    assert desk.get(f"/organisations/{one.id}/").status_code == 404


def test_a_place_shows_where_it_lies_what_lies_in_it_and_a_map(desk, places, settings):
    west = Place.objects.get(division_code="330106", class_code="21000", ended_on=None)
    page = desk.get("/divisions/330106/", follow=True).content.decode()
    assert (
        "杭州市</a>" in page and "浙江省</a>" not in page
    )  # above the clerk's own division there is no page
    assert "<dt>户籍人员</dt><dd>3</dd>" in page and f"/places/{west.id}/map/" in page
    section = desk.get(f"/places/{west.id}/map/", headers={"HX-Request": "true"}).content.decode()
    assert "底图仅供示意" in section and "data-tiles" not in section and "界线仅供示意</span>" in section
    assert f'data-map="/places/{west.id}/map.json"' in section
    data = desk.get(f"/places/{west.id}/map.json").json()
    here = [f["properties"] for f in data["features"] if f["properties"]["here"]]
    assert [one["name"] for one in here] == ["西湖区"] and len(data["features"]) > 5
    assert 119 < data["bbox"][0] < data["bbox"][2] < 121
    settings.MAP_TILES = "https://map.example.gov/{z}/{x}/{y}.png"
    assert (
        'data-tiles="https://map.example.gov/{z}/{x}/{y}.png"'
        in desk.get(f"/places/{west.id}/map/").content.decode()
    )
    User.objects.update(division_code="330200")
    assert desk.get(f"/places/{west.id}/").status_code == 404
    assert desk.get(f"/places/{west.id}/map.json").status_code == 404


def test_only_those_who_may_look_people_up_may_search(desk):
    User.objects.update(roles=["auditor"])
    for place in (
        "/search/",
        "/search/export/",
        f"/organisations/{Organisation.objects.get().id}/",
        "/divisions/330106/",
    ):
        assert desk.get(place).status_code == 403
