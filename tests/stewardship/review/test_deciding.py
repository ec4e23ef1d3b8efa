"""A row that was held back is decided: it enters as if it had been resolved so when its file came; undone, it never did."""

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from tests.node import Node, filled
from tests.stewardship.review.desk import (
    MARRIAGE,
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
    register,
    undo,
)

from minzheng.exchange.models import Batch, QuarantinedRow, ReviewItem
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.registry import following
from minzheng.registry.integrity import check
from minzheng.registry.models import Person, PersonClaim
from minzheng.stewardship.review import services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import Kind


@pytest.fixture
def held(node: Node) -> ReviewItem:
    """王晓 is known; 卫健 sends the same number under the name of 张三丰."""
    filled(node, "held", same_number)
    return item()


def same_number(node: Node) -> None:
    node.bring("persons", people(person("王晓", 1)), source="公安")
    brought = node.bring("persons", people(person("张三丰", 1, 联系电话="13911112222")), source="卫健")
    assert brought.counts == (1, 1, 0, 0, 0, 0, 1)


def counts(one: ReviewItem) -> dict[str, int]:
    return {name: n for name, n in Batch.objects.get(pk=one.batch_id).counts.items() if n}


def test_linked_it_says_what_it_would_have_said(node: Node, held: ReviewItem, chen: User) -> None:
    """Compared with the same file loaded where the name is known, so that it resolves by number."""
    who = Person.objects.get()
    decide(Kind.LINK, chen, person=who.id)
    found = register(node)
    claim = PersonClaim.objects.get(batch_id=held.batch_id)
    assert (claim.rule, claim.person_id, claim.row_no, claim.digest) == ("manual", who.id, 1, held.digest)
    assert claim.recorded_from > Batch.objects.get(pk=held.batch_id).received_at
    # The register as an unhindered load leaves it: the same two files, the name known.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_personclaim SET recorded_to = recorded_from WHERE batch_id = %s", [held.batch_id]
        )
        cursor.execute("UPDATE exchange_reviewitem SET state = 'decided'")
        cursor.execute("UPDATE registry_person SET name_key = '张三丰' WHERE id = %s", [who.id])
    again = node.bring("persons", people(person("张三丰", 1, 联系电话="13911112222")), source="卫健")
    assert again.report["review"] == 0
    loaded = register(node)
    assert besides_rule_and_batch(found["claims"]) == besides_rule_and_batch(loaded["claims"])
    assert found["golden"] == loaded["golden"]


def besides_rule_and_batch(claims: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*claim[:3], *claim[4:6], *claim[7:]) for claim in claims]


def test_decided_it_is_counted_told_audited_and_followed(held: ReviewItem, chen: User) -> None:
    told: list[UUID] = []
    following.when_changed("test", told.extend)
    OutboxEntry.objects.all().delete()
    who = Person.objects.get()
    decision = decide(Kind.LINK, chen, person=who.id)
    del following._when_changed["test"]
    assert told == [who.id]
    assert counts(held) == {"read": 1, "accepted": 1, "updated": 1}
    held.refresh_from_db()
    assert held.state == "decided"
    assert {(e.data_set, e.operation, *e.subject_ids) for e in OutboxEntry.objects.all()} == {
        ("persons", "updated", who.id)
    }
    entry = AuditEntry.objects.get(action="review.link")
    assert (entry.user, entry.purpose, entry.object_id, entry.result) == (chen, REASON, str(held.pk), "ok")
    assert entry.detail["decision"] == decision.pk and entry.detail["person"] == str(who.id)
    assert check() == []


def test_undone_the_register_is_as_it_was_to_the_byte(node: Node, held: ReviewItem, chen: User) -> None:
    before, who = exactly(node), Person.objects.get()
    for kind, target in ((Kind.LINK, who.id), (Kind.SEPARATE, None), (Kind.LINK, who.id)):
        decision = decide(kind, chen, person=target)
        assert exactly(node) != before
        undo(decision, chen)
        assert exactly(node) == before
        assert counts(held) == {"read": 1, "accepted": 1, "review": 1}
        held.refresh_from_db()
        assert held.state == "open"
    assert Decision.objects.count() == 6 and check() == []


def test_what_was_decided_in_between_stays_in_the_history(held: ReviewItem, chen: User) -> None:
    undo(decide(Kind.LINK, chen, person=Person.objects.get().id), chen)
    claim = PersonClaim.objects.get(batch_id=held.batch_id)
    assert claim.recorded_to is not None and claim.recorded_to > claim.recorded_from


def test_a_new_person_bears_the_number_and_his_next_row_is_his(
    node: Node, held: ReviewItem, chen: User
) -> None:
    decide(Kind.SEPARATE, chen)
    ids = dict(Person.objects.values_list("name", "id"))
    assert set(ids) == {"王晓", "张三丰"} and len({p.id_number_blind for p in Person.objects.all()}) == 1
    assert counts(held) == {"read": 1, "accepted": 1, "created": 1}
    brought = node.bring("persons", people(person("张三丰", 1, 联系电话="13933334444")), source="卫健")
    assert brought.report["review"] == 0
    assert PersonClaim.objects.get(batch_id=brought.batch.id).person_id == ids["张三丰"]


def test_linked_once_neither_name_is_asked_again(node: Node, held: ReviewItem, chen: User) -> None:
    decide(Kind.LINK, chen, person=Person.objects.get().id)
    for name, phone, source in (("张三丰", "13955556666", "民政"), ("王晓", "13955557777", "公安")):
        later = node.bring("persons", people(person(name, 1, 联系电话=phone)), source=source)
        assert later.report["review"] == 0 and Person.objects.count() == 1
    other = node.bring("persons", people(person("赵四海", 1)), source="民政")
    assert other.report["review"] == 1, "another name is asked about"


def test_undone_the_name_is_asked_about_again(node: Node, held: ReviewItem, chen: User) -> None:
    undo(decide(Kind.LINK, chen, person=Person.objects.get().id), chen)
    again = node.bring("persons", people(person("张三丰", 1, 联系电话="13977778888")), source="残联")
    assert again.report["review"] == 1


def test_the_same_row_again_is_unchanged(node: Node, held: ReviewItem, chen: User) -> None:
    row = people(person("张三丰", 1, 联系电话="13911112222"))
    assert node.bring("persons", row, source="卫健").report["review"] == 1
    decide(Kind.LINK, chen, held, person=Person.objects.get().id)
    assert node.bring("persons", row, source="卫健").counts == (1, 1, 0, 0, 0, 1, 0)
    assert ReviewItem.objects.count() == 1


def test_put_aside_it_waits_and_can_be_decided(node: Node, held: ReviewItem, chen: User) -> None:
    before = exactly(node)
    decide(Kind.ASIDE, chen)
    held.refresh_from_db()
    assert held.state == "aside" and exactly(node) == before
    assert (
        node.bring("persons", people(person("张三丰", 1, 联系电话="13911112222")), source="卫健").report[
            "review"
        ]
        == 1
    )
    undo(decide(Kind.LINK, chen, person=Person.objects.get().id), chen)
    held.refresh_from_db()
    assert held.state == "aside", "undone, it is what it was before"


def test_none_of_them_goes_back_to_its_source(node: Node, held: ReviewItem, chen: User) -> None:
    before = exactly(node)
    decision = decide(Kind.NONE, chen)
    row = QuarantinedRow.objects.get(batch_id=held.batch_id)
    assert REASON in row.problems[0]["reason"] and exactly(node) == before
    assert counts(held) == {"read": 1, "quarantined": 1}
    undo(decision, chen)
    assert counts(held) == {"read": 1, "accepted": 1, "review": 1} and not QuarantinedRow.objects.exists()


def test_an_older_row_does_not_replace_what_came_later(node: Node, held: ReviewItem, chen: User) -> None:
    who = Person.objects.get()
    node.bring("persons", people(person("王晓", 1, 联系电话="13800009999")), source="卫健")
    before = exactly(node)
    with pytest.raises(services.ReviewError, match="已经过时"):
        decide(Kind.LINK, chen, held, person=who.id)
    assert exactly(node) == before and not Decision.objects.exists()


def test_what_was_overtaken_cannot_be_undone(node: Node, held: ReviewItem, chen: User) -> None:
    decision = decide(Kind.LINK, chen, person=Person.objects.get().id)
    node.bring("persons", people(person("张三丰", 1, 联系电话="13800009999")), source="卫健")
    with pytest.raises(services.ReviewError, match="先撤销后来的处置"):
        undo(decision, chen)


@pytest.fixture
def couple(node: Node) -> list[ReviewItem]:
    """Both in a marriage stand under other names."""
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    row = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "赵国强", number(1), "钱小红", number(2))
    assert node.bring("marriages", csv_text(MARRIAGE, row)).report["review"] == 1
    return list(ReviewItem.objects.order_by("role"))


def test_a_row_of_two_loads_when_both_are_decided(node: Node, couple: list[ReviewItem], chen: User) -> None:
    husband, wife = couple
    ids, before = dict(Person.objects.values_list("name", "id")), exactly(node)
    assert (husband.role, wife.role, husband.division_code) == ("husband", "wife", "330106")
    first = decide(Kind.LINK, chen, husband, person=ids["王晓"])
    assert exactly(node) == before
    second = decide(Kind.SEPARATE, chen, wife)
    assert node.value("SELECT count(*) FROM marriage_registration WHERE recorded_to IS NULL") == 1
    assert Person.objects.get(pk=ids["王晓"]).marital_status_code == "20"
    assert Person.objects.get(pk=second.person_id).marital_status_code == "20"
    loaded = register(node)
    undo(first, chen)
    assert exactly(node) == before
    decide(Kind.LINK, chen, husband, person=ids["王晓"])
    assert register(node) == loaded, "the other's decision still stood"
    assert check() == []


def test_what_is_wrong_is_refused_and_changes_nothing(node: Node, held: ReviewItem, chen: User) -> None:
    before, who = exactly(node), Person.objects.get()

    def ask(**said: object) -> None:
        given = {
            "kind": Kind.LINK,
            "person_id": who.id,
            "reason": REASON,
            "seen": 0,
            "by": chen,
            "at": now(),
        } | said
        services.decide(WHOLE, held.pk, **given)  # type: ignore[arg-type]

    for said, why in (
        ({"reason": " "}, "理由"), ({"person_id": None}, "请选择"), ({"person_id": UUID(int=1)}, "不存在"),
        ({"kind": Kind.SPLIT}, "没有这条"),
    ):  # fmt: skip
        with pytest.raises(services.ReviewError, match=why):
            ask(**said)
    assert exactly(node) == before and not Decision.objects.exists()


def test_the_history_only_grows(held: ReviewItem, chen: User) -> None:
    decision = decide(Kind.ASIDE, chen)
    for change in ("UPDATE review_decision SET reason = 'x'", "DELETE FROM review_decision"):
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="只增不改"):
            cursor.execute(change)
    with pytest.raises(TypeError):
        decision.save()
