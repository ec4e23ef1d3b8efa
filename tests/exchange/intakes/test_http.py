"""Rows from a real interface: page by page, since the watermark, again where it is busy, every trouble one sentence."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from tests.exchange.intakes.entering import allow, checked, entered, failed, names, run
from tests.exchange.intakes.http_server import CLIENT, SECRET, Interface, http_server, row
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.exchange.adapters import http
from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import services, web
from minzheng.exchange.models import Intake

COLUMNS = "公民身份号码=zjhm\n户籍区划=dz.code"


@pytest.fixture
def there(node: Node, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Interface, str]]:
    monkeypatch.setattr(web, "FIRST_PAUSE_S", 0.01)
    with http_server() as (interface, url):
        allow("127.0.0.1")
        interface.rows = [
            row(n, "张三" + "一二三四五六七"[n - 1], f"2026-01-{n:02d} 08:00:00") for n in range(1, 8)
        ]
        yield interface, url


def source(url: str, *, cycle: int = 0, **said: Any) -> Intake:
    return entered("http", {"url": url, "rows": "data.list", "columns": COLUMNS} | said, cycle=cycle)


PAGED = {
    "page": {"paging": "page", "size_param": "size", "size": 3},
    "offset": {"paging": "offset", "page_param": "offset", "first": 0, "size_param": "size", "size": 3},
    "cursor": {
        "paging": "cursor",
        "page_param": "cursor",
        "next": "data.next",
        "size_param": "size",
        "size": 3,
    },
}


@pytest.mark.parametrize(("manner", "method"), [("page", "POST"), ("offset", "GET"), ("cursor", "GET")])
def test_all_pages_become_one_batch(there: tuple[Interface, str], manner: str, method: str) -> None:
    interface, url = there
    intake = source(f"{url}/{manner}", method=method, **PAGED[manner])
    assert "首页 3 行, 认得 公民身份号码、户籍区划、姓名" in checked(intake)
    interface.asked.clear()
    (batch,) = run(intake)
    assert batch.counts["read"] == batch.counts["created"] == 7
    assert len(interface.asked) == 3 and len(names()) == 7
    if method == "POST":
        assert interface.bodies[0]["size"] == 3, "numbers go as numbers"
    assert run(intake) == [], "the same content makes no batch"


def test_the_next_page_may_be_a_link_but_not_to_another_host(there: tuple[Interface, str]) -> None:
    interface, url = there
    intake = source(f"{url}/link?key=abc", paging="link", next="data.next")
    interface.link = "http://127.0.0.2:1/steal"
    assert "在另一台主机 (127.0.0.2), 没有访问" in failed(intake)
    interface.link = "/link?again=1"
    assert "下一页仍是同一页" in failed(intake)
    assert "abc" not in intake.problem


def test_only_what_changed_is_asked_for(there: tuple[Interface, str]) -> None:
    interface, url = there
    since = {"since_param": "since", "since_start": "2020-01-01 00:00:00", "changed": "gxsj", "overlap": 60}
    intake = source(f"{url}/all", **since)
    run(intake)
    assert interface.asked[-1] == {"since": "2020-01-01 00:00:00"}
    assert intake.reached["since"] == "2026-01-07 08:00:00"
    interface.rows += [row(8, "李四", "2026-01-07 07:30:00"), row(9, "王五", "2099-01-01 00:00:00")]
    (batch,) = run(intake)
    assert interface.asked[-1] == {"since": "2026-01-07 07:00:00"}, "an hour is looked back"
    assert batch.counts["read"] == 3 and batch.counts["created"] == 2
    assert intake.reached["since"] == "2026-01-07 08:00:00", "a time to come hides nothing that follows"
    assert len(run(intake, full=True)) == 1 and interface.asked[-1]["since"].startswith("2020")


def test_what_breaks_off_between_pages_is_gone_on_with(
    there: tuple[Interface, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interface, url = there
    monkeypatch.setattr(web, "ATTEMPTS", 2)
    intake = source(f"{url}/page", cycle=60, **PAGED["page"])
    interface.cut_at = 2
    assert "服务出错 (500), 请对方排查" in failed(intake)
    assert len(names()) == 6, "what came is in"
    assert intake.failures == 1 and intake.next_at - intake.pulled_at == timedelta(minutes=5)
    assert "服务出错" in failed(intake) and intake.next_at - intake.pulled_at == timedelta(minutes=10)
    interface.cut_at = None
    interface.asked.clear()
    (batch,) = run(intake)
    assert interface.asked == [{"page": "3", "size": "3"}] and batch.counts["read"] == 1
    assert len(names()) == 7 and intake.failures == 0 and "sweep" not in intake.reached


def test_a_place_that_is_no_longer_known_is_left_for_the_beginning(
    there: tuple[Interface, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interface, url = there
    monkeypatch.setattr(http, "CHUNK_ROWS", 3)
    monkeypatch.setattr(web, "ATTEMPTS", 1)
    intake = source(f"{url}/cursor", **PAGED["cursor"])
    interface.cut_at = 1
    failed(intake)
    interface.cut_at = None
    interface.troubles = [(410, {})]
    assert "不接受这个请求 (410)" in failed(intake)
    run(intake)
    assert interface.asked[-3] == {"size": "3"} and len(names()) == 7


def test_a_busy_server_is_asked_again_when_it_says_so(
    there: tuple[Interface, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interface, url = there
    waited: list[float] = []
    monkeypatch.setattr(web.time, "sleep", waited.append)
    intake = source(f"{url}/all", cycle=10)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    interface.troubles = [(503, {}), (0, {}), (429, {"Retry-After": soon})]
    assert len(run(intake)) == 1
    assert waited[:2] == [0.01, 0.02] and 15 < waited[2] <= 20
    interface.troubles = [(429, {"Retry-After": "7200"})]
    assert "要求放慢请求 (429)" in failed(intake)
    assert intake.next_at - intake.pulled_at == timedelta(hours=2), (
        "nobody is asked before the time it has said"
    )


def test_tokens_are_fetched_and_fetched_anew(there: tuple[Interface, str]) -> None:
    interface, url = there
    auth = {"auth": "oauth2", "token_url": f"{url}/token", "client_id": CLIENT, "client_secret": SECRET}
    interface.wants = "Bearer t1"  # the first one has run out
    intake = source(f"{url}/page", **PAGED["page"], **auth)
    run(intake)
    assert len(names()) == 7 and interface.tokens == {"t0", "t1"}
    with pytest.raises(IntakeError, match="请重新填写"):
        services.change(intake, values=dict(intake.settings) | {"token_url": f"{url}/other"}, cycle_minutes=0,
                        by=None, at=timezone.now())  # fmt: skip
    intake.delete()
    wrong = source(f"{url}/page", **(auth | {"client_secret": "wrong"}))
    assert "不接受本节点的凭据 (401)" in checked(wrong) and "wrong" not in checked(wrong)
    wrong.delete()
    interface.wants = "Token abc"
    assert "连接正常" in checked(source(f"{url}/page", auth="header", header_value="Token abc"))


def test_a_csv_is_taken_as_it_comes(there: tuple[Interface, str]) -> None:
    interface, url = there
    interface.raw = people(person("王晓", 1), person("李芳", 2)).encode("gb18030")
    intake = source(f"{url}/all", format="csv", columns="")
    (batch,) = run(intake)
    assert batch.counts["created"] == 2 and names() == {"王晓", "李芳"} and run(intake) == []


def test_every_trouble_is_one_sentence(there: tuple[Interface, str], monkeypatch: pytest.MonkeyPatch) -> None:
    interface, url = there
    monkeypatch.setattr(web, "ATTEMPTS", 1)

    def said(raw: bytes | None = None, trouble: int | None = None, where: str = url, **more: Any) -> str:
        interface.raw, interface.troubles = (
            raw,
            [(trouble, {"Location": "http://elsewhere/"})] if trouble else [],
        )
        intake = source(f"{where}/all?key=Geheim-789", **more)
        sentence = checked(intake)
        intake.delete()
        assert "Geheim" not in sentence
        return sentence

    assert "返回的不是有效的 JSON" in said(b"<html>")
    assert "不是行的数组, 请核对“行的位置”" in said(rows="data.total")
    assert "返回的行不是对象" in said(b'{"data": {"list": [1, 2]}}')
    assert "没有一列认得, 请填写“列对应”" in said(b'{"data": {"list": [{"x": 1}]}}')
    assert "没有这个地址 (404)" in said(trouble=404)
    assert "要求转到别处 (302)" in said(trouble=302)
    assert "连接不上 http://127.0.0.1:1/all, 请核对地址和端口" in said(where="http://127.0.0.1:1")
    assert "不在允许访问的地址之内" in said(where="http://127.0.0.3:80")
    monkeypatch.setattr(web, "MOST_BYTES", 100)
    assert "一次返回超过" in said()
    monkeypatch.setattr(web, "TIMEOUT", web.httpx.Timeout(0.2))
    interface.drip = 0.5
    assert "秒没有传来数据, 请对方排查" in said()
    monkeypatch.setattr(services, "CHECK_S", 0.5)
    interface.drip = 0.1
    assert "没有在时限内传完" in said()
    interface.drip = 0


def test_a_name_that_leads_to_this_machine_is_not_followed(
    there: tuple[Interface, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interface, url = there
    services.disallow(services.allow("127.0.0.1", by=None, at=timezone.now()), by=None, at=timezone.now())
    allow("localhost")
    local = url.replace("127.0.0.1", "localhost")
    assert "指向本机或保留地址" in checked(source(f"{local}/all")) and interface.asked == []
    Intake.objects.all().delete()
    allow("127.0.0.0/8", "::1")
    answers, look_up = iter(["127.0.0.1", "127.0.0.9"]), socket.getaddrinfo

    def other_each_time(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host == "localhost":
            return [(2, 1, 6, "", (next(answers), port))]
        return look_up(host, port, *more, **named)

    monkeypatch.setattr("minzheng.exchange.intake.places.socket.getaddrinfo", other_each_time)
    assert "连接正常" in checked(source(f"{local}/all"))
    assert interface.paths[-1] == local.removeprefix("http://"), "the name is kept in the request"
    assert next(answers) == "127.0.0.9", "it was looked up once, and that address was connected to"
