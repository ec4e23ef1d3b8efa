"""A login of one business is shown the people, and of their dealings only that business's, on every page and in the database."""

import pytest
from django.test import Client
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node, node, standards_of_this_run, transactional_db
from tests.registry.claims import MARRIAGE

from minzheng.business.marriage.models import Registration
from minzheng.business.relief.models import AllowancePayment
from minzheng.exchange.models import Batch
from minzheng.exchange.queries import feeds_in
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.registry.models import Person
from minzheng.stewardship.resources.queries.tallies import by_source

__all__ = ["node", "standards_of_this_run", "transactional_db"]
PAYMENTS = (
    "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划", "月保障金额(元)",
    "发放月份", "银行卡号",
)  # fmt: skip
PAID = ("3301062023000001", "王晓", number(1), "王晓", number(1), "户主", "330106", "935", "202601", "")
WED = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "王晓", number(1), "李敏", number(2))


@pytest.fixture
def dealings(node: Node) -> Node:
    node.bring("persons", people(person("王晓", 1), person("李敏", 2)))
    node.bring("marriages", csv_text(MARRIAGE, WED))
    node.bring("allowances", csv_text(PAYMENTS, PAID))
    return node


def logged_in(client: Client, business: str) -> User:
    user = create_user(
        username=f"only{business}", password="Xihu-Longjing-88", display_name="王经办", division_code="330000",
        roles=["clerk", "data_officer", "auditor"], businesses=[business], data_level=3, must_change_password=False,
    )  # fmt: skip
    client.force_login(user)
    return user


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize(
    ("business", "own", "others"),
    [("01", "3301062023000001", WED[1]), ("05", WED[1], "3301062023000001")],
)
def test_a_person_and_their_dealings(
    dealings: Node, client: Client, business: str, own: str, others: str
) -> None:
    user = logged_in(client, business)
    who = Person.objects.get(name="王晓")
    shown = text(client, f"/persons/{who.id}/")
    assert "王晓" in shown and own in shown and others not in shown
    found = client.post("/search/", {"q": own}, follow=True).content.decode()
    assert "王晓" in found
    assert "没有查到" in client.post("/search/", {"q": others}, follow=True).content.decode()
    taken = client.post("/search/export/", {"kind": "persons", "purpose": "核对", "form": "csv", "q": others})
    assert "王晓" not in taken.content.decode()
    with as_scope(Scope.of(user)):  # whatever a query forgets
        assert (Registration.objects.exists(), AllowancePayment.objects.exists()) == (
            business == "05",
            business == "01",
        )


def test_batches_feeds_and_what_may_be_brought_in(dealings: Node, client: Client) -> None:
    user = logged_in(client, "01")
    scope = Scope.of(user)
    assert feeds_in(scope) == ["allowances"]
    others = Batch.objects.exclude(feed="allowances")
    assert others.count() == 2
    for batch in others:
        assert client.get(f"/batches/{batch.id}/").status_code == 404
    listed = text(client, "/batches/")
    assert "低保发放" in listed and "婚姻登记" not in listed  # neither a row nor a choice
    assert "婚姻登记" not in text(client, "/search/") and "婚姻登记" not in text(client, "/bring-in/")
    assert "婚姻登记" not in text(client, "/resources/feeds/")
    assert {feed for feed, _ in by_source(scope, since=others[0].received_at.replace(year=2020))} == {
        "allowances"
    }
    assert client.get("/bring-in/allowances/").status_code == 200
    for address in ("/bring-in/marriages/", "/bring-in/marriages/template/"):
        assert client.get(address).status_code == 404
    assert client.post("/bring-in/marriages/", {}).status_code == 404
    assert Batch.objects.count() == 3
