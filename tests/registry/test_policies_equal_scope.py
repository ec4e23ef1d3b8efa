"""The database shows a scope just what the queries say it covers: no more, and no less (行级安全与数据范围一致)."""

import pytest
from tests.exchange.numbers import PERSON, csv_text, number, person
from tests.node import Node, filled
from tests.registry.claims import MARRIAGE

from minzheng.business.marriage.models import Registration
from minzheng.exchange.models import Batch
from minzheng.exchange.queries import batches
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.registry.models import Household, Person, PersonClaim
from minzheng.registry.queries import persons_in

PLACES = {"省": "330000", "杭州": "330100", "西湖": "330106", "宁波": "330200"}


@pytest.fixture
def everywhere(node: Node) -> Node:
    return filled(node, "everywhere", fill)


def fill(node: Node) -> None:
    """杭州 and 宁波, a household whose head moved to 江苏, one of nowhere known, and what a registry elsewhere keeps."""
    headings = (*PERSON, "与户主关系", "户主公民身份号码")
    rows = [
        [*person("王晓", 1), "户主", number(1)],
        [*person("王芳", 2, 户籍区划="330203"), "户主", number(2)],
        [*person("张伟", 5), "户主", number(5)],
        [*person("张敏", 6), "女", number(5)],
    ]
    node.bring("persons", csv_text(headings, *rows))
    couples = [
        ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "赵国强", number(11), "王芳", number(2)),
        ("结婚", "J330203-2021-000001", "330203", "2021-05-20", "王晓", number(1), "周燕", number(14)),
        ("结婚", "J330106-2022-000001", "330106", "2022-05-20", "张伟", number(5), "陈静", number(16)),
        ("结婚", "J330106-2023-000001", "330106", "2023-05-20", "吴刚", number(21), "郑丽", number(22)),
    ]
    node.bring("marriages", csv_text(MARRIAGE, *couples))
    moved = "UPDATE registry_person SET hukou_division_code = '320106' WHERE name IN ('张伟', '吴刚', '郑丽') RETURNING 1"
    assert len(node.rows(moved)) == 3
    elsewhere = "UPDATE marriage_registration SET division_code = '320106' WHERE happened_on >= '2022-01-01' RETURNING 1"
    assert len(node.rows(elsewhere)) == 2
    node.rows("UPDATE registry_household SET division_code = '320106' WHERE id IN"
              " (SELECT household_id FROM registry_person WHERE name = '张伟') RETURNING 1")  # fmt: skip


def named(scope: Scope) -> set[str]:
    """By the queries, asked as the node."""
    return set(Person.objects.filter(persons_in(scope)).values_list("name", flat=True))


@pytest.mark.parametrize("place", PLACES)
def test_persons_and_what_is_said_of_them(everywhere: Node, place: str) -> None:
    scope = Scope(PLACES[place], 3)
    persons = Person.objects.filter(persons_in(scope))
    ids = set(persons.values_list("id", flat=True))
    assert ids and "张伟" not in named(scope)
    with as_scope(scope):
        assert set(Person.objects.values_list("id", flat=True)) == ids
        assert set(PersonClaim.objects.values_list("person_id", flat=True)) == ids


@pytest.mark.parametrize("place", PLACES)
def test_records_are_of_the_division_or_of_a_person_seen(everywhere: Node, place: str) -> None:
    scope = Scope(PLACES[place], 3)
    seen = Person.objects.filter(persons_in(scope)).values("id")
    through = PersonClaim.objects.filter(person_id__in=seen, record_id__isnull=False).values("record_id")
    of_division = Registration.objects.filter(division_code__startswith=scope.prefix)
    wanted = set((of_division | Registration.objects.filter(id__in=through)).values_list("id", flat=True))
    with as_scope(scope):
        assert set(Registration.objects.values_list("id", flat=True)) == wanted


def test_what_lies_wholly_in_another_province_is_not_the_provinces(everywhere: Node) -> None:
    province = Scope("330000", 3)
    assert named(province) == {"王晓", "王芳", "张敏", "赵国强", "周燕", "陈静"}
    with as_scope(province):
        numbers = set(Registration.objects.values_list("certificate_no", flat=True))
    # 陈静's registration is not known, so that she is the province's, and so is what a registry elsewhere says of her.
    assert numbers == {"J330106-2020-000001", "J330203-2021-000001", "J330106-2022-000001"}


@pytest.mark.parametrize(("place", "count"), [("省", 3), ("杭州", 2), ("宁波", 1)])
def test_a_household_is_seen_by_whoever_sees_a_member(everywhere: Node, place: str, count: int) -> None:
    """张伟, its head, is registered elsewhere; 张敏 is not."""
    with as_scope(Scope(PLACES[place], 3)):
        assert Household.objects.count() == count


@pytest.mark.parametrize("place", PLACES)
def test_batches(everywhere: Node, place: str) -> None:
    scope = Scope(PLACES[place], 3)
    wanted = set(batches(scope).values_list("id", flat=True))
    assert bool(wanted) == (place == "省")
    with as_scope(scope):
        assert set(Batch.objects.values_list("id", flat=True)) == wanted
