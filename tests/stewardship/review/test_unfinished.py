"""A process dies between the register's transaction and that of the word: whoever looks next finds the word written down."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.node import Node
from tests.stewardship.review.desk import (
    MARRIAGE,
    REASON,
    WHOLE,
    csv_text,
    decide,
    exactly,
    item,
    number,
    people,
    person,
    undo,
)

from minzheng.exchange.models import Batch, LoadedChunk, QuarantinedRow, ReviewItem
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.models import Person
from minzheng.stewardship.review import queries, services, settling
from minzheng.stewardship.review.models import Decision, Settled, Unfinished
from minzheng.stewardship.review.terms import Kind


class Died(BaseException):
    """The process ends here: nothing of Django's transaction stands."""


@pytest.fixture
def held(node: Node) -> ReviewItem:
    """王晓 is known; 卫健 sends the same number under the name of 张三丰."""
    node.bring("persons", people(person("王晓", 1)), source="公安")
    node.bring("persons", people(person("张三丰", 1, 联系电话="13911112222")), source="卫健")
    return item()


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, step: str) -> Iterator[None]:
    """The process dies where it would take the next step; then it works again."""

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(settling, step, die)
        with pytest.raises(Died):
            yield


def counts(one: ReviewItem) -> dict[str, int]:
    return {name: n for name, n in Batch.objects.get(pk=one.batch_id).counts.items() if n}


def test_a_row_loaded_by_a_process_that_died_is_closed_with_its_decision(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = Person.objects.get()
    with dying(monkeypatch, "_keep"):
        decide(Kind.LINK, chen, person=who.id)
    held.refresh_from_db()
    assert held.state == "open" and not Decision.objects.exists() and Unfinished.objects.count() == 1
    loaded, told = exactly(node), counts(held)
    assert told == {"read": 1, "accepted": 1, "unchanged": 0, "updated": 1} or "review" not in told

    assert services.finish_left(WHOLE) == 1
    held.refresh_from_db()
    word = Decision.objects.get()
    assert held.state == "decided" and exactly(node) == loaded and counts(held) == told, (
        "nothing is done twice"
    )
    assert (word.kind, word.person_id, word.by, word.reason) == ("link", who.id, chen, REASON)
    assert Settled.objects.filter(kind="loaded", ended_at=None).count() == 1
    assert AuditEntry.objects.filter(action="review.link", user=chen).count() == 1
    assert services.finish_left(WHOLE) == 0 and not Unfinished.objects.exists()


def test_it_can_be_undone_like_any_other(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exactly(node)
    with dying(monkeypatch, "_keep"):
        decide(Kind.LINK, chen, person=Person.objects.get().id)
    services.finish_left(WHOLE)
    undo(Decision.objects.get(), chen)
    held.refresh_from_db()
    assert held.state == "open" and exactly(node) == before
    assert not LoadedChunk.objects.filter(batch_id=held.batch_id, name__startswith="held").exists()


def test_an_undoing_that_died_is_finished_too(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, word = exactly(node), decide(Kind.LINK, chen, person=Person.objects.get().id)
    with dying(monkeypatch, "_follow"):
        undo(word, chen)
    held.refresh_from_db()
    assert held.state == "decided" and exactly(node) == before, "it left the register and does not say so"
    assert services.finish_left(WHOLE) == 1
    held.refresh_from_db()
    assert held.state == "open" and exactly(node) == before
    assert list(Decision.objects.order_by("id").values_list("kind", flat=True)) == ["link", "undo"]


def test_a_row_sent_back_is_sent_back_once(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, "_keep"):
        decide(Kind.NONE, chen)
    assert services.finish_left(WHOLE) == 1
    held.refresh_from_db()
    assert held.state == "decided" and QuarantinedRow.objects.count() == 1
    assert counts(held) == {"read": 1, "quarantined": 1}


def test_whoever_decides_next_finds_it_decided(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = Person.objects.get()
    with dying(monkeypatch, "_keep"):
        decide(Kind.LINK, chen, person=who.id)
    with pytest.raises(services.ReviewError, match="先作出处置"):
        services.decide(
            WHOLE, held.pk, kind=Kind.NONE, reason=REASON, seen=0, by="另一人", at=held.created_at,
        )  # fmt: skip
    assert Decision.objects.get().kind == "link"


def test_the_list_shows_it_no_more(
    node: Node, held: ReviewItem, chen: User, monkeypatch: pytest.MonkeyPatch, client: object
) -> None:
    """By a page of the row's own county, whose role sees no further."""
    with dying(monkeypatch, "_keep"):
        decide(Kind.LINK, chen, person=Person.objects.get().id)
    xihu, ningbo = Scope("330106", 3), Scope("330203", 3)
    with as_scope(ningbo):
        assert queries.left_unfinished(ningbo) == []
        assert not Unfinished.objects.exists()
    with as_scope(xihu):
        assert services.finish_left(xihu) == 1
        assert not queries.waiting(xihu).exists()


def test_what_was_refused_leaves_nothing_to_finish(node: Node, held: ReviewItem, chen: User) -> None:
    who = Person.objects.get()
    node.bring("persons", people(person("王晓", 1, 联系电话="13800009999")), source="卫健")
    with pytest.raises(services.ReviewError, match="已经过时"):
        decide(Kind.LINK, chen, held, person=who.id)
    assert not Unfinished.objects.exists() and not Decision.objects.exists()


def test_a_word_that_loads_nothing_yet_is_left_to_no_one(node: Node, chen: User) -> None:
    """Of two who stand under other names only one is decided."""
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    row = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "赵国强", number(1), "钱小红", number(2))
    node.bring("marriages", csv_text(MARRIAGE, row))
    husband = ReviewItem.objects.get(role="husband")
    decide(Kind.LINK, chen, husband, person=Person.objects.get(name="王晓").id)
    assert not Unfinished.objects.exists() and services.finish_left(WHOLE) == 0
