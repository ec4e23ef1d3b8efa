"""A process dies while persons are split, joined or put back: nothing of it stands, or all of it, and is followed up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from tests.node import Node
from tests.stewardship.review.desk import REASON, WHOLE, exactly, now, people, person, undo
from tests.stewardship.review.test_second import allowance, approve

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.registry import following
from minzheng.registry import services as registry
from minzheng.registry.models import HandChange, Person, PersonClaim
from minzheng.stewardship.review import services
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.services import persons, second
from minzheng.stewardship.signals.models import Signal


class Died(BaseException):
    """The process ends here: what was not committed is undone, and nothing more is done."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, where: object, step: str) -> Iterator[None]:
    """The process dies where it would take the next step; then it works again."""

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(where, step, die)
        with pytest.raises(Died):
            yield


def everything(node: Node) -> list[object]:
    return [
        *exactly(node),
        list(Decision.objects.order_by("id").values()),
        list(
            AuditEntry.objects.filter(action__in=["split_person", "join_persons", "put_back_claims"]).values()
        ),
        list(OutboxEntry.objects.order_by("id").values()),
        list(HandChange.objects.values()),
    ]


@pytest.fixture
def two(node: Node) -> dict[str, UUID]:
    """李敏, of whom two sources speak, and 李小敏."""
    node.bring("persons", people(person("李敏", 2)), source="公安")
    node.bring("persons", people(person("李敏", 2, 联系电话="13999999999")), source="卫健")
    node.bring("persons", people(person("李小敏", 4)), source="公安")
    return dict(Person.objects.values_list("name", "id"))


def split(who: UUID, by: User) -> Decision:
    claim = PersonClaim.objects.filter(person_id=who, recorded_to=None).latest("recorded_from")
    return services.split_person(WHOLE, who, [claim.id], reason=REASON, by=by, at=now())


def join(two: dict[str, UUID], by: User) -> Decision:
    return services.join_persons(WHOLE, two["李敏"], two["李小敏"], reason=REASON, by=by, at=now())


STEPS = [(registry, "_tell"), (registry, "record"), (persons, "keep"), (persons, "call_reviewers")]


@pytest.mark.parametrize("act", ["split", "join"])
def test_dying_at_any_step_nothing_of_it_stands(
    node: Node, two: dict[str, UUID], chen: User, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    before = everything(node)
    does: Callable[[], Decision] = (
        (lambda: split(two["李敏"], chen)) if act == "split" else lambda: join(two, chen)
    )
    for where, step in STEPS:
        with dying(monkeypatch, where, step):
            does()
        assert everything(node) == before, step
    done = does()
    with_it = everything(node)
    assert with_it != before
    for where, step in ((registry, "_tell"), (second, "keep"), (second, "call_reviewers")):
        with dying(monkeypatch, where, step):
            undo(done, chen)
        assert everything(node) == with_it, step
    undo(done, chen)
    assert everything(node)[:3] == before[:3]


def test_an_approval_that_died_still_waits(
    node: Node, chen: User, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    node.bring("allowances", allowance("李敏", 2))
    proposal = split(Person.objects.get(name="李敏").id, chen)
    before = everything(node)
    with dying(monkeypatch, second, "keep"):
        approve(proposal, lin)
    assert everything(node) == before
    assert approve(proposal, lin).other_id is not None


def test_who_died_before_what_follows_was_looked_at_is_caught_up_with(
    node: Node, two: dict[str, UUID], chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change stands; whoever looks next, or the next worker, does what is left."""
    with dying(monkeypatch, following, "changed"):
        split(two["李敏"], chen)
    word = Decision.objects.get()
    (left,) = HandChange.objects.all()
    assert left.person_ids == [two["李敏"], word.other_id]
    told: list[UUID] = []
    monkeypatch.setitem(following._when_changed, "test", told.extend)
    services.finish_left(WHOLE)
    assert told == [two["李敏"], word.other_id] and not HandChange.objects.exists()
    services.finish_left(WHOLE)
    assert len(told) == 2


def test_any_batch_catches_up_too(
    node: Node, two: dict[str, UUID], chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, following, "changed"):
        join(two, chen)
    node.bring("persons", people(person("王芳", 6)))
    assert not HandChange.objects.exists()


def test_what_a_look_raises_does_not_undo_the_word_and_is_looked_at_again(
    node: Node,
    two: dict[str, UUID],
    chen: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_: object) -> None:
        raise ValueError("不通")

    with monkeypatch.context() as broken:
        broken.setitem(following._when_changed, "test", fails)
        decision = split(two["李敏"], chen)
        assert following.catch_up() == 0
    assert (
        Decision.objects.get() == decision and HandChange.objects.count() == 1 and "没有完成" in caplog.text
    )
    assert following.catch_up() == 1 and not HandChange.objects.exists()


def test_signals_are_among_what_is_caught_up_with(
    node: Node, chen: User, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone paid for is joined with someone dead, and the process dies: the signal comes with the next look."""
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    node.bring("allowances", allowance("李敏", 2, month="202603"))
    node.bring("persons", people(person("李小敏", 4)), source="卫健")
    node.rows("UPDATE registry_personclaim SET death_date = '2026-01-10' WHERE name = '李小敏' RETURNING 1")
    ids = dict(Person.objects.values_list("name", "id"))
    proposal = services.join_persons(WHOLE, ids["李敏"], ids["李小敏"], reason=REASON, by=chen, at=now())
    with dying(monkeypatch, following, "changed"):
        approve(proposal, lin)
    assert not Signal.objects.exists()
    services.finish_left(WHOLE)
    assert Signal.objects.get().kind == "paid_after_death"
