"""Pages of the return and of disputes: a county disputes a value of its own person, the source's node answers; what is missing is listed."""  # noqa: E501

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser import PASSWORD, axe_violations, log_in
from tests.exchange.numbers import people, person
from tests.node import Node, node, standards_of_this_run, transactional_db

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.sharing.between.models import Completeness, Gap
from minzheng.stewardship.quality.models import Dispute, Ticket

__all__ = ["node", "standards_of_this_run", "transactional_db"]


def account(name: str, division: str, *roles: str) -> User:
    return create_user(
        username=name, password=PASSWORD, display_name="王晓", division_code=division, roles=list(roles), data_level=3,
        must_change_password=False,
    )  # fmt: skip


def checked(division: str = "330106", *, missing: int = 1) -> Completeness:
    """What a check of this node found: one person's claim is missing."""
    row = Completeness.objects.create(
        peer_code="330000", checked_at=timezone.now(), data_set="persons", division_code=division, expected=430,
        held=430 - missing, missing=missing, extra=0, in_flight=3,
    )  # fmt: skip
    Gap.objects.bulk_create(
        Gap(of=row, kind="missing", item_id=uuid4(), subject_id=uuid4()) for _ in range(missing)
    )
    return row


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def county(client: Client, node: Node) -> Client:
    node.bring("persons", people(person("王晓", 1), person("赵敏", 2, 户籍区划="330203")), source="省公安厅")
    client.force_login(account("county", "330106", "clerk"))
    return client


def test_a_value_is_disputed_and_put_right_by_the_source_s_node(county: Client, node: Node) -> None:
    mine, other = (
        node.value(f"SELECT id FROM registry_person WHERE name = '{name}'") for name in ("王晓", "赵敏")
    )
    assert f"/quality/disputes/new/{mine}/" in text(county.get(f"/persons/{mine}/"))
    assert county.get(f"/quality/disputes/new/{other}/").status_code == 404  # another county's
    page = text(county.get(f"/quality/disputes/new/{mine}/"))
    assert "联系电话：138****0001" in page and "公民身份号码：" not in page
    key = page.split('|联系电话"')[0].rsplit('"', 1)[1] + "|联系电话"
    given = {"value": key, "proposed": "13955556666", "reason": "", "evidence": ""}
    assert "请写明理由" in text(county.post(f"/quality/disputes/new/{mine}/", given))
    assert not Dispute.objects.exists()
    answer = county.post(f"/quality/disputes/new/{mine}/", given | {"reason": "本人来电说明"})
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/quality/tickets/{ticket.pk}/" and ticket.division_code == "330106"
    assert "已有校核在办理中" in text(
        county.post(f"/quality/disputes/new/{mine}/", given | {"reason": "再次"})
    )
    page = text(county.get(f"/quality/tickets/{ticket.pk}/"))
    assert "139****66" in page and "采纳并更正入库" not in page
    assert county.post(f"/quality/tickets/{ticket.pk}/verdict/", {"verdict": "refused"}).status_code == 403
    source = Client()
    source.force_login(account("source", "330000", "data_officer"))
    assert "13955556666" in text(source.get(f"/quality/tickets/{ticket.pk}/"))
    assert "有异议" in text(source.get("/quality/tickets/"))
    wrong = source.post(
        f"/quality/tickets/{ticket.pk}/verdict/", {"verdict": "accepted", "value": "12"}, follow=True
    )
    assert "更正后的值不符合标准" in text(wrong)
    said = {"verdict": "accepted", "value": "13955556666"}
    assert "已更正入库" in text(source.post(f"/quality/tickets/{ticket.pk}/verdict/", said, follow=True))
    ticket.refresh_from_db()
    assert ticket.state == "closed" and ticket.outcome.startswith("已更正") and ticket.closed_batch_id
    assert "139****6666" in text(county.get(f"/persons/{mine}/"))
    steps = AuditEntry.objects.filter(detail__dispute=str(Dispute.objects.get().id)).exclude(
        action="quality.dispute_view"
    )
    assert list(steps.order_by("id").values_list("action", flat=True)) == [
        "quality.dispute_raise", "quality.dispute_arrive", "quality.dispute_accept",
    ]  # fmt: skip


def test_a_county_sees_what_it_misses_and_no_other_county_s(county: Client) -> None:
    own, theirs = checked(), checked("330203", missing=2)
    desk = Client()
    desk.force_login(account("officer", "330106", "data_officer"))
    page = text(desk.get("/returning/"))
    assert "99.76%" in page and "杭州市西湖区" in page and "海曙" not in page
    assert str(Gap.objects.get(of=own).item_id) in text(desk.get(f"/returning/{own.pk}/"))
    assert desk.get(f"/returning/{theirs.pk}/").status_code == 404
    assert county.post("/returning/check/").status_code == 403  # a clerk
    assert county.get("/returning/").status_code == 403


@pytest.mark.browser
def test_the_pages_fit_both_screens(open_page: Callable[..., Page], county: Client, node: Node) -> None:
    account("officer", "330000", "clerk", "data_officer")
    mine, row = node.value("SELECT id FROM registry_person WHERE name = '王晓'"), checked()
    page = open_page()
    log_in(page, "officer")
    page.goto(f"/persons/{mine}/")
    page.get_by_role("link", name="提出校核").click()
    _good(page, "new")
    page.get_by_label("来源所报的值").select_option(label="联系电话：138****0001")
    page.get_by_label("应为").fill("13955556666")
    page.get_by_label("理由").fill("本人来电说明")
    page.get_by_role("button", name="提出校核").click()
    expect(page.get_by_role("button", name="采纳并更正入库")).to_be_visible()
    _good(page, "ticket")
    for name, place in (
        ("person", f"/persons/{mine}/"),
        ("overview", "/returning/"),
        ("gaps", f"/returning/{row.pk}/"),
    ):
        page.goto(place)
        _good(page, name)


def _good(page: Page, name: str) -> None:
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert not axe_violations(page), name
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), (name, width)
        if folder := os.environ.get("MINZHENG_PICTURES"):
            page.screenshot(path=Path(folder) / f"return-{name}-{width}.png", full_page=True)
