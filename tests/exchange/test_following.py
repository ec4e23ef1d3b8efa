"""Others look at a batch after cleaning and after loading; interrupted, they look again."""

import pytest
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.exchange import following, services


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What two lookers saw, in order: the moment, and how many rows there were then."""
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(following, "_when_cleaned", {})
    monkeypatch.setattr(following, "_when_finished", {})

    def staged(rows: following.CleanedRows) -> None:
        (count,) = rows.db.execute("SELECT count(*) FROM norm").fetchall()[0]
        seen.append(("cleaned", count))

    following.when_cleaned("staged", staged)
    following.when_finished("loaded", lambda batch: seen.append((batch.stage, batch.counts["created"])))
    return seen


def test_a_batch_is_looked_at_when_cleaned_and_when_finished(
    node: Node, looks: list[tuple[str, int]]
) -> None:
    brought = node.bring("persons", people(person("王晓", 1), person("王芳", 2)))
    assert looks == [("cleaned", 2), ("finished", 2)]
    assert brought.batch.followed_at is not None and not services.unfinished()
    services.run(brought.batch)
    assert len(looks) == 2, "a batch is followed once"


def test_one_who_fails_loses_nothing_and_is_called_again(node: Node, looks: list[tuple[str, int]]) -> None:
    def broken(_batch: object) -> None:
        raise ConnectionError("断开")

    following.when_finished("broken", broken)
    with pytest.raises(ConnectionError):
        node.bring("persons", people(person("王晓", 1)))
    (batch,) = services.unfinished()
    assert batch.stage == "finished" and node.rows("SELECT name FROM registry_person") == [("王晓",)]
    following.when_finished("broken", lambda batch: looks.append(("mended", batch.counts["read"])))
    services.run(batch)
    assert looks[-2:] == [("mended", 1), ("finished", 1)]
    assert not services.unfinished()
