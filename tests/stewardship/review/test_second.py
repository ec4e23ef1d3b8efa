"""Where money was paid two officials decide; two who decide at once do not overwrite each other; scope holds."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.node import Node
from tests.stewardship.review.conftest import official
from tests.stewardship.review.desk import (
    ALLOWANCE,
    REASON,
    WHOLE,
    csv_text,
    decide,
    exactly,
    item,
    now,
    number,
    people,
    person,
    undo,
)

from minzheng.exchange.models import ReviewItem
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.registry.models import Person
from minzheng.stewardship.review import queries, services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import Kind


def allowance(name: str, serial: int, *, month: str = "202601", division: str = "330106") -> str:
    row = {
        "低保证号": "DB3301060001", "户主姓名": "王晓", "户主公民身份号码": number(1), "成员姓名": name,
        "成员公民身份号码": number(serial), "与户主关系": "配偶", "属地区划": division, "月保障金额(元)": "1200.00",
        "发放月份": month, "银行卡号": "6217001180012345673",
    }  # fmt: skip
    return csv_text(ALLOWANCE, [row[heading] for heading in ALLOWANCE])


@pytest.fixture
def paid(node: Node) -> ReviewItem:
    """An allowance is paid to 钱小红 under the number of 李敏."""
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    brought = node.bring("allowances", allowance("钱小红", 2))
    assert brought.report["review"] == 1, brought.refused
    return item()


def approve(decision: Decision, by: User, scope: Scope = WHOLE) -> Decision:
    return services.approve(scope, decision.pk, reason="同意", by=by, at=now())


def payments(node: Node) -> int:
    return int(node.value("SELECT count(*) FROM relief_allowancepayment WHERE recorded_to IS NULL"))


def test_where_money_was_paid_a_second_reviewer_must_agree(
    node: Node, paid: ReviewItem, chen: User, lin: User
) -> None:
    before, who = exactly(node), Person.objects.get(name="李敏")
    proposal = decide(Kind.LINK, chen, person=who.id)
    paid.refresh_from_db()
    assert paid.state == "proposed" and exactly(node) == before and payments(node) == 0
    assert Notice.objects.filter(roles=["reviewer"]).count() == 1
    assert list(queries.proposals(WHOLE)) == [proposal]
    with pytest.raises(services.ReviewError, match="不能复核自己"):
        approve(proposal, chen)
    with pytest.raises(services.ReviewError, match="只有复核人"):
        approve(proposal, official("经办", "clerk"))
    approve(proposal, lin)
    paid.refresh_from_db()
    assert paid.state == "decided" and payments(node) == 1 and not queries.proposals(WHOLE).exists()
    said = [
        (e.action, e.user_name, e.result)
        for e in AuditEntry.objects.filter(action__startswith="review.").order_by("id")
    ]
    assert said == [("review.link", "陈平", "proposed"), ("review.approve", "林静", "ok")]
    with pytest.raises(services.ReviewError, match="林静已经复核"):
        approve(proposal, official("第三人"))


def test_undoing_it_takes_two_as_well(node: Node, paid: ReviewItem, chen: User, lin: User) -> None:
    before = exactly(node)
    proposal = decide(Kind.LINK, chen, person=Person.objects.get(name="李敏").id)
    approve(proposal, lin)
    asked = undo(proposal, lin)
    assert payments(node) == 1 and asked.needs_second
    with pytest.raises(services.ReviewError, match="正等待复核"):
        undo(proposal, chen)
    with pytest.raises(services.ReviewError, match="不能复核自己"):
        approve(asked, lin)
    approve(asked, chen)
    paid.refresh_from_db()
    assert payments(node) == 0 and paid.state == "open" and exactly(node) == before


def test_rejected_or_taken_back_nothing_has_happened(
    node: Node, paid: ReviewItem, chen: User, lin: User
) -> None:
    before = exactly(node)
    services.reject(WHOLE, decide(Kind.SEPARATE, chen).pk, reason="须先核实户籍", by=lin, at=now())
    paid.refresh_from_db()
    assert paid.state == "open" and exactly(node) == before
    proposal = decide(Kind.SEPARATE, chen)
    with pytest.raises(services.ReviewError, match="只有提出的人"):
        undo(proposal, lin)
    undo(proposal, chen)
    paid.refresh_from_db()
    assert paid.state == "open" and exactly(node) == before
    with pytest.raises(services.ReviewError, match="不在等待复核"):
        approve(proposal, lin)


def test_a_link_to_someone_who_is_paid_takes_two(node: Node, paid: ReviewItem, chen: User, lin: User) -> None:
    who = Person.objects.get(name="李敏")
    approve(decide(Kind.LINK, chen, person=who.id), lin)
    node.bring("persons", people(person("孙大圣", 2)), source="卫健")
    assert decide(Kind.LINK, chen, person=who.id).needs_second


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run all at the same moment, each on a connection of its own; what each came to."""
    gate, came_to = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            act()
            came_to[number] = "ok"
        except services.ReviewError as error:
            came_to[number] = str(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


def test_two_decide_at_once_and_one_is_told(node: Node, chen: User, lin: User) -> None:
    node.bring("persons", people(person("王晓", 1)), source="公安")
    node.bring("persons", people(person("张三丰", 1)), source="卫健")
    held, who = item(), Person.objects.get()

    def act(by: User, kind: Kind) -> Callable[[], Decision]:
        target = who.id if kind == Kind.LINK else None
        return lambda: services.decide(
            WHOLE, held.pk, kind=kind, person_id=target, reason=REASON, seen=0, by=by, at=now()
        )

    came_to = at_once(act(chen, Kind.LINK), act(lin, Kind.SEPARATE))
    assert came_to.count("ok") == 1 and Decision.objects.count() == 1
    refused = next(text for text in came_to if text != "ok")
    winner = Decision.objects.get()
    assert f"{winner.by_name}已于" in refused and winner.get_kind_display() in refused
    assert node.value("SELECT count(*) FROM registry_personclaim WHERE recorded_to IS NULL") == 2


def test_an_old_page_does_not_overwrite(node: Node, paid: ReviewItem, chen: User, lin: User) -> None:
    decide(Kind.ASIDE, lin)
    with pytest.raises(services.ReviewError, match=r"林静已于 .*搁置"):
        services.decide(WHOLE, paid.pk, kind=Kind.NONE, reason=REASON, seen=0, by=chen, at=now())


def test_a_row_lies_in_its_own_division_and_no_other_sees_it(
    node: Node, paid: ReviewItem, chen: User
) -> None:
    hangzhou, ningbo = Scope("330100", 3), Scope("330200", 3)
    assert [i.pk for i in queries.waiting(hangzhou)] == [paid.pk] and not queries.waiting(ningbo).exists()
    (counted,) = queries.counts(hangzhou)
    assert (counted.division_code, counted.feed, counted.rows) == ("330106", "allowances", 1)
    assert queries.counts(ningbo) == [] and queries.item_in(ningbo, paid.pk) is None
    with pytest.raises(services.ReviewError, match="辖区"):
        decide(Kind.ASIDE, chen, paid, scope=ningbo)
    proposal = decide(Kind.LINK, chen, person=Person.objects.get(name="李敏").id, scope=hangzhou)
    assert not queries.proposals(ningbo).exists() and queries.decision_in(ningbo, proposal.pk) is None
    assert not queries.recent(ningbo).exists() and queries.decisions_on_row(ningbo, paid.batch_id, 1) == []
    with pytest.raises(services.ReviewError, match="辖区"):
        undo(proposal, chen, ningbo)


def test_who_cannot_see_a_candidate_cannot_say_it_is_another(node: Node, chen: User) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2, 户籍区划="330203")))
    node.bring("allowances", allowance("钱小红", 2))
    hangzhou = Scope("330100", 3)
    with pytest.raises(services.ReviewError, match="由上级处置"):
        decide(Kind.SEPARATE, chen, scope=hangzhou)
    with pytest.raises(services.ReviewError, match="不在您的辖区"):
        decide(Kind.LINK, chen, person=Person.objects.get(name="李敏").id, scope=hangzhou)
    decide(Kind.ASIDE, chen, scope=hangzhou)
    assert decide(Kind.SEPARATE, chen).needs_second


def test_taken_on_it_is_whose_it_is(node: Node, paid: ReviewItem, chen: User, lin: User) -> None:
    services.assign(WHOLE, paid.pk, by=chen, at=now())
    services.assign(WHOLE, paid.pk, by=chen, at=now())
    with pytest.raises(services.ReviewError, match="陈平认领"):
        services.assign(WHOLE, paid.pk, by=lin, at=now())
    assert list(queries.waiting(WHOLE, assigned_to=chen.pk)) == [paid]
    services.release(WHOLE, paid.pk, by=lin, at=now())
    assert queries.assignments(WHOLE, [paid.pk])[paid.pk].user == chen
    services.release(WHOLE, paid.pk, by=chen, at=now())
    assert queries.assignments(WHOLE, [paid.pk]) == {}
