"""The pages of subscriptions: what stands where, replay, pause, end; by the owner and the subscriber, and nobody else."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.browser import axe_violations, log_in
from tests.node import Node, standards_of_this_run
from tests.sharing.making import cities, granted, node, officer, system, transactional_db

from minzheng.foundation.audit.models import AuditEntry
from minzheng.sharing.grants.changes import Cursor
from minzheng.sharing.subscriptions import services
from minzheng.sharing.subscriptions.events import Batch
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.terms import State

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


@pytest.fixture
def hook(node: Node) -> Subscription:
    """A webhook of 宁波's system on rows of 西湖区, that has failed once."""
    by = officer("of-yibao")
    entered = system(by, "yibao", office="宁波市医保局", division_code="330200")
    granted(entered, by, division_code="330106")
    made = services.subscribe(
        client="yibao", data_set="persons", way="webhook", name="参保核对", url="https://hook.example/minzheng",
        at=timezone.now(),
        wanted={"kinds": ["updated", "withdrawn"], "codes": {"person_sex_code": ["1"]}, "fields": ["person_person_name"]},
        begin="start",
    ).subscription  # fmt: skip
    Subscription.objects.filter(pk=made.pk).update(state=State.OPEN, seen_at=timezone.now())
    made.refresh_from_db()
    failed = services.Outcome(503, 812, "接收方答复 503, 要求稍后再送", 600.0)
    services.settle(
        made,
        made.grant,
        Batch([{"id": "1.1"}], Cursor(1, 1), False, {}),
        failed,
        body=b"[]",
        at=timezone.now(),
    )
    made.refresh_from_db()
    return made


def test_owner_and_subscriber_see_and_act_and_no_one_else(hook: Subscription, client: Client) -> None:
    client.force_login(officer("owner", "330106"))
    page = text(client.get("/subscriptions/"))
    assert "参保核对" in page and "宁波市医保局" in page and "重试中 (连续失败 1 次)" in page
    address = f"/subscriptions/{hook.pk}/"
    page = text(client.get(address))
    for said in (
        "接收方答复 503, 要求稍后再送",
        "变更: 更新、撤回",
        "性别: 男",
        "字段: 姓名",
        "积压",
        "72 小时后停止",
    ):
        assert said in page, said
    assert "没有符合条件" in text(client.get("/subscriptions/?state=dead"))
    assert client.post(f"{address}pause/").status_code == 302 and "已暂停" in text(client.get(address))
    assert "不能暂停" in text(client.post(f"{address}pause/"), 422)
    subscriber = Client()
    subscriber.force_login(officer("subscriber", "330200"))
    assert "参保核对" in text(subscriber.get("/subscriptions/"))
    assert subscriber.post(f"{address}resume/").status_code == 302
    ago = timezone.localtime(timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert subscriber.post(f"{address}replay/", {"since": ago, "cursor": ""}).status_code == 302
    assert "不是日期" in text(subscriber.post(f"{address}replay/", {"since": "昨天"}), 422)
    assert subscriber.post(f"{address}replay/", {"cursor": "7.2"}).status_code == 302
    hook.refresh_from_db()
    assert (hook.position, hook.within, hook.state, hook.next_at) == (7, 2, State.OPEN, None)
    stranger = Client()
    stranger.force_login(officer("stranger", "330300"))
    assert "还没有订阅" in text(stranger.get("/subscriptions/"))
    assert stranger.get(address).status_code == 404 == stranger.post(f"{address}end/").status_code
    reader = Client()
    reader.force_login(officer("reader", "330106", 3, "clerk"))
    assert "结束订阅" not in text(reader.get(address)) and reader.post(f"{address}end/").status_code == 403
    assert client.post(f"{address}end/").status_code == 302
    assert "由数据提供方结束" in text(client.get(address))
    acts = set(AuditEntry.objects.filter(object_kind="subscription").values_list("action", flat=True))
    assert {f"subscription.{act}" for act in ("make", "sent", "pause", "resume", "replay", "end")} <= acts


@pytest.mark.browser
def test_the_pages_in_a_browser(hook: Subscription, open_page: Any, tmp_path: Path) -> None:
    officer("desk", "330000", 4, "data_officer", "clerk")
    for width, height in ((1366, 768), (390, 844)):
        page = open_page(width, height)
        log_in(page, "desk")
        for n, place in enumerate(("/subscriptions/", f"/subscriptions/{hook.pk}/")):
            page.goto(place)
            page.wait_for_load_state()
            page.screenshot(path=tmp_path / f"subscriptions-{n}-{width}.png", full_page=True)
            assert axe_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
