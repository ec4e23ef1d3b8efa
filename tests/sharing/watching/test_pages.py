"""The pages of watching: what each division sees, calm and the same in words as on the map, in a real browser too."""

import json
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from tests.browser import PASSWORD, axe_violations, log_in
from tests.node import Node
from tests.sharing.making import officer

from minzheng.cli.watching import diagnose, watch
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.models import Place
from minzheng.registry.places import DIVISION_CLASS
from minzheng.sharing.between import tls
from minzheng.sharing.between.models import Batch, Road
from minzheng.sharing.watching import reports
from minzheng.sharing.watching.alarms import services
from minzheng.sharing.watching.alarms.readings import readings
from minzheng.sharing.watching.measuring import keeping
from minzheng.sharing.watching.models import Alarm, RoadState, Sample, Stream

NODES = {
    "330000": ("省民政厅", ""),
    "330100": ("杭州市", "330000"),
    "330106": ("西湖区", "330100"),
    "330200": ("宁波市", "330000"),
}
SHOTS = os.environ.get("WATCH_SHOTS", "")
PLACES = ["/watching/", "/watching/alarms/", "/watching/diagnose/", "/watching/map/", "/watching/uses/"]


@pytest.fixture
def watched(node: Node) -> datetime:
    """A province with two cities, one well, one silent for an hour; batches, one refused; two looks a minute apart."""
    now = timezone.now()
    certificate = tls.own_certificate()
    for n, (code, (name, upper)) in enumerate(NODES.items()):
        Member.objects.create(
            code=code, name=name, kind="node", division_code=code, upper_code=upper, address=f"https://127.0.0.1:{n + 1}",
            sign_key="ab" * 64, certificate=certificate, valid_from=now - timedelta(days=2), valid_to=now + timedelta(days=20),
        )  # fmt: skip
    Road.objects.create(peer_code="330100", reached_at=now, clock_ahead_ms=12)
    Road.objects.create(peer_code="330200", reached_at=now - timedelta(hours=1), problem="")
    for seq in range(1, 41):
        Batch.objects.create(
            direction="out", peer_code="330100", seq=seq, head={}, lines=10, size=900, root=f"{seq:064x}", made_at=now,
            acknowledged_at=now, counts={"subjects": 10, "sets": {"persons": 7, "marriages": 3}},
        )  # fmt: skip
    Batch.objects.create(
        direction="in", peer_code="330200", seq=1, head={}, lines=1, size=9, root="f" * 64, made_at=now, came_at=now,
        state="refused", problem="批体内容与批头的根摘要不符: 传输中被改动",
    )  # fmt: skip
    for n, code in enumerate(("330106", "330102", "330203")):
        ring = [[120 + n, 30], [120.9 + n, 30], [120.9 + n, 30.9], [120 + n, 30]]
        Place.objects.create(
            id=uuid7(now), class_code=DIVISION_CLASS, name=f"县{code}", division_code=code, shape="area",
            boundary={"type": "Polygon", "coordinates": [ring]}, created_at=now,
        )  # fmt: skip
    for minutes in (2, 1, 0):
        at = now - timedelta(minutes=minutes)
        keeping.look(at=at)
        reports.note_own(at=at)
        services.hold_against_rules(readings(at=at), at=at)
    RoadState.objects.create(
        lower_code="330106", upper_code="330100", condition="fine", told_by="330100", told_at=now, reached_at=now
    )  # fmt: skip
    return now


def page(client: Client, place: str, status: int = 200) -> str:
    answer = client.get(place)
    assert answer.status_code == status, place
    return str(answer.content.decode())


def test_streams_are_seen_with_their_data_sets_and_drilled_into(watched: datetime, client: Client) -> None:
    client.force_login(officer())
    text = page(client, "/watching/")
    for said in (
        "杭州市",
        "宁波市",
        "人口",
        "婚姻登记",
        "中断",
        "传输中被改动",
        "的登记还有 19 天到期",
        "因拒收而停",
    ):
        assert said in text, said
    assert ">6.7</td>" in text  # 400 within the hour
    whole = Stream.objects.get(peer_code="330100", direction="out", data_set="")
    persons = Stream.objects.get(peer_code="330100", direction="out", data_set="persons")
    assert (whole.batches, whole.units, whole.size, persons.units) == (40, 400, 36_000, 280)
    assert sum(Sample.objects.filter(stream=whole).values_list("batches", flat=True)) == 40
    one = page(client, f"/watching/streams/{whole.pk}/?page=2")
    assert "共 40 批" in one and "第 2 / 2 页" in one and f"{40:064x}" not in one and f"{1:064x}" in one
    assert "近一小时" in one and 'aria-current="true"' in one
    part = client.get("/watching/?way=node", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "every 30s" in part and "X-Background" in part
    assert "adaf" not in page(client, "/watching/?way=intake") and "还没有交换流" in page(
        client, "/watching/?way=intake"
    )


def test_a_city_sees_its_own_streams_alarms_and_roads_alone(watched: datetime, client: Client) -> None:
    client.force_login(officer("hangzhou", "330100"))
    for place in (
        "/watching/",
        "/watching/alarms/",
        "/watching/map/",
        "/watching/map/map.json",
        "/watching/diagnose/",
    ):
        assert "宁波" not in page(client, place), place
    assert "杭州市" in page(client, "/watching/")
    theirs = Stream.objects.filter(peer_code="330200").first()
    page(client, f"/watching/streams/{theirs.pk}/", 404)
    alarm = Alarm.objects.filter(subject__contains="330200").first()
    page(client, f"/watching/alarms/{alarm.pk}/", 404)
    assert client.post("/watching/diagnose/", {"peer": "330200"}).status_code == 404


def test_what_is_old_is_said_to_be_old(watched: datetime, client: Client) -> None:
    client.force_login(officer())
    Stream.objects.update(measured_at=watched - timedelta(hours=1))
    RoadState.objects.update(told_at=watched - timedelta(hours=1))
    assert "最近一次测量在" in page(client, "/watching/") and "未知" in page(client, "/watching/")
    assert "正常</span> <span" in page(client, "/watching/map/")  # the legend
    assert "told_by" not in page(client, "/watching/map/map.json")
    tones = [f["properties"]["tone"] for f in client.get("/watching/map/map.json").json()["features"]]
    assert "bad" not in tones and "none" in tones


def test_an_alarm_is_acknowledged_on_its_page(watched: datetime, client: Client) -> None:
    client.force_login(officer())
    alarm = Alarm.objects.get(rule="stopped")
    place = f"/watching/alarms/{alarm.pk}/"
    assert "发送方重新给出这一批" in page(client, place)
    short = client.post(f"{place}acknowledge/", {"note": "x"})
    assert short.status_code == 422 and "请写明怎样处理" in short.content.decode()
    done = client.post(f"{place}acknowledge/", {"note": "已通知宁波重发"}, follow=True).content.decode()
    assert "已通知宁波重发" in done and "确认告警</h2>" not in done


def test_map_and_table_say_the_same_and_the_diagnosis_one_sentence(watched: datetime, client: Client) -> None:
    client.force_login(officer())
    text = page(client, "/watching/map/")
    drawn = client.get("/watching/map/map.json").json()
    points = {
        f["properties"]["name"]: f["properties"]["tone"]
        for f in drawn["features"]
        if f["geometry"]["type"] == "Point"
    }
    assert points == {"省民政厅 正常": "ok", "杭州市 正常": "ok", "西湖区 正常": "ok", "宁波市 中断": "bad"}
    for said in points:
        name, state = said.split()
        row = text[text.index(f">{name}<span") :]
        assert state in row[: row.index("</tr>")], said
    lines = [f["properties"]["tone"] for f in drawn["features"] if f["geometry"]["type"] == "LineString"]
    assert sorted(lines) == ["bad", "ok", "ok"]
    areas = {
        f["properties"]["name"]: f["properties"]["tone"]
        for f in drawn["features"]
        if f["geometry"]["type"] == "Polygon"
    }
    assert areas == {"县330106": "ok", "县330203": "bad", "县330102": "ok"}  # 330102 has no node: its city's
    found = client.post("/watching/diagnose/", {"peer": "330200"}).content.decode()
    assert "没有服务在听; 请对方启动节点或核对端口; 它也没有主动来电" in found


def test_a_node_is_believed_about_roads_below_it_and_about_nothing_else(watched: datetime) -> None:
    hangzhou = Member.objects.get(code="330100")
    said = [
        {"lower": "330106", "condition": "broken", "problem": "断\0了" * 300, "backlog": "many", "told_at": "2199-01-01"},
        {"lower": "330200", "condition": "fine"}, {"lower": "330100", "condition": "broken"}, {"lower": "nobody"}, 7,
    ]  # fmt: skip
    assert reports.take(hangzhou, json.dumps({"roads": said}).encode(), at=watched) == 1
    kept = RoadState.objects.get(lower_code="330106")
    assert (kept.condition, kept.backlog, len(kept.problem), kept.told_at) == ("broken", 0, 300, watched)
    assert RoadState.objects.get(lower_code="330100").condition == "fine"
    for wrong in (b"", b"{}", b"[" * 100_000, json.dumps({"roads": [{}] * 2_001}).encode()):
        with pytest.raises(MemberError, match="格式不对"):
            reports.take(hangzhou, wrong, at=watched)
    with pytest.raises(MemberError, match="不是本节点的下级"):
        reports.take(Member.objects.get(code="330106"), b'{"roads": []}', at=watched)


def test_the_commands_say_the_same(watched: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minzheng.cli.watching.boot", lambda: None)  # the node of this process is up
    done = CliRunner().invoke(diagnose, ["330200", "--json"])
    assert done.exit_code == 1 and "1 条链路不通" in done.stderr
    assert "没有服务在听" in json.loads(done.stdout)[0]["sentence"]
    streams = json.loads(CliRunner().invoke(watch, ["--json"]).stdout)["streams"]
    (whole,) = [
        s for s in streams if (s["peer_code"], s["direction"], s["data_set"]) == ("330100", "out", "")
    ]
    assert (whole["batches"], whole["units"], whole["stopped"]) == (40, 400, False)
    assert "节点间交换 接收 宁波市 (330200) 全部: 积压 0" in CliRunner().invoke(watch).stdout


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_every_page_meets_axe_and_fits_the_screen(
    open_page: Any, watched: datetime, width: int, height: int
) -> None:
    officer("wangxiao")
    tab = open_page(width, height)
    log_in(tab, "wangxiao", PASSWORD)
    stream = Stream.objects.get(peer_code="330100", direction="out", data_set="")
    faults = {}
    for place in (
        *PLACES,
        f"/watching/streams/{stream.pk}/",
        f"/watching/alarms/{Alarm.objects.latest('id').pk}/",
    ):
        tab.goto(place)
        if "/map/" in place:
            tab.wait_for_selector(".map canvas")
            tab.wait_for_timeout(1500 if SHOTS else 0)
        faults[place] = axe_violations(tab)
        assert not tab.evaluate("document.documentElement.scrollWidth > window.innerWidth"), place
        if SHOTS:
            tab.screenshot(path=f"{SHOTS}/{width}{place.replace('/', '_')}.png", full_page=True)
    assert {place: found for place, found in faults.items() if found} == {}
