"""A person wrongly made of two is split, two that are one are joined; undone, all is as it was, and all is told."""

from uuid import UUID

import pytest
from tests.node import Node
from tests.stewardship.review.desk import REASON, WHOLE, csv_text, exactly, now, number, people, person, undo
from tests.stewardship.review.test_second import allowance, approve
from tests.stewardship.signals.files import bring, person_rows, society_row

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.registry import following
from minzheng.registry.integrity import check
from minzheng.registry.models import Household, Organisation, Person, PersonClaim
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.queries import find_persons, household_record, organisation_record
from minzheng.stewardship.quality.models import Measured
from minzheng.stewardship.review import services
from minzheng.stewardship.review.models import Decision

MEMBER = ("姓名", "公民身份号码", "性别", "户籍区划", "联系电话", "与户主关系", "户主公民身份号码")


@pytest.fixture
def mixed(node: Node) -> tuple[Person, PersonClaim]:
    """李敏 of 王晓's household; what 卫健 says under her number, of another household, is another's."""
    own = ["李敏", number(2), "女", "330106", "13800000002", "配偶", number(1)]
    node.bring("persons", csv_text(MEMBER, own), source="公安")
    other = ["李敏", number(2), "女", "330203", "13999999999", "配偶", number(11)]
    node.bring("persons", csv_text(MEMBER, other), source="卫健")
    return Person.objects.get(), PersonClaim.objects.get(phone_blind=Person.objects.get().phone_blind)


def split(person_id: UUID, claims: list[UUID], by: User, scope: Scope = WHOLE) -> Decision:
    return services.split_person(scope, person_id, claims, reason=REASON, by=by, at=now())


def household_of(person_id: UUID | None) -> UUID | None:
    return Person.objects.get(pk=person_id).household_id


def test_a_split_puts_everything_that_followed_right(
    node: Node, mixed: tuple[Person, PersonClaim], chen: User
) -> None:
    who, claim = mixed
    told: list[UUID] = []
    following.when_changed("test", told.extend)
    households = dict(Household.objects.values_list("key_blind", "id"))
    assert len(households) == 2 and who.household_id == claim.household_id
    decision = split(who.id, [claim.id], chen)
    del following._when_changed["test"]
    assert told == [who.id, decision.other_id]
    assert household_of(decision.other_id) == claim.household_id != household_of(who.id)
    assert Person.objects.get(pk=who.id).hukou_division_code == "330106"
    assert Person.objects.get(pk=decision.other_id).hukou_division_code == "330203"
    assert check() == []


def test_searches_and_household_pages_follow_a_split(
    node: Node, mixed: tuple[Person, PersonClaim], chen: User
) -> None:
    """Who was taken for a member by a wrong link never was one. What was measured of the batches stays."""
    who, claim = mixed
    theirs, measured = claim.household_id, list(Measured.objects.order_by("pk").values())
    decision = split(who.id, [claim.id], chen)
    own = household_of(who.id)
    assert theirs is not None and own is not None and own != theirs
    assert found("13999999999") == {decision.other_id} and found("limin") == {who.id, decision.other_id}
    assert household(theirs) == ([decision.other_id], []) and household(own) == ([who.id], [])
    assert measured and measured == list(Measured.objects.order_by("pk").values())
    undo(decision, chen)
    assert found("limin") == {who.id} and household(theirs) == ([who.id], [])
    assert household_record(WHOLE, own) is None, "by what is believed of her she belongs to the other"


def found(text: str) -> set[UUID]:
    return {hit.id for hit in find_persons(WHOLE, Asked(text=text)).hits}


def household(which: UUID) -> tuple[list[UUID], list[UUID]]:
    page = household_record(WHOLE, which)
    assert page is not None
    return [one.id for one in page.members], [one.id for one in page.former]


def test_who_leads_an_organisation_follows_the_link(node: Node, chen: User) -> None:
    bring(node, "persons", *person_rows(11, at=1))
    bring(node, "societies", society_row(1, 11))
    who, organisation = Person.objects.get(), Organisation.objects.get()

    def leads() -> list[UUID | None]:
        page = organisation_record(WHOLE, organisation.id)
        assert page is not None
        return [one.person_id for one in page.leaders]

    claim = PersonClaim.objects.get(role="legal_representative")
    decision = split(who.id, [claim.id], chen)
    assert leads() == [decision.other_id]
    undo(decision, chen)
    assert leads() == [who.id]


def test_undone_all_is_as_it_was(node: Node, mixed: tuple[Person, PersonClaim], chen: User) -> None:
    who, claim = mixed
    before = exactly(node)
    decision = split(who.id, [claim.id], chen)
    OutboxEntry.objects.all().delete()
    undo(decision, chen)
    assert exactly(node) == before and check() == []
    assert Person.objects.get(pk=decision.other_id).superseded_by == who.id, "who opens the other is led here"
    assert {(e.operation, *e.subject_ids) for e in OutboxEntry.objects.filter(data_set="persons")} == {
        ("updated", who.id), ("withdrawn", decision.other_id), ("moved", who.id),
    }  # fmt: skip
    with pytest.raises(services.ReviewError, match="已经撤销"):
        undo(decision, chen)


def test_two_that_are_one_are_joined_and_undone(node: Node, chen: User) -> None:
    node.bring("persons", people(person("李敏", 2)), source="公安")
    node.bring(
        "persons", people(person("李小敏", 4, 联系电话="13999999999", 户籍区划="330203")), source="卫健"
    )
    ids, before = dict(Person.objects.values_list("name", "id")), exactly(node)
    decision = services.join_persons(WHOLE, ids["李敏"], ids["李小敏"], reason=REASON, by=chen, at=now())
    assert Person.objects.get(pk=ids["李小敏"]).superseded_by == ids["李敏"]
    OutboxEntry.objects.all().delete()
    undo(decision, chen)
    assert exactly(node) == before
    assert {(e.operation, *e.subject_ids) for e in OutboxEntry.objects.all()} == {
        ("created", ids["李小敏"]), ("updated", ids["李敏"]), ("moved", ids["李敏"]),
    }  # fmt: skip


def test_what_the_source_has_said_anew_is_not_undone(node: Node, chen: User) -> None:
    node.bring("persons", people(person("李敏", 2)), source="公安")
    node.bring("persons", people(person("李小敏", 4, 联系电话="13999999999")), source="卫健")
    ids = dict(Person.objects.values_list("name", "id"))
    decision = services.join_persons(WHOLE, ids["李敏"], ids["李小敏"], reason=REASON, by=chen, at=now())
    node.bring("persons", people(person("李小敏", 4, 联系电话="13800007777")), source="卫健")
    before = exactly(node)
    with pytest.raises(services.ReviewError, match="取代"):
        undo(decision, chen)
    assert exactly(node) == before


def test_who_draws_an_allowance_is_split_by_two(node: Node, chen: User, lin: User) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    assert node.bring("allowances", allowance("李敏", 2)).report["created"] == 1
    who, before = Person.objects.get(name="李敏"), exactly(node)
    claim = PersonClaim.objects.get(person_id=who.id, role="member")
    proposal = split(who.id, [claim.id], chen)
    assert proposal.needs_second and exactly(node) == before
    OutboxEntry.objects.all().delete()
    done = approve(proposal, lin)
    assert PersonClaim.objects.get(person_id=done.other_id).record_id == claim.record_id
    records = OutboxEntry.objects.get(data_set="allowances")
    assert (records.operation, records.division_code, records.subject_ids) == (
        "updated",
        "330106",
        [claim.record_id],
    )
    asked = undo(proposal, chen)
    assert (
        asked.needs_second and PersonClaim.objects.filter(person_id=done.other_id, recorded_to=None).exists()
    )
    approve(asked, lin)
    assert exactly(node) == before


def test_what_cannot_be_done_is_refused_and_changes_nothing(
    node: Node, mixed: tuple[Person, PersonClaim], chen: User
) -> None:
    who, claim = mixed
    before, everything = exactly(node), list(PersonClaim.objects.values_list("id", flat=True))
    for claims, why in (([], "请选择"), ([UUID(int=1)], "已有变化"), (everything, "至少要留下")):
        with pytest.raises(services.ReviewError, match=why):
            split(who.id, claims, chen)
    with pytest.raises(services.ReviewError, match="辖区"):
        split(who.id, [claim.id], chen, Scope("330300", 3))
    with pytest.raises(services.ReviewError, match="自身"):
        services.join_persons(WHOLE, who.id, who.id, reason=REASON, by=chen, at=now())
    with pytest.raises(services.ReviewError, match="辖区"):
        services.join_persons(WHOLE, who.id, UUID(int=1), reason=REASON, by=chen, at=now())
    assert exactly(node) == before and not Decision.objects.exists()
