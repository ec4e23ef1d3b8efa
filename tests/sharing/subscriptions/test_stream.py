"""Event streams by the node's own process and the reference client: resumed, ended with the grant, one batch held."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone
from tests.node import Node, standards_of_this_run
from tests.sharing.making import cities, granted, node, officer, system, transactional_db
from tests.sharing.subscriptions.telling import Telling, changed, telling, until

from minzheng.sharing.grants import services as granting
from minzheng.sharing.grants.models import Grant, Use
from minzheng.sharing.interfaces.credentials import issue_secret
from minzheng.sharing.subscriptions import services
from minzheng.sharing.subscriptions.models import Subscription
from minzheng_client import Client, RefusedError

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]


class Listening:
    """A subscriber's program: three lines in a thread."""

    def __init__(self, client: Client, **said: Any) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: RefusedError | None = None
        self.source = client.subscribe("persons", **said)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for event in self.source:
                self.events.append(event)
        except RefusedError as refused:
            self.refused = refused

    def schooling(self) -> list[str]:
        return [event["data"].get("person_education_code", "") for event in self.events]


@pytest.fixture
def there(node: Node, live_server: Any, settings: Any) -> Iterator[tuple[Telling, Client]]:
    by = officer()
    entered = system(by)
    granted(entered, by, division_code="330106")
    secret = issue_secret(client=entered, by=by, at=timezone.now())
    with telling(node) as process, Client(live_server.url, "yibao", secret) as client:
        settings.EVENTS_ADDRESS = process.address
        yield process, client


def test_three_lines_are_told_everything_until_the_grant_ends(
    node: Node, there: tuple[Telling, Client]
) -> None:
    process, client = there
    heard = Listening(client, name="核对", fields=["person_education_code"])
    only = Listening(client, name="离开", kinds=["withdrawn"])
    until(lambda: Subscription.objects.filter(seen_at__isnull=False).count() == 2, 60)
    began = time.monotonic()
    changed(node, "王晓", education_code="11")
    until(lambda: heard.schooling() == ["11"])
    assert time.monotonic() - began < 5, "as it happens"
    process.kill()
    changed(node, "王晓", education_code="12")
    changed(node, "王建国", education_code="13")
    process.start()
    until(lambda: heard.schooling() == ["11", "12", "13"], 60)
    assert only.events == []
    first = heard.events[0]["id"]
    again = _read(process, client, heard.source.subscription["stream"], first)
    assert [e["data"]["person_education_code"] for e in again] == ["12", "13"], "replayed from any place"
    one = Subscription.objects.get(name="离开")
    services.replay(subscription=one, begin="start", by="yibao", at=timezone.now())
    used = Use.objects.filter(method="push")
    assert used.count() >= 3 and used.first().ip == "127.0.0.1"
    until(lambda: heard.thread.is_alive() or heard.refused)
    shown = client.ask(f"/subscriptions/{one.pk}").json
    assert shown["way"] == "stream" and shown["state"] == "open" and shown["backlog"] >= 0
    with pytest.raises(RefusedError, match="已经存在"):
        client.subscribe("persons", name="核对")
    withdrawn = time.monotonic()
    granting.withdraw(grant=Grant.objects.get(), reason="用途已变", by=officer("other"), at=timezone.now())
    until(lambda: only.refused is not None)
    assert time.monotonic() - withdrawn < 4 and only.refused.code == "not-granted"
    _strangers(process, heard.source.subscription["stream"])


def _read(process: Telling, client: Client, stream: str, after: str) -> list[dict[str, Any]]:
    found = []
    headers = {"Authorization": f"Bearer {client.bearer()}"}
    with httpx.stream(
        "GET", f"{stream}?after={after}", headers=headers, timeout=20, trust_env=False
    ) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if len(found) == 2:
                    return found
    return found


def _strangers(process: Telling, stream: str) -> None:
    for headers, status in (({}, 401), ({"Authorization": "Bearer nothing"}, 401)):
        refused = httpx.get(stream, headers=headers, trust_env=False)
        assert refused.status_code == status and refused.headers["Content-Type"] == "application/problem+json"
    assert httpx.get(f"{process.address}/api/v1/data", trust_env=False).status_code == 404


def test_a_reader_who_takes_nothing_is_held_one_batch_and_no_more(
    node: Node, there: tuple[Telling, Client]
) -> None:
    """Forty thousand changes wait; the socket is never read: nothing is fetched beyond what the socket takes."""
    _, client = there
    source = client.subscribe("persons", begin="now")
    node.rows(
        """INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids)
        SELECT now(), 'persons', '330106', 'withdrawn', array_agg(gen_random_uuid()) FROM generate_series(1, 40000)
        RETURNING id"""
    )
    parts = urlsplit(source.subscription["stream"])
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.bearer()}\r\n\r\n".encode()
        )
        uses = Use.objects.filter(method="push")
        until(lambda: uses.exists(), 60)
        last = -1
        while (count := uses.count()) != last:  # until it stands still
            last = count
            time.sleep(1.5)
        assert last * 100 < 20_000, f"{last} batches were fetched for a reader who took nothing"
