"""A batch's plan: what is kept is what is read, and nobody else opens it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.exchange.numbers import PERSON, csv_text, person
from tests.node import Node

import minzheng
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.models import Batch
from minzheng.exchange.plan import (
    Plan,
    Pull,
    cleaning_kept,
    extracted_of,
    extraction_kept,
    plan_of,
    pull_kept,
)
from minzheng.kernel.uuid7 import uuid7

EXTRACTED = Extracted(("姓名", "", "备注"), {"姓名": 0}, (("一.csv", 3), ("二.csv", 4)), 7)
PULL = Pull(5, Watermark(), Watermark("2026-03-01 08:00:00", ("3", "x")))


def stored(*parts: dict) -> Batch:
    """A batch whose plan has been to the database and back."""
    plan: dict = {}
    for part in parts:
        plan |= part
    return Batch(id=uuid7(datetime.now(UTC)), plan=json.loads(json.dumps(plan)))


def test_what_is_kept_is_what_is_read() -> None:
    batch = stored(
        pull_kept(PULL), extraction_kept(EXTRACTED), cleaning_kept(("n00000", "p00000"), {"民族": "1990"})
    )
    assert plan_of(batch) == Plan(EXTRACTED, ("n00000", "p00000"), {"民族": "1990"}, PULL)
    assert extracted_of(batch) == EXTRACTED and plan_of(batch).extra_columns == ["备注"]


def test_a_batch_of_which_nothing_is_read_yet_has_an_empty_plan() -> None:
    batch = stored()
    assert plan_of(batch) == Plan() and not plan_of(batch).extra_columns
    with pytest.raises(LookupError, match="尚未读取"):
        extracted_of(batch)


def test_a_batch_brought_in_keeps_its_plan(node: Node) -> None:
    brought = node.bring("persons", csv_text([*PERSON, "备注"], [*person(), "x"]))
    plan = plan_of(Batch.objects.get(pk=brought.batch.pk))
    assert plan.headings == (*PERSON, "备注") and plan.chunks == ("n00000",)
    assert brought.report["extra_columns"] == ["备注"] == plan.extra_columns


def test_nobody_else_opens_the_plan() -> None:
    root = Path(minzheng.__file__).parent
    opened = re.compile(r"\.plan\s*(\[|\.get\()")
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if path.name != "plan.py" and opened.search(path.read_text(encoding="utf-8"))
    ]
    assert not found
