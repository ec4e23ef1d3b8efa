"""Registrations kept before kinds had keys of their own are known again when they are sent once more (业务键迁移)."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from tests.business.registering import FIRST, registered, states
from tests.node import Node

migration = import_module("minzheng.business.marriage.migrations.0004_keys_apart")
ROWS = (
    ("结婚", FIRST, "2020-05-20"),
    ("补领结婚证", "BJ330106-2021-000002", "2021-06-01"),
    ("离婚", "L330106-2022-000003", "2022-08-01"),
    ("撤销", "C330106-2023-000004", "2023-01-15"),
)


@pytest.mark.parametrize("at_once", [1, 2, migration.AT_ONCE])
def test_what_was_kept_under_the_old_keys_is_unchanged_when_sent_again(
    node: Node, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Whatever the size of the pieces in which it is done."""
    monkeypatch.setattr(migration, "AT_ONCE", at_once)
    for row in ROWS:
        registered(node, *row)
    keys = "SELECT id, key_digest FROM marriage_registration ORDER BY id"
    made = node.rows(keys)
    node.rows(
        "UPDATE marriage_registration SET key_digest = gen_random_uuid() WHERE kind_code <> '11' RETURNING 1"
    )
    assert node.rows(keys) != made
    migration.apart(None, SimpleNamespace(connection=connection))
    assert node.rows(keys) == made
    assert [registered(node, *row)["unchanged"] for row in ROWS] == [1, 1, 1, 1]
    assert states(node) == {"王晓": "40", "李敏": "40"}
