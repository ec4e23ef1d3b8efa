"""Webhooks by the node's own process to real servers: some slow, wrong, busy, gone, away; and where none may lead."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.node import Node, standards_of_this_run
from tests.sharing.making import cities, node, transactional_db
from tests.sharing.subscriptions.receivers import Receivers, receivers
from tests.sharing.subscriptions.telling import changed, system_with_grant, telling, until

from minzheng.exchange.intake import services as intakes
from minzheng.exchange.models import AllowedPlace
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.sharing.grants.changes import Cursor
from minzheng.sharing.grants.models import Grant, Use
from minzheng.sharing.subscriptions import services, signing
from minzheng.sharing.subscriptions.events import Batch
from minzheng.sharing.subscriptions.guard import UnreachableError, address_of
from minzheng.sharing.subscriptions.models import Attempt, Subscription
from minzheng.sharing.subscriptions.services.outcome import pause_s
from minzheng.sharing.subscriptions.terms import State, SubscriptionError
from minzheng_client import ForgedError, Webhook

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]
KINDS = ("good", "slow", "wrong", "busy", "gone", "redirect", "mute", "challenge")


@pytest.fixture
def there(node: Node, tmp_path: Path) -> Iterator[Receivers]:
    intakes.allow("127.0.0.1", by="测试", at=timezone.now())
    with receivers(tmp_path) as made:
        yield made


def hook(grant: Grant, there: Receivers, path: str, **more: Any) -> tuple[Subscription, str]:
    made = services.subscribe(
        client=grant.client_id, data_set="persons", name=path, way="webhook", url=there.url(path), ca=there.certificate,
        at=timezone.now(), **more,
    )  # fmt: skip
    return made.subscription, made.secret


def now(one: Subscription) -> Subscription:
    return Subscription.objects.get(pk=one.pk)


def test_each_receiver_for_itself_in_order_and_after_a_kill(node: Node, there: Receivers) -> None:
    grant = system_with_grant(fields=["person_person_name", "person_education_code"])
    made = {path: hook(grant, there, path) for path in KINDS}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = taken.getsockname()[1]
    down, _ = hook(grant, there, "down")
    Subscription.objects.filter(pk=down.pk).update(
        url=f"https://127.0.0.1:{away}/", state=State.OPEN, seen_at=timezone.now()
    )
    Subscription.objects.filter(pk=made["mute"][0].pk).update(dead_after_hours=1)
    with telling(node) as process:
        agreeing = [one.pk for path, (one, _) in made.items() if path != "mute"]
        until(
            lambda: Subscription.objects.filter(pk__in=agreeing, state=State.OPEN).count() == len(agreeing),
            60,
        )
        who = changed(node, "王晓", education_code="11")
        until(
            lambda: (
                there.times("slow") and "11" in there.states("good") and "11" in there.states("challenge")
            ),
            30,
        )
        changed(node, "王芳", education_code="12")
        changed(node, "王晓", education_code="13")
        until(lambda: {"12", "13"} <= set(there.states("good")) & set(there.states("challenge")), 30)
        assert "13" not in there.states("slow"), "nobody waits for the slow one"
        process.kill()  # with a delivery under way
        process.start()
        for path in ("slow", "wrong", "busy"):
            until(lambda path=path: {"12", "13"} <= set(there.states(path)), 60)
        until(lambda: now(made["gone"][0]).state == State.ENDED)
        until(lambda: now(made["redirect"][0]).failures and now(down).failures)
    for path in ("good", "slow", "wrong", "busy", "challenge"):
        states = [e["data"]["person_education_code"] for e in there.events(path) if e["subject"] == str(who)]
        assert states == sorted(states) and states[-1] == "13", (path, states)
        ids = [e["sequence"] for e in there.events(path)]
        assert list(dict.fromkeys(ids)) == sorted(set(ids)), "in order; what the kill left open comes again"
    first, second = there.times("busy")[:2]
    assert second - first >= 4, "as it asked for"
    assert (
        not there.times("elsewhere")
        and "不予转向" in Attempt.objects.filter(subscription=made["redirect"][0])[0].problem
    )
    assert (
        now(down).state == State.OPEN and "连接不上" in Attempt.objects.filter(subscription=down)[0].problem
    )
    assert now(made["mute"][0]).state == State.UNCONFIRMED and not there.events("mute")
    assert (
        "410" in now(made["gone"][0]).reason and Notice.objects.filter(title__contains="“gone”结束").exists()
    )
    used = Use.objects.filter(method="push", status=200)
    assert (
        used.count() >= 5 and who in used.first().subject_ids and len(bytes(used.first().answer_digest)) == 32
    )
    assert AuditEntry.objects.filter(action="subscription.sent", user_name="yibao", result="ok").exists()
    _signed(there, made["good"][1])


def _signed(there: Receivers, secret: str) -> None:
    _, _, headers, body = next(one for one in there.got if one[1] == "/good")
    checked = Webhook(secret, node_key=signing.public_key())
    assert checked.events(headers, body)[0]["specversion"] == "1.0"
    assert headers["Content-Type"].startswith("application/cloudevents-batch+json")
    assert headers["minzheng-key-id"] == signing.key_id()
    with pytest.raises(ForgedError):
        checked.verify(headers, body + b" ")
    with pytest.raises(ForgedError, match="SM2"):
        checked.verify(headers | {"minzheng-nonce": "0" * 32}, body)
    with pytest.raises(ForgedError, match="密钥"):
        Webhook("whsec_MDEyMzQ1Njc4OWFiY2RlZg==").verify(headers, body)
    with pytest.raises(ForgedError, match="时间戳"):
        Webhook(secret).verify(headers | {"webhook-timestamp": "1"}, body)


def test_who_fails_too_long_is_given_up_and_told_and_may_come_back(node: Node) -> None:
    grant = system_with_grant()
    made = services.subscribe(
        client="yibao", data_set="persons", way="webhook", url="https://hook.example/x", at=timezone.now()
    )
    one, at = made.subscription, timezone.now()
    assert (
        made.secret.startswith("whsec_")
        and bytes(one.secret_cipher)
        and made.secret.encode() not in bytes(one.secret_cipher)
    )
    failed = services.Outcome(500, 3, "接收方答复 500")
    Subscription.objects.filter(pk=one.pk).update(state=State.OPEN)
    one = now(one)
    batch = Batch([], Cursor(9), False, {})
    for hours in (0, 71):
        services.settle(one, grant, batch, failed, body=b"", at=at + timedelta(hours=hours))
        assert now(one).state == State.OPEN and now(one).next_at is not None
    services.settle(one, grant, batch, failed, body=b"", at=at + timedelta(hours=73))
    assert (
        now(one).state == State.DEAD and Notice.objects.filter(url=f"/subscriptions/{one.pk}/").count() == 1
    )
    back = services.resume(subscription=now(one), by="yibao", at=at)
    assert (back.state, back.failures, back.position) == (State.UNCONFIRMED, 0, one.position)
    stale = services.settle(one, grant, batch, services.Outcome(200, 1), body=b"", at=at)
    assert stale is False and now(one).position == one.position, "what was under way before moves nothing"
    assert 1 <= pause_s(1, None) <= 2 and 1800 <= pause_s(40, None) <= 3600 and pause_s(1, 50.0) == 50
    assert len({pause_s(5, None) for _ in range(5)}) > 1


def test_a_webhook_leads_nowhere_inside(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    system_with_grant()
    AllowedPlace.objects.all().delete()
    for inside in (
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",  # noqa: S104 - looked at
    ):
        with pytest.raises(UnreachableError, match="内网"):
            address_of(inside, 443)
    assert address_of("8.8.8.8", 443) == "8.8.8.8"
    asked: list[str] = []

    def answers(*found: str) -> Any:
        def resolve(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

        return resolve

    monkeypatch.setattr(socket, "getaddrinfo", answers("8.8.4.4"))
    assert address_of("hook.example", 443) == "8.8.4.4" and asked == ["hook.example"], (
        "asked once: what was judged is called"
    )
    monkeypatch.setattr(socket, "getaddrinfo", answers("8.8.4.4", "127.0.0.1"))
    with pytest.raises(UnreachableError):
        address_of("hook.example", 443)
    intakes.allow("10.1.2.0/24", by="测试", at=timezone.now())
    monkeypatch.setattr(socket, "getaddrinfo", answers("10.1.2.3"))
    assert address_of("hook.example", 443) == "10.1.2.3"
    for url in ("http://hook.example/", "https://a:b@hook.example/", "ftp://x", "https://", "x" * 600):
        with pytest.raises(SubscriptionError):
            services.subscribe(client="yibao", data_set="persons", way="webhook", url=url, at=timezone.now())
