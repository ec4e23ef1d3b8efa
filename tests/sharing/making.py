"""Grants for tests: a department's system, an officer who may decide, a grant as wide as asked; a node filled once a module."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from tests.emptying import batch_tables, empty, empty_all, stand
from tests.exchange.numbers import PERSON, csv_text, number, person
from tests.node import Node, filled

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.registry.sources import forget_sources
from minzheng.sharing.grants import services
from minzheng.sharing.grants.granted.fields import shared
from minzheng.sharing.grants.models import Application, Client, Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import forget_tallies
from minzheng.sharing.interfaces import sealing
from minzheng.standards.queries.asking import forget_published
from minzheng.standards.services import publish_shipped_packs

MARRIAGE = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip
ID = "person_citizen_id_number"
# What a test leaves behind; persons and records stay for the module.
OF_A_TEST = (
    "grants_",
    "interfaces_",
    "subscriptions_",
    "watching_",
    "oauth2_",
    "procrastinate_",
    "foundation_",
)


@pytest.fixture(scope="module")
def cities(
    standards_of_this_run: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A node with the persons and the couple of ``two_cities``, brought in once."""
    home, former = tmp_path_factory.mktemp("home"), settings.HOME
    with django_db_blocker.unblock():
        settings.HOME = Path(home)
        stand("shipped", publish_shipped_packs)
        forget_published()
        forget_sources()
        empty_all()
        yield filled(Node(Path(home)), "two cities to grant", two_cities)
        empty_all()
        settings.HOME = former


@pytest.fixture
def transactional_db(cities: Node) -> None:
    """By this name it is known that a test wants the database."""


@pytest.fixture
def node(cities: Node, transactional_db: None) -> Iterator[Node]:
    """The same node, nothing granted, nothing asked."""
    stand("shipped", publish_shipped_packs)
    empty(
        [name for name in batch_tables() if name.startswith(OF_A_TEST) and name != "foundation_outboxentry"]
    )
    forget_tallies()
    yield cities
    sealing.sealer.forget()


def officer(name: str = "officer", division: str = "330000", level: int = 3, *roles: str) -> User:
    return create_user(
        username=name, password="Xihu-Longjing-88", display_name="王晓", division_code=division,
        roles=list(roles or ("data_officer",)), data_level=level, must_change_password=False,
    )  # fmt: skip


def system(by: User, code: str = "yibao", **more: Any) -> Client:
    said = {"name": "医保核验系统", "office": "省医保局", "division_code": "330000", **more}
    return services.register_client(code=code, by=by, at=timezone.now(), **said)


def asked(client: Client, by: User, **more: Any) -> Application:
    data_set = more.pop("data_set", "persons")
    found = shared(data_set)
    assert found is not None
    said: dict[str, Any] = {
        "purpose": "核对参保资格", "legal_basis": "社会保险法第五十七条", "fields": list(found.fields),
        "division_code": "330000", "methods": list(Method.values),
        "until_on": timezone.localdate() + timedelta(days=90), "per_minute": 1000, "per_day": 1_000_000,
    } | more  # fmt: skip
    return services.ask(client=client, data_set=data_set, by=by, at=timezone.now(), **said)


def granted(
    client: Client, by: User, *, fields: Sequence[str] | None = None, masked: Sequence[str] = (), **more: Any
) -> Grant:
    asked_for = asked(client, by, **more)
    return services.agree(
        application=asked_for, fields=fields or asked_for.fields, masked=masked, methods=asked_for.methods,
        until_on=asked_for.until_on, per_minute=asked_for.per_minute, per_day=asked_for.per_day, answer="", by=by,
        at=timezone.now(),
    )  # fmt: skip


def two_cities(node: Node) -> None:
    """王晓 and 王建国 of 西湖区, 王芳 of 海曙区; 王晓 and 王芳 were married in 西湖区."""
    headings = (*PERSON, "与户主关系", "户主公民身份号码")
    node.bring("persons", csv_text(
        headings,
        [*person("王晓", 1), "户主", number(1)],
        [*person("王建国", 3), "子", number(1)],
        [*person("王芳", 2, 户籍区划="330203"), "户主", number(2)],
    ))  # fmt: skip
    node.bring("marriages", csv_text(
        MARRIAGE, ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "王晓", number(1), "王芳", number(2)),
    ))  # fmt: skip
