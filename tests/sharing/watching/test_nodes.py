"""Three real nodes watch each other: what waits, what came, who refuses, and every way in which a road can be broken."""

import datetime
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.exchange.numbers import people, person
from tests.node import MakeApart
from tests.sharing.between.nodes import Node, joined
from tests.sharing.watching.collector import Collector, collecting
from tests.sharing.watching.openlineage import faults_of


@pytest.fixture(autouse=True)
def watching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "module", "tests.sharing.watching.agent")


def test_three_nodes_are_watched_and_every_broken_road_is_named(
    make_apart: MakeApart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One story after another on the same nodes: starting them is the dear part."""
    with collecting() as collector:
        monkeypatch.setenv("MINZHENG_OTLP", collector.address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        monkeypatch.setenv("MINZHENG_OPENLINEAGE", str(tmp_path / "lineage.ndjson"))
        with joined(make_apart, "330000", "330100", "330106", "330200") as (province, city, county, ningbo):
            _what_waits_and_what_came_is_measured(province, city, county)
            _one_trace_leads_from_the_province_to_the_county(province, county, collector)
            _the_figures_leave_too(province, collector)
            _what_was_exchanged_is_told_as_lineage(tmp_path / "lineage.ndjson")
            _roads_are_told_upward(province, city, county)
            _a_good_road_is_said_to_be_good(city, province)
            _every_fault_is_said_in_one_sentence(province, city, ningbo)


def stream(node: Node, peer: str, direction: str, data_set: str = "") -> dict[str, Any]:
    found = node.do("watch")["streams"]
    (one,) = [
        s for s in found
        if (s["way"], s["peer_code"], s["direction"], s["data_set"]) == ("node", peer, direction, data_set)
    ]  # fmt: skip
    return one


def _what_waits_and_what_came_is_measured(province: Node, city: Node, county: Node) -> None:
    province.do("look")
    batch = province.do(
        "bring", feed="persons", text=people(*[person(f"王{c}", n) for n, c in enumerate("甲乙丙丁戊", 1)])
    )
    assert batch["accepted"] == 5
    province.batch = batch["id"]
    city.do("fetch")  # routed by whoever asks; nothing is lost by looking first
    county.do("fetch")
    whole, persons = stream(province, "330100", "out"), stream(province, "330100", "out", "persons")
    assert (whole["backlog"], persons["units"], persons["backlog"]) == (0, 5, 0)
    assert whole["batches"] == persons["batches"] == 1 and persons["last_success_at"]
    came = stream(city, "330000", "in", "persons")
    assert came["units"] == 5 and came["batches"] == 1 and came["last_success_at"]
    # More is waiting, for some time: backlog and lag, by data set.
    province.do("bring", feed="persons", text=people(person("李后", 9)))
    assert city.do("fetch_unacknowledged")
    waits = stream(province, "330100", "out", "persons")
    assert waits["backlog"] == 1 and waits["lag_s"] >= 0
    aged = "UPDATE between_dispatch SET changed_at = now() - interval '2 hours'"
    province.do("sql", query=aged)
    assert stream(province, "330100", "out")["lag_s"] >= 7200
    province.do("look", after_s=120)
    kept = province.value("SELECT max(lag_s) FROM watching_sample")
    assert kept >= 7200
    city.do("fetch"), county.do("fetch")
    # A batch that is not taken stands on the receiver's side as refused, and stops the stream.
    refuse = "UPDATE foundation_member SET sign_key = repeat('ab', 64) WHERE code = '330000'"
    kept_key = city.value("SELECT sign_key FROM foundation_member WHERE code = '330000'")
    province.do("bring", feed="persons", text=people(person("周新", 11)))
    city.do("sql", query=refuse)
    with pytest.raises(AssertionError, match="签名"):
        city.do("fetch")
    city.do("sql", query=f"UPDATE foundation_member SET sign_key = '{kept_key}' WHERE code = '330000'")
    assert not stream(city, "330000", "in")[
        "stopped"
    ]  # the answer's signature failed: nothing came to be kept
    city.do("fetch"), county.do("fetch")


def _one_trace_leads_from_the_province_to_the_county(
    province: Node, county: Node, collector: Collector
) -> None:
    trace = province.batch.replace("-", "")
    wanted = {
        ("exchange.bring_in", "330000"), ("between.make", "330000"), ("between.take", "330100"),
        ("between.make", "330100"), ("between.take", "330106"),
    }  # fmt: skip
    spans = collector.wait_for_spans(
        lambda found: wanted <= {(s.name, s.node) for s in found if s.trace == trace}
    )
    mine = [one for one in spans if one.trace == trace]
    known = {one.span for one in mine}
    assert [one.name for one in mine if one.parent not in known] == [
        "exchange.bring_in"
    ]  # one root, no loose ends
    assert "王" not in json.dumps(collector.texts, ensure_ascii=False)


def _the_figures_leave_too(province: Node, collector: Collector) -> None:
    assert province.do("figures")
    found = {
        (name, said.get("peer"), said.get("direction"), said.get("data_set")): value
        for name, said, value in collector.figures
    }
    assert found["minzheng.exchange.units", "330100", "out", "persons"] == 6
    assert found["minzheng.exchange.lag", "330100", "out", ""] >= 7200
    assert {"minzheng.exchange.backlog", "minzheng.exchange.refused", "minzheng.alarms.open"} <= {
        key[0] for key in found
    }
    assert ("minzheng.road.clock_ahead", None, None, None) in found


def _what_was_exchanged_is_told_as_lineage(path: Path) -> None:
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert events and not [fault for event in events for fault in faults_of(event)]
    runs: dict[str, list[str]] = {}
    for event in events:
        runs.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert all(kinds[0] == "START" and len(kinds) <= 2 for kinds in runs.values())
    done = {event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE"}
    brought = done["bring-in.persons"]
    assert brought["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] in (1, 5)
    assert "姓名" in [field["name"] for field in brought["inputs"][0]["facets"]["schema"]["fields"]]
    sent = done["exchange.send.330100"]
    assert sent["outputs"][0]["name"] == "330000-330100/persons" and sent["inputs"][0]["name"] == "persons"


def _roads_are_told_upward(province: Node, city: Node, county: Node) -> None:
    for node in (county, city, province):
        node.do("look", after_s=200)
    told = {lower: (condition, by) for lower, condition, by in province.do("told")}
    assert (
        told["330100"][1] == "330000" and told["330106"][1] == "330100"
    )  # the county's road, told by its city
    kept = city.do("forge_report", lower="330200")
    assert kept["kept"] == 0 and {row[0]: row[2] for row in province.do("told")}["330200"] == "330000"


def _a_good_road_is_said_to_be_good(city: Node, province: Node) -> None:
    found = city.do("diagnose", code="330000")
    assert found["ok"], found
    assert [one["step"] for one in found["steps"]] == [
        "本节点证书", "地址", "TCP 连接", "TLS", "对方证书", "签名回声", "时间", "成员名录", "协议", "流位置",
    ]  # fmt: skip
    assert found["sentence"] == "与 节点330000 (330000) 的链路正常。"
    below = province.do("diagnose", code="330100")
    assert below["ok"] and below["steps"][-1]["step"] == "来电"


def _every_fault_is_said_in_one_sentence(province: Node, city: Node, ningbo: Node) -> None:
    def said(node: Node = city, code: str = "330000") -> str:
        found = node.do("diagnose", code=code)
        assert not found["ok"] and found["sentence"].count("。") == 1 and found["sentence"].endswith("。")
        return str(found["sentence"])

    # The province's clock is two hours fast, then right again.
    province.do("clock", ahead_s=7200)
    assert "时钟比本节点快 2.0 小时" in said()
    province.do("clock", ahead_s=0)
    # The list here is older than the province's.
    province.do("revoke", code="330200")
    assert "本节点的成员名录是第 4 版, 已有第 5 版" in said()
    # Revoked: refused by the province, said by it.
    assert "拒绝了本节点" in said(ningbo) and "吊销" in said(ningbo)
    # Another machine answers at the province's address.
    right = city.value("SELECT address FROM foundation_member WHERE code = '330000'")
    moved = "UPDATE foundation_member SET address = '{}' WHERE code = '330000'"
    city.do("sql", query=moved.format(f"https://127.0.0.1:{ningbo.port}"))
    assert "出示的不是名录中的证书, 而是 CN=minzheng-330200" in said()
    city.do("sql", query=moved.format("https://no-such-host.invalid:8443"))
    assert "解析不到" in said()
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as plain:  # something that is no TLS: it accepts and is silent
        plain.settimeout(10)
        city.do("sql", query=moved.format(f"https://127.0.0.1:{plain.getsockname()[1]}"))
        assert "不能建立 TLS 1.3 连接" in said()
    city.do("sql", query=moved.format(right))
    # Its certificate has run out: a door that really shows one.
    old = _ran_out("minzheng-330000")
    key_file = province.apart.home / "keys" / "tls.pem"
    good = key_file.read_text()
    certificate = city.value("SELECT certificate FROM foundation_member WHERE code = '330000'")
    key_file.write_text(old)
    province.again()
    put = "UPDATE foundation_member SET certificate = '{}' WHERE code = '330000'"
    city.do("sql", query=put.format(old[old.index("-----BEGIN CERTIFICATE") :]))
    assert "的证书已于 2020-01-01 到期" in said()
    city.do("sql", query=put.format(certificate))
    key_file.write_text(good)
    # It is off: nothing listens.
    province.kill()
    assert "没有服务在听; 请对方启动节点或核对端口。" in said()


def _ran_out(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin, end = (
        datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    )
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(7).not_valid_before(begin).not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + made.public_bytes(serialization.Encoding.PEM)).decode()
