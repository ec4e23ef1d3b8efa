"""A ticket a county: each asks for its own rows, lies with its own officials, and is done with when these rows are mended."""

import pytest
from django.utils import timezone
from tests.exchange.numbers import people, person
from tests.node import Brought, Node

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.stewardship.quality import queries, services
from minzheng.stewardship.quality.models import Ticket
from minzheng.stewardship.quality.services import TicketError

XIHU, HAISHU = Scope("330106", 3), Scope("330203", 3)
PHONE = "persons.q04|联系电话"


@pytest.fixture
def officer(node: Node) -> User:
    return create_user(
        username="officer", password="Xihu-Longjing-88", display_name="王晓", division_code="330000",
        roles=["data_officer"], must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def brought(node: Node) -> Brought:
    """Two rows of 西湖 and one of 海曙 without a phone number, one of 上城 with."""
    rows = [
        person("王晓", 1, 联系电话=""),
        person("王芳", 2, 联系电话=""),
        person("李敏", 4, 联系电话="", 户籍区划="330203"),
        person("张伟", 5, 户籍区划="330102"),
    ]
    return node.bring("persons", people(*rows))


def by_county(brought: Brought, officer: User, *measures: str) -> list[Ticket]:
    return services.open_by_county(
        batch=brought.batch, measures=measures, reason="", by=officer, at=timezone.now()
    )


def test_each_county_is_asked_for_its_own(node: Node, brought: Brought, officer: User) -> None:
    made = by_county(brought, officer, PHONE, "persons.q01|姓名")
    assert [(t.division_code, t.within_code, t.rows) for t in made] == [
        ("330106", "330106", 2), ("330203", "330203", 1)
    ]  # fmt: skip
    assert [services.rows_of(t).count() for t in made] == [2, 1]
    today = timezone.localdate()
    for scope, ticket in zip((XIHU, HAISHU), made, strict=True):
        assert list(queries.tickets(scope, on=today)) == [ticket]
    whole = Scope("330000", 3)
    assert list(queries.tickets(whole, on=today, division="330200")) == [made[1]]
    assert {"330106", "330203"} <= set(queries.failing_divisions(whole, brought.batch.id))
    assert queries.failing_divisions(XIHU, brought.batch.id) == ["330106"]
    with pytest.raises(TicketError, match="至少选择"):
        by_county(brought, officer, "persons.q01|姓名")


def test_each_is_closed_by_its_own_rows(node: Node, brought: Brought, officer: User) -> None:
    """What the other county still lacks keeps no one waiting."""
    xihu, haishu = by_county(brought, officer, PHONE)
    node.bring("persons", people(person("李敏", 4, 户籍区划="330203"), person("王晓", 1, 联系电话="")))
    haishu.refresh_from_db()
    xihu.refresh_from_db()
    assert (haishu.state, xihu.state) == ("closed", "open")
    node.bring("persons", people(person("王晓", 1), person("王芳", 2)))
    xihu.refresh_from_db()
    assert xihu.state == "closed"
