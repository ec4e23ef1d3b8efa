"""The node whose rows wait, and the officials who decide."""

import pytest
from tests.node import Node, make_apart, node, standards_of_this_run, transactional_db

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User

__all__ = ["make_apart", "node", "standards_of_this_run", "transactional_db"]

WHOLE = Scope.system("330000")


def official(name: str, *roles: str, division: str = "330000") -> User:
    return User.objects.create_user(
        name, display_name=name, division_code=division, data_level=3, roles=list(roles or ("clerk", "reviewer")),
        must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def chen(node: Node) -> User:
    return official("陈平")


@pytest.fixture
def lin(node: Node) -> User:
    return official("林静")
