"""A wrong link is put right among marriages too: what a revocation takes back follows from whose the records are now."""

from uuid import UUID

import pytest
from tests.business.registering import (
    DECISION,
    FIRST,
    LI,
    SECOND,
    WANG,
    ZHAO,
    nothing_more_to_settle,
    registered,
    states,
)
from tests.exchange.numbers import people, person
from tests.node import Node
from tests.stewardship.review.desk import REASON, WHOLE, decide, item, now, undo

from minzheng.foundation.accounts.models import User
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.registry.integrity import check
from minzheng.registry.models import HandChange, Person, PersonClaim
from minzheng.stewardship.review import services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import Kind
from minzheng.stewardship.signals.models import Signal

REVOKED = "2021-03-01"


def named(name: str) -> UUID:
    return Person.objects.get(name=name, superseded_by=None).id


def say(node: Node) -> dict[UUID, str | None]:
    return dict(
        node.rows(
            "SELECT id, marital_status_code FROM registry_person WHERE superseded_by IS NULL AND name IS NOT NULL"
        )
    )


def wife_leaves(node: Node, by: User) -> Decision:
    """What the first marriage says of its wife is another woman's."""
    ((claim, wife),) = node.rows(
        "SELECT c.id, c.person_id FROM registry_personclaim c JOIN marriage_registration r ON r.id = c.record_id"
        " WHERE r.kind_code = '11' AND r.certificate_no = %s AND c.role = 'wife' AND c.recorded_to IS NULL",
        FIRST,
    )
    return services.split_person(WHOLE, wife, [claim], reason=REASON, by=by, at=now())


@pytest.fixture
def revoked(node: Node) -> Node:
    """王晓 and 李敏 married and their marriage was revoked by a paper of its own number; then he married 赵娟."""
    node.bring("persons", people(person(*WANG), person(*LI)))
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", DECISION, REVOKED)
    registered(node, "结婚", SECOND, "2024-02-02", ZHAO)
    assert states(node) == {"王晓": "20", "李敏": None, "赵娟": "20"} and not Signal.objects.exists()
    return node


def test_split_from_its_wife_a_marriage_is_no_longer_the_one_revoked(revoked: Node, chen: User) -> None:
    wang, li, before = named("王晓"), named("李敏"), say(revoked)
    decision = wife_leaves(revoked, chen)
    other = decision.other_id
    assert other is not None
    assert say(revoked) == before | {wang: "20", other: "20"} and say(revoked)[li] is None
    claims = PersonClaim.objects.filter(recorded_to=None, role="husband", marital_status_code="20")
    assert claims.filter(person_id=wang).count() == 2, (
        "the marriage stands again, for him who was not split too"
    )
    (signal,) = Signal.objects.all()
    assert (signal.kind, signal.state, signal.subject_id) == ("married_again", "new", wang)
    nothing_more_to_settle(revoked)
    undo(decision, chen)
    signal.refresh_from_db()
    assert say(revoked) == before and signal.state == "closed" and check() == []
    nothing_more_to_settle(revoked)


def test_others_who_changed_with_it_are_told(node: Node, chen: User) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", DECISION, REVOKED)
    OutboxEntry.objects.all().delete()
    decision, wang = wife_leaves(node, chen), named("王晓")
    told = {(e.data_set, e.operation, *e.subject_ids) for e in OutboxEntry.objects.all()}
    assert ("persons", "updated", wang) in told and say(node)[wang] == "20"
    assert ("persons", "created", decision.other_id) in told
    OutboxEntry.objects.all().delete()
    undo(decision, chen)
    assert ("persons", "updated", wang) in {
        (e.data_set, e.operation, *e.subject_ids) for e in OutboxEntry.objects.all()
    }


def test_joined_the_two_are_whom_the_revocation_means(node: Node, chen: User) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", DECISION, REVOKED, ZHAO)
    before = say(node)
    assert states(node) == {"王晓": "20", "李敏": "20", "赵娟": None}
    decision = services.join_persons(WHOLE, named("李敏"), named("赵娟"), reason=REASON, by=chen, at=now())
    assert set(say(node).values()) == {None}
    nothing_more_to_settle(node)
    undo(decision, chen)
    assert say(node) == before and check() == []
    nothing_more_to_settle(node)


def test_a_split_is_undone_after_a_revocation_came_for_the_marriage(node: Node, chen: User) -> None:
    """The claim that moved was written anew meanwhile, by the revocation and not by its source."""
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "结婚", SECOND, "2020-06-20")
    decision = wife_leaves(node, chen)
    registered(node, "撤销", FIRST, REVOKED)
    assert say(node)[decision.other_id] is None  # type: ignore[index]
    undo(decision, chen)
    said = PersonClaim.objects.filter(person_id=named("李敏"), recorded_to=None, role="wife")
    assert sorted(said.values_list("marital_status_code", flat=True), key=str) == ["20", None, None]
    assert Person.objects.get(pk=decision.other_id).superseded_by == named("李敏")
    nothing_more_to_settle(node)
    assert check() == [] and not HandChange.objects.exists()


def test_a_decided_row_is_undone_after_a_revocation_came_for_it(node: Node, chen: User) -> None:
    """What it said was written anew by the revocation, and leaves with the row."""
    node.bring("persons", people(person(*WANG), person(*LI)))
    assert registered(node, "结婚", FIRST, "2020-05-20", ("钱小红", 2))["review"] == 1
    before = say(node)
    word = decide(Kind.LINK, chen, person=named("李敏"))
    assert set(say(node).values()) == {"20"}
    registered(node, "撤销", FIRST, REVOKED)
    assert set(say(node).values()) == {None}
    undo(word, chen)
    assert say(node) == before and item().state == "open" and check() == []
    assert not PersonClaim.objects.filter(rule="manual", recorded_to=None).exists()
    decide(Kind.LINK, chen, person=named("李敏"))
    assert set(say(node).values()) == {None}, "revoked before it was ever linked"
    nothing_more_to_settle(node)
