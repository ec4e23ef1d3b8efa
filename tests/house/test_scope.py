"""Scope: everything that lists persons, batches or records takes it first, and shows nothing outside it."""

import inspect
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.exchange.numbers import PERSON, csv_text, number, person
from tests.house.source import PRODUCT, module_name, module_of, python_files
from tests.node import Node, filled

from minzheng.exchange.looking_up import search
from minzheng.exchange.queries import batch_in, batches
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.services import create_user
from minzheng.registry.queries import find_persons, person_record, persons_by_id
from minzheng.web.desk import batch_queries

# Boxes whose queries speak of people; the standards hold no personal data and are open to every official.
BOXES = ("registry", "exchange", "stewardship", "sharing", "business", "web")
WITHOUT_SCOPE = {
    "minzheng.sharing.catalogue.queries.editions.code_of": "spells a catalogue entry, which is public",
    "minzheng.sharing.catalogue.queries.editions.category_name": "spells a catalogue entry, which is public",
    "minzheng.sharing.catalogue.queries.editions.changes_between": "compares two published editions, which are public",
    "minzheng.sharing.watching.queries.uses.uses_of_client": "a system's own uses; its token was shown at the door",
    "minzheng.sharing.between.queries.roads": "speaks of nodes and roads, not of people",
    "minzheng.sharing.between.queries.stuck": "speaks of a batch and why it was refused, not of people",
    "minzheng.sharing.between.queries.in_all": "sums up rows that were asked for within a scope",
    "minzheng.exchange.queries.record_values": "takes a record that was asked for within a scope",
    "minzheng.exchange.queries.sealed_kinds": "speaks of columns, not of people",
    "minzheng.exchange.looking_up.one_person": "the node itself at its command line; takes a purpose and is audited",
    "minzheng.exchange.looking_up.as_dict": "takes a record that was asked for within a scope",
    "minzheng.web.desk.batch_queries.source_names": "names of offices that hand files over, for a form",
}
NINGBO, HANGZHOU, PROVINCE = Scope("330200", 3), Scope("330100", 3), Scope("330000", 3)


def asking_functions() -> Iterator[tuple[str, Any]]:
    """(dotted name, function) of everything public in the modules that ask."""
    for path in python_files():
        inside = path.relative_to(PRODUCT)
        if inside.parts[0] not in BOXES:
            continue
        asks = (
            path.stem == "queries"
            or path.stem.endswith("_queries")
            or path.stem == "looking_up"
            or "queries" in inside.parts
        )
        if not asks:
            continue
        module = module_of(path)
        for name, found in vars(module).items():
            if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module_name(path)}.{name}", found


FUNCTIONS = dict(asking_functions())


def test_the_functions_that_ask_are_found():
    assert {
        "minzheng.registry.queries.find_persons",
        "minzheng.exchange.queries.batches",
        "minzheng.web.desk.batch_queries.batches",
        "minzheng.exchange.looking_up.search",
    } <= set(FUNCTIONS)
    assert set(WITHOUT_SCOPE) <= set(FUNCTIONS), "no longer needed in the list"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - set(WITHOUT_SCOPE)))
def test_what_lists_takes_the_scope_first(name):
    first = next(iter(inspect.signature(FUNCTIONS[name]).parameters.values()), None)
    assert first is not None and first.name == "scope"
    assert first.annotation is Scope or first.annotation == "Scope"
    assert first.default is inspect.Parameter.empty, "who forgets the scope must not see everything"


@pytest.fixture
def two_cities(node: Node) -> dict[str, UUID]:
    filled(node, "a household of two cities", fill)
    return dict(node.rows("SELECT name, id FROM registry_person"))


def fill(node: Node) -> None:
    """A household of 杭州, one of whose members moved to 宁波, and a person of nowhere known."""
    headings = (*PERSON, "与户主关系", "户主公民身份号码")
    brought = node.bring(
        "persons",
        csv_text(
            headings,
            [*person("王晓", 1), "户主", number(1)],
            [*person("王芳", 2, 户籍区划="330203"), "女", number(1)],
            [*person("王建国", 3), "子", number(1)],
        ),
    )
    assert brought.counts == (3, 3, 0, 3, 0, 0, 0)
    marriage = (
        "登记类型", "登记证字号", "登记机关区划", "登记日期",
        "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
    )  # fmt: skip
    couple = (
        "结婚", "J330106-2020-000001", "330106", "2020-05-20", "赵国强", number(11), "王芳", number(2)
    )  # fmt: skip
    assert node.bring("marriages", csv_text(marriage, couple)).counts == (1, 1, 0, 1, 0, 0, 0)


def names(hits: Any) -> set[str]:
    return {hit.name for hit in hits}


def test_a_city_sees_its_own_people_only(two_cities: dict[str, UUID]) -> None:
    assert names(find_persons(NINGBO, "王")) == {"王芳"}
    assert names(find_persons(HANGZHOU, "王")) == {"王晓", "王建国"}
    assert names(find_persons(PROVINCE, "王")) == {"王晓", "王建国", "王芳"}
    assert find_persons(NINGBO, number(1)) == []
    assert names(find_persons(HANGZHOU, number(1))) == {"王晓"}
    everyone = list(two_cities.values())
    assert names(persons_by_id(NINGBO, everyone)) == {"王芳"}
    assert names(persons_by_id(PROVINCE, everyone)) == set(two_cities)


def test_someone_whose_registration_is_not_known_is_the_provinces(two_cities: dict[str, UUID]) -> None:
    """赵国强 stands in a marriage only, which does not say where he is registered."""
    for scope in (NINGBO, HANGZHOU):
        assert find_persons(scope, "赵国强") == []
        assert person_record(scope, two_cities["赵国强"]) is None
    assert names(find_persons(PROVINCE, "赵国强")) == {"赵国强"}


def test_a_certificate_leads_nowhere_outside(two_cities: dict[str, UUID]) -> None:
    assert names(search(PROVINCE, "J330106-2020-000001")) == {"赵国强", "王芳"}
    assert names(search(NINGBO, "J330106-2020-000001")) == {"王芳"}
    assert search(HANGZHOU, "J330106-2020-000001") == []


def test_a_record_and_its_household_end_at_the_border(two_cities: dict[str, UUID]) -> None:
    assert person_record(NINGBO, two_cities["王晓"]) is None
    assert person_record(NINGBO, two_cities["王晓"], reveal=True) is None
    own = person_record(NINGBO, two_cities["王芳"])
    assert own is not None and own.members == ()
    other = person_record(HANGZHOU, two_cities["王晓"])
    assert other is not None and {m.name for m in other.members} == {"王建国"}
    whole = person_record(PROVINCE, two_cities["王晓"])
    assert whole is not None and {m.name for m in whole.members} == {"王建国", "王芳"}


def test_batches_belong_to_who_takes_the_whole_node_in(two_cities: dict[str, UUID]) -> None:
    (first, second) = batches(PROVINCE)
    for scope in (NINGBO, HANGZHOU):
        assert not batches(scope).exists()
        assert not batch_queries.batches(scope).exists()
        assert batch_in(scope, first.id) is None
        assert batch_queries.batch_counts(scope, since=second.received_at).batches == 0
    assert batch_in(PROVINCE, first.id) == first
    assert batch_queries.batch_counts(PROVINCE, since=second.received_at).batches == 2


def test_a_clerk_of_ningbo_is_shown_nothing_of_hangzhou(two_cities: dict[str, UUID], client: Client) -> None:
    client.force_login(
        create_user(
            username="ningbo", password="Tianyi-Pavilion-88", display_name="林静", division_code="330200",
            roles=["clerk", "data_officer"], data_level=3, must_change_password=False,
        )
    )  # fmt: skip
    found = client.post("/persons/", {"q": "王"}, follow=True).content.decode()
    assert "王芳" in found and "王晓" not in found and "王建国" not in found
    assert client.get(f"/persons/{two_cities['王芳']}/").status_code == 200
    assert client.get(f"/persons/{two_cities['王晓']}/").status_code == 404
    listed = client.get("/batches/").content.decode()
    for batch in batches(PROVINCE):
        assert str(batch.id) not in listed
        assert client.get(f"/batches/{batch.id}/").status_code == 404
