"""Fixtures: the standards with a node to bring files into, an administrator."""

from typing import Any

import pytest
from tests.browser import PASSWORD
from tests.node import make_apart, node, standards_of_this_run, transactional_db

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user

__all__ = ["make_apart", "node", "standards_of_this_run", "transactional_db"]


@pytest.fixture
def make_user(transactional_db: None) -> Any:
    """Makes accounts by role and division."""

    def make(username: str, *roles: str, division: str = "330000") -> User:
        return create_user(
            username=username, password=PASSWORD, display_name=f"{username}员", division_code=division,
            roles=list(roles), data_level=3, must_change_password=False,
        )  # fmt: skip

    return make
