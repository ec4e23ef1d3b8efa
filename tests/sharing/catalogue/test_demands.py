"""Demands between county, city and province: asked, passed up, answered within a limit, the answer passed back."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.node import Node

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.sharing.catalogue.documents import export_document, take_document
from minzheng.sharing.catalogue.models import Demand, DemandEvent, Edition
from minzheng.sharing.catalogue.services import demands as services
from minzheng.sharing.catalogue.terms import CatalogueError, DemandState
from minzheng.standards.due import due

ASKED = {
    "title": "死亡医学证明",
    "purpose": "停发待遇核实",
    "basis": "社会救助暂行办法",
    "items": "姓名；死亡日期",
}
COUNTY, CITY, PROVINCE = "330106", "330100", "330000"
Play = Callable[[str], Any]


def told(receiver: str) -> dict[str, Any]:
    """What this node tells another, as it would arrive."""
    return json.loads(json.dumps(export_document("demands", for_member=receiver), ensure_ascii=False))


def ask(by: Any, of: str = CITY, **more: str) -> Demand:
    return services.ask(asked_of=of, values=ASKED | more, by=by, at=timezone.now())


def test_a_county_asks_its_city_which_asks_the_province_and_the_answer_comes_back(
    node: Node, play: Play
) -> None:
    with play(COUNTY) as officer:
        asked = ask(officer)
        up = told(CITY)
        assert told(PROVINCE)["demands"] == []
    with play(CITY) as officer:
        assert take_document(up, COUNTY).new == 1
        assert take_document(up, COUNTY).unchanged == 1, "the same again"
        kept = Demand.objects.get()
        assert (kept.pk, kept.title, kept.state) == (asked.pk, "死亡医学证明", "open")
        made = services.forward(demand_id=kept.pk, by=officer, at=timezone.now())
        further, back = told(PROVINCE), told(COUNTY)
        assert [one["id"] for one in further["demands"]] == [str(made.pk)]
        assert further["demands"][0]["path"] == [COUNTY, CITY]
    with play(COUNTY):
        assert take_document(back, CITY).changed == 1
        assert Demand.objects.get().state == "forwarded"
    with play(PROVINCE) as officer:
        assert take_document(further, CITY).new == 1
        services.answer(
            demand_id=made.pk,
            outcome=DemandState.PROVIDED,
            text="按受限共享申请",
            by=officer,
            at=timezone.now(),
        )
        down = told(CITY)
    with play(CITY):
        assert take_document(down, PROVINCE).changed == 1
        assert set(Demand.objects.values_list("state", flat=True)) == {"provided"}
        last = told(COUNTY)
    with play(COUNTY):
        assert take_document(last, CITY).changed == 1
        assert take_document(back, CITY).unchanged == 1, "what was said before comes late"
        assert take_document(last, CITY).unchanged == 1
        answered = Demand.objects.get()
        assert (answered.state, answered.answer, answered.answered_by_name) == (
            "provided",
            "按受限共享申请",
            "杭州市",
        )
        assert list(DemandEvent.objects.order_by("id").values_list("state", flat=True)) == [
            "open",
            "forwarded",
            "provided",
        ]
    assert {"demand.ask", "demand.forward", "demand.provided"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )
    assert Notice.objects.filter(title__contains="已答复").exists()


def test_a_refusal_needs_a_reason_and_the_limit_is_ten_workdays(node: Node, play: Play) -> None:
    with play(COUNTY) as officer:
        asked = ask(officer)
        up = told(CITY)
    with play(CITY) as officer:
        take_document(up, COUNTY)
        kept = Demand.objects.get()
        assert kept.due_on == due("供需对接.需求答复", start=timezone.localdate(), division_code=CITY).due
        assert kept.due_on >= timezone.localdate() + timedelta(days=12)
        who = {"demand_id": kept.pk, "by": officer, "at": timezone.now()}
        with pytest.raises(CatalogueError, match="写明理由"):
            services.answer(outcome=DemandState.REFUSED, text=" ", **who)
        with pytest.raises(CatalogueError, match="须指明信息资源代码"):
            services.answer(outcome=DemandState.PROVIDED, text="", **who)
        with pytest.raises(CatalogueError, match="现行目录中没有"):
            services.answer(outcome=DemandState.PROVIDED, text="", code="307330/1", **who)
        services.answer(outcome=DemandState.REFUSED, text="数据由卫健部门提供", **who)
        with pytest.raises(CatalogueError, match="已经办理"):
            services.answer(outcome=DemandState.PROVIDED, text="再想想", **who)
        down = told(COUNTY)
    with play(COUNTY) as officer:
        take_document(down, CITY)
        assert (Demand.objects.get().state, Demand.objects.get().answer) == ("refused", "数据由卫健部门提供")
        with pytest.raises(CatalogueError, match="只能撤回"):
            services.withdraw(demand_id=asked.pk, by=officer, at=timezone.now())


def test_what_is_taken_back_is_taken_back_above_too(node: Node, play: Play) -> None:
    with play(COUNTY) as officer:
        asked = ask(officer)
        first = told(CITY)
        services.withdraw(demand_id=asked.pk, by=officer, at=timezone.now())
        second = told(CITY)
    with play(CITY):
        take_document(first, COUNTY)
        assert take_document(second, COUNTY).changed == 1
        assert take_document(first, COUNTY).unchanged == 1
        assert Demand.objects.get().state == "withdrawn"


def test_nobody_answers_or_changes_anothers_demand(node: Node, play: Play) -> None:
    with play(COUNTY) as officer:
        asked = ask(officer)
        up = told(CITY)
    forged = json.loads(json.dumps(up)) | {"member": PROVINCE}
    with play(CITY):
        take_document(up, COUNTY)
        assert take_document(forged, PROVINCE).refused[0].reason == "需求的提出方、提供方与发送方不符"
        strange = json.loads(json.dumps(up))
        strange["demands"][0] |= {"asked_by": CITY, "asked_of": COUNTY, "state": "provided", "revision": 9}
        assert take_document(strange, COUNTY).refused[0].reason == "同一标识的需求另有提出方或提供方"
        for spoil in ({"id": "x"}, {"state": "x"}, {"title": ""}, {"purpose": "长" * 501}):
            broken = json.loads(json.dumps(up))
            broken["demands"][0] |= {"id": "018f0000-0000-7000-8000-000000000001"} | spoil
            assert len(take_document(broken, COUNTY).refused) == 1
        assert list(Demand.objects.values_list("pk", "state")) == [(asked.pk, "open")]
    with play(PROVINCE), pytest.raises(CatalogueError, match="不是发给本节点的"):
        take_document(up, COUNTY)


def test_a_department_asks_this_node_and_is_given_a_resource_of_the_catalogue(
    node: Node, publish: Callable[[], Edition], officer: Any
) -> None:
    code = publish().entries.get(data_set="cremations").code
    with pytest.raises(CatalogueError, match="须写明需求部门"):
        ask(officer, PROVINCE)
    with pytest.raises(CatalogueError, match="不在成员名录"):
        ask(officer, "331000")
    with pytest.raises(CatalogueError, match="请填写用途"):
        ask(officer, PROVINCE, on_behalf="省人社厅", purpose="")
    asked = ask(officer, PROVINCE, on_behalf="省人社厅")
    services.answer(
        demand_id=asked.pk, outcome=DemandState.PROVIDED, text="", code=code, by=officer, at=timezone.now()
    )
    assert Demand.objects.get().answer_code == code
    with pytest.raises(CatalogueError, match="没有本节点的上级"):
        services.forward(demand_id=asked.pk, by=officer, at=timezone.now())


def test_it_is_not_passed_back_where_it_came_from(node: Node, play: Play) -> None:
    with play(PROVINCE) as officer:
        ask(officer, CITY)
        down = told(CITY)
    with play(CITY) as officer:
        take_document(down, PROVINCE)
        with pytest.raises(CatalogueError, match="从上级来的"):
            services.forward(demand_id=Demand.objects.get().pk, by=officer, at=timezone.now())


def test_an_overdue_demand_is_told_once(node: Node, officer: Any) -> None:
    asked = ask(officer, PROVINCE, on_behalf="省人社厅")
    assert services.tell_overdue(at=timezone.now()) == 0
    Demand.objects.filter(pk=asked.pk).update(due_on=date(2026, 1, 5))
    for _ in range(2):
        services.tell_overdue(at=timezone.now())
    assert Notice.objects.filter(title__contains="逾期未答复").count() == 1
