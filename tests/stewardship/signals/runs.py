"""Runs over everything, to hold against what batches left."""

from django.utils import timezone
from tests.node import Node

from minzheng.stewardship.signals.run import Run, run_all


def full(node: Node) -> Run:
    """Look at everything."""
    return run_all(by="测试", at=timezone.now())


def nothing_more_to_find(node: Node) -> None:
    """What the batches left is what a look at everything finds: no signal raised, changed or closed by it."""
    before = everything(node)
    run = full(node)
    assert {key: (dict(c.raised), c.changed, c.closed) for key, c in run.counts.items()} == dict.fromkeys(
        run.counts, ({}, 0, 0)
    )
    assert everything(node) == before


def everything(node: Node) -> list[tuple[object, ...]]:
    return node.rows("SELECT * FROM signals_signal ORDER BY id")
