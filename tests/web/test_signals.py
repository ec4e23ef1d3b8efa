"""The worklist of signals: who sees it, what it shows, deciding on one and on many, the export."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.node import Node, node, standards_of_this_run, transactional_db
from tests.stewardship.signals.files import bring, cremation_row, name, payment_rows, society_row, who

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.registry.models import Organisation, Person, Place
from minzheng.registry.places import DIVISION_CLASS, ensure_division_places
from minzheng.stewardship.signals import services
from minzheng.stewardship.signals.models import Signal, SignalEvent
from minzheng.stewardship.signals.terms import State

__all__ = ["node", "standards_of_this_run", "transactional_db"]
MONTHS = ("202601", "202602", "202603")


def official(name: str, division: str, *roles: str) -> User:
    return create_user(
        username=name, password="Xihu-Longjing-88", display_name=f"{name}员", division_code=division,
        roles=list(roles or ("clerk",)), data_level=3, must_change_password=False,
    )  # fmt: skip


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def two_counties(node: Node) -> dict[str, User]:
    """A dead member still paid in 西湖区, three in 鄞州区."""
    users = {"xihu": official("xihu", "330106"), "yinzhou": official("yinzhou", "330212")}
    rows = payment_rows(MONTHS, [1, 2])
    for serial in (4, 6, 8):
        rows += payment_rows(MONTHS[1:], [serial], division="330212")
    bring(node, "allowances", *rows)
    bring(node, "cremations", *[cremation_row(serial, "2026-01-10", "2026-01-12") for serial in (2, 4, 6, 8)])
    return users | {"auditor": official("auditor", "330106", "auditor")}


def test_a_county_sees_and_decides_its_own_and_no_other(two_counties: dict[str, User]) -> None:
    xihu, yinzhou = page_of(two_counties["xihu"]), page_of(two_counties["yinzhou"])
    assert page_of(two_counties["auditor"]).get("/signals/").status_code == 403
    listed = xihu.get("/signals/").content.decode()
    assert name(2) in listed and name(4) not in listed and "1,000.00 元" in listed and "共 1 条" in listed
    assert who(2)[1] not in listed
    (own,) = Signal.objects.filter(division_code="330106")
    other = Signal.objects.filter(division_code="330212").first()
    assert other is not None
    shown = xihu.get(f"/signals/{own.pk}/").content.decode()
    for said in ("2026-01-10死亡", "涉及金额", "低保发放记录", "怎么办", "首次发现", "社会救助暂行办法"):
        assert said in shown
    assert AuditEntry.objects.filter(action="signals.view", object_id=str(own.pk)).exists()
    assert xihu.get(f"/signals/{other.pk}/").status_code == 404
    assert xihu.post(f"/signals/{other.pk}/", {"to": "confirmed", "reason": "已核实"}).status_code == 404
    xihu.post("/signals/decide/", {"signal": [other.pk], "to": "confirmed", "reason": "已核实"})
    other.refresh_from_db()
    assert other.state == "new" and not SignalEvent.objects.filter(by_name="xihu员").exists()

    # No reason, no decision; then confirmed, and the figures change.
    assert (
        "请写明确认属实的理由"
        in xihu.post(f"/signals/{own.pk}/", {"to": "confirmed", "reason": " "}).content.decode()
    )
    assert xihu.post(f"/signals/{own.pk}/", {"to": "confirmed", "reason": "已入户核实"}).status_code == 302
    assert "没有待核查的线索" in xihu.get("/signals/").content.decode()
    assert "共 1 条" in xihu.get("/signals/?state=confirmed").content.decode()
    assert (
        "没有处理" in xihu.post(f"/signals/{own.pk}/", {"to": "confirmed", "reason": "再次"}).content.decode()
    )

    # The owner was told once a kind and batch, in the county.
    told = Notice.objects.filter(division_code="330106")
    assert [n.title for n in told] == ["死亡后仍发放低保金：新线索 1 条，请核查"]
    assert Notice.objects.filter(division_code="330212").count() == 1
    assert "待办与通知" in xihu.get("/").content.decode()

    # The person's page has them as a section; another county's person does not exist for this clerk.
    (person,) = own.person_ids
    fragment = xihu.get(f"/signals/of-person/{person}/", headers={"HX-Request": "true"}).content.decode()
    assert "死亡后仍发放低保金" in fragment and "<html" not in fragment
    assert xihu.get(f"/signals/of-person/{other.person_ids[0]}/").status_code == 404
    assert yinzhou.get("/signals/?state=all&kind=paid_after_death").content.decode().count("data-result") == 3


def test_many_at_once_with_what_could_not_be_done(two_counties: dict[str, User], monkeypatch) -> None:
    client, ids = (
        page_of(two_counties["yinzhou"]),
        list(Signal.objects.filter(division_code="330212").order_by("id").values_list("id", flat=True)),
    )
    client.post(f"/signals/{ids[0]}/", {"to": "discarded", "reason": "同名同号登记错误"})
    answer = client.post(
        "/signals/decide/", {"signal": ids, "to": "confirmed", "reason": "已核实"}, follow=True
    )
    page = answer.content.decode()
    assert "已处理 2 条" in page and "没有处理 1 条" in page and "当前状态为“已排除”" in page
    assert sorted(Signal.objects.filter(pk__in=ids).values_list("state", flat=True)) == [
        "confirmed",
        "confirmed",
        "discarded",
    ]
    assert SignalEvent.objects.filter(by_name="yinzhou员").count() == 3

    # The whole list, more than is done at once: left to the worker, with its progress.
    monkeypatch.setattr(services, "AT_ONCE", 1)
    answer = client.post(
        "/signals/decide/", {"whole": "1", "state": "confirmed", "to": "closed", "reason": "已追回 2000 元"}
    )
    waiting = client.get(answer["Location"]).content.decode()
    assert "正在处理：0 / 2" in waiting
    from minzheng.stewardship.signals import jobs

    jobs.carry_out(int(answer["Location"].split("/")[-2]))
    assert "已处理 2 条" in client.get(answer["Location"]).content.decode()
    assert page_of(two_counties["xihu"]).get(answer["Location"]).status_code == 404
    assert Signal.objects.filter(state="closed").count() == 2

    # The export says who, when and what for; without a purpose there is none.
    assert "请写明用途" in client.post("/signals/export/", {"state": "all"}).content.decode()
    taken = client.post("/signals/export/", {"state": "all", "purpose": "季度核查"}).content.decode()
    lines = taken.splitlines()
    assert "yinzhou员" in lines[0] and "季度核查" in lines[0] and len(lines) == 2 + 3
    assert name(2) not in taken and who(4)[1] not in taken
    entry = AuditEntry.objects.get(action="signals.export")
    assert (entry.purpose, entry.detail) == ("季度核查", {"rows": 3}), json.dumps(entry.detail)


def test_pages_of_the_list_follow_each_other(two_counties: dict[str, User], monkeypatch) -> None:
    monkeypatch.setattr("minzheng.web.desk.signals.views.worklist.PER_PAGE", 2)
    client = page_of(two_counties["yinzhou"])
    first = client.get("/signals/")
    assert first.content.decode().count("data-result") == 2 and not first.context["previous"]
    second = client.get(f"/signals/?state=new&after={first.context['next']}")
    assert second.content.decode().count("data-result") == 1 and not second.context["next"]
    back = client.get(f"/signals/?state=new&before={second.context['previous']}")
    assert [s.id for s in back.context["signals"]] == [s.id for s in first.context["signals"]]
    assert client.get("/signals/?after=x&division=999999&kind=zzz&state=zz").status_code == 200
    page = client.get(f"/signals/{back.context['signals'][1].id}/?state=new").content.decode()
    assert "data-next" in page and "data-previous" in page


def test_the_pages_of_households_and_organisations_have_their_signals(
    two_counties: dict[str, User], node: Node
) -> None:
    home = Person.objects.get(name=name(2)).household_id
    bring(node, "societies", society_row(1, 2))
    society = Organisation.objects.get(name="西湖区第1协会").id
    xihu, yinzhou = page_of(two_counties["xihu"]), page_of(two_counties["yinzhou"])
    for page, section, said, none in (
        (f"/households/{home}/", f"/signals/of-household/{home}/", "死亡后仍发放低保金", "没有涉及这一户的线索"),
        (
            f"/organisations/{society}/", f"/signals/of-organisation/{society}/", "法定代表人已死亡",
            "没有涉及这个机构的线索",
        ),
    ):  # fmt: skip
        assert section in xihu.get(page).content.decode()
        fragment = xihu.get(section, headers={"HX-Request": "true"}).content.decode()
        assert said in fragment and "<html" not in fragment
        assert said in xihu.get(section).content.decode()
        assert none in yinzhou.get(section).content.decode()


def test_a_place_has_its_open_signals_and_those_of_what_happened_there(
    two_counties: dict[str, User], node: Node
) -> None:
    ensure_division_places(at=timezone.now())
    county = Place.objects.get(division_code="330106", class_code=DIVISION_CLASS, ended_on=None)
    home = Place.objects.get(name="杭州殡仪馆")
    xihu, yinzhou = page_of(two_counties["xihu"]), page_of(two_counties["yinzhou"])
    fragment = {"HX-Request": "true"}
    shown = xihu.get(f"/signals/of-place/{county.id}/", headers=fragment).content.decode()
    assert "死亡后仍发放低保金" in shown and "/signals/?division=330106" in shown and "<html" not in shown
    assert shown.count("<tr>") == 2 and name(2) not in shown
    assert yinzhou.get(f"/signals/of-place/{county.id}/").status_code == 404
    province = page_of(official("province", "330000"))
    there = province.get(f"/signals/of-place/{home.id}/", headers=fragment).content.decode()
    assert there.count("死亡后仍发放低保金") == 4
    assert f"/signals/of-place/{county.id}/" in xihu.get(f"/places/{county.id}/").content.decode()


def test_of_a_past_day_signals_are_shown_as_they_stood(two_counties: dict[str, User]) -> None:
    """Raised ten days ago and confirmed five days ago; today it is told again as new."""
    dead = Person.objects.get(name=name(2))
    signal = Signal.objects.get(person_ids__contains=[dead.id])
    now = timezone.now()
    for days, before, after, fen in ((10, "", "new", 100_00), (5, "new", "confirmed", 200_00)):
        SignalEvent.objects.create(
            signal=signal, division_code="330106", at=now - timedelta(days=days), from_state=before, to_state=after,
            amount_fen=fen,
        )  # fmt: skip
    xihu, today = page_of(two_counties["xihu"]), timezone.localdate()

    def shown(days: int, place: str = f"/signals/of-person/{dead.id}/") -> str:
        on = today - timedelta(days=days)
        answer = xihu.get(f"{place}?on={on}", headers={"HX-Request": "true"})
        return answer.content.decode()

    assert "到这一天为止没有涉及" in shown(12)
    assert "100.00 元" in shown(7) and "200.00 元" in shown(4)
    assert State.NEW.label in shown(7) and State.CONFIRMED.label in shown(4)
    home = f"/signals/of-household/{dead.household_id}/"
    assert "没有涉及这一户的线索" in shown(7, home)  # he was no member yet: the file came today
    page = xihu.get(f"/persons/{dead.id}/?on={today - timedelta(days=7)}").content.decode()
    assert f"/signals/of-person/{dead.id}/?on={today - timedelta(days=7)}" in page


def test_signals_of_an_entry_that_turned_out_to_be_another_are_the_others(
    two_counties: dict[str, User],
) -> None:
    dead, alive = Person.objects.get(name=name(2)), Person.objects.get(name=name(1))
    Person.objects.filter(pk=dead.id).update(superseded_by=alive.id)
    xihu = page_of(two_counties["xihu"])
    assert "死亡后仍发放低保金" in xihu.get(f"/signals/of-person/{alive.id}/").content.decode()
