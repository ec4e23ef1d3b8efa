"""Fixtures of the catalogue: a node with its standards, officials, members, one database played by several nodes in turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.browser import PASSWORD, chromium, open_page
from tests.node import make_apart, node, standards_of_this_run, transactional_db

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.members.models import Member
from minzheng.sharing.catalogue.models import Demand, DemandEvent, Edition
from minzheng.sharing.catalogue.services.editions import compile_catalogue, publish_catalogue

__all__ = ["chromium", "make_apart", "node", "open_page", "standards_of_this_run", "transactional_db"]
NAMES = {"330000": "浙江省", "330100": "杭州市", "330106": "西湖区"}


@pytest.fixture
def make_user(transactional_db: None) -> Callable[..., User]:
    """Makes accounts by role and division."""

    def make(*roles: str, division: str = "330000") -> User:
        return create_user(
            username=f"{'-'.join(roles)}-{division}", password=PASSWORD, display_name=f"林静{division}",
            division_code=division, roles=list(roles), data_level=3, must_change_password=False,
        )  # fmt: skip

    return make


@pytest.fixture
def officer(make_user: Callable[..., User]) -> User:
    return make_user("data_officer")


@pytest.fixture
def publish(node: Any, officer: User) -> Callable[[], Edition]:
    """Compile and publish what the standard says now."""

    def done() -> Edition:
        draft = compile_catalogue(by=officer, at=timezone.now())
        return publish_catalogue(edition_id=draft.pk, by=officer, at=timezone.now())

    return done


@pytest.fixture
def members(transactional_db: None) -> None:
    """Province, city and county, each above the next."""
    upper = ""
    for code, name in NAMES.items():
        Member.objects.create(
            code=code, name=name, kind=Member.NODE, division_code=code, upper_code=upper, sign_key="0" * 128,
            valid_from=timezone.now() - timedelta(days=1), valid_to=timezone.now() + timedelta(days=1),
        )  # fmt: skip
        upper = code


@pytest.fixture
def play(settings: Any, make_user: Callable[..., User], members: None) -> Callable[[str], Any]:
    """Be another node for a while: its code, its own demands, its officer; those of the node before are put aside."""
    kept: dict[str, tuple[list[Demand], list[DemandEvent]]] = {}
    officers = {code: make_user("data_officer", division=code) for code in NAMES}

    @contextmanager
    def as_(code: str) -> Iterator[User]:
        settings.NODE_DIVISION_CODE = code
        demands, events = kept.get(code, ([], []))
        Demand.objects.bulk_create(sorted(demands, key=lambda one: one.parent_id is not None))
        DemandEvent.objects.bulk_create(events)
        yield officers[code]
        kept[code] = (list(Demand.objects.all()), list(DemandEvent.objects.all()))
        DemandEvent.objects.all().delete()
        Demand.objects.filter(parent__isnull=False).delete()
        Demand.objects.all().delete()
        settings.NODE_DIVISION_CODE = "330000"

    return as_
