"""What was known on a day: a correction is a record, and when something holds is not when we came to know it."""

import pytest
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node
from tests.registry.claims import MARRIAGE, bring, record_of, value

from minzheng.registry.models import Person, PersonClaim


@pytest.fixture
def corrected(node: Node) -> Person:
    """王晓's phone and division, corrected by the same source five days later."""
    bring("persons", people(person("王晓", 1)), "2026-03-05 09:00")
    bring("persons", people(person("王晓", 1, 联系电话="13900000001", 户籍区划="330102")), "2026-03-10 09:00")
    return Person.objects.get()


def test_before_the_correction_the_old_value_was_known(corrected: Person) -> None:
    for day, phone, division in (
        ("2026-03-05", "13800000001", "330106"),
        ("2026-03-09", "13800000001", "330106"),
        ("2026-03-10", "13900000001", "330102"),
        ("2026-09-01", "13900000001", "330102"),
    ):
        found = record_of(corrected.id, known_on=day)
        assert (value(found, "phone"), found.division_code) == (phone, division), day
    assert value(record_of(corrected.id), "phone") == "13900000001"


def test_before_anyone_told_nothing_was_known(corrected: Person) -> None:
    found = record_of(corrected.id, known_on="2026-03-04")
    assert not any(a.value for a in found.attributes)


def test_a_correction_is_a_record_and_takes_nothing_away(corrected: Person) -> None:
    old, new = PersonClaim.objects.order_by("recorded_from")
    assert old.recorded_to == new.recorded_from and new.recorded_to is None
    assert (old.hukou_division_code, new.hukou_division_code) == ("330106", "330102")
    assert old.person_id == new.person_id == corrected.id and old.batch_id != new.batch_id


def test_the_day_ends_at_midnight_on_the_wall(node: Node) -> None:
    bring("persons", people(person("王晓", 1)), "2026-03-05 23:59")
    bring("persons", people(person("王晓", 1, 户籍区划="330102")), "2026-03-07 00:01")
    who = Person.objects.get().id
    divisions = [record_of(who, known_on=f"2026-03-{day:02d}").division_code for day in (4, 5, 6, 7)]
    assert divisions == [None, "330106", "330106", "330102"]


def test_what_was_known_and_corrected_on_one_day_counts_as_corrected(node: Node) -> None:
    bring("persons", people(person("王晓", 1)), "2026-03-05 09:00")
    bring("persons", people(person("王晓", 1, 户籍区划="330102")), "2026-03-05 15:00")
    found = record_of(Person.objects.get().id, known_on="2026-03-05")
    assert found.division_code == "330102"


def married(kind: str, certificate: str, on: str) -> str:
    return csv_text(MARRIAGE, (kind, certificate, "330106", on, "王晓", number(1), "李敏", number(2)))


def test_an_old_event_told_late_held_before_it_was_known(node: Node) -> None:
    bring("persons", people(person("王晓", 1), person("李敏", 2)), "2026-03-05 09:00")
    bring("marriages", married("结婚", "J1", "2020-05-20"), "2026-03-10 09:00")
    who = Person.objects.get(name="王晓").id
    assert value(record_of(who, known_on="2026-03-09"), "marital_status_code") == ""
    after = record_of(who, known_on="2026-03-10")
    (status,) = (a for a in after.attributes if a.attribute == "marital_status_code")
    assert status.value == "已婚" and status.stated
    assert (str(status.stated.valid_from), status.stated.recorded_from.date().isoformat()) == (
        "2020-05-20",
        "2026-03-10",
    )


def test_the_later_event_is_believed_whichever_was_told_first(node: Node) -> None:
    bring("marriages", married("离婚", "L1", "2023-06-01"), "2026-03-05 09:00")
    bring("marriages", married("结婚", "J1", "2020-05-20"), "2026-03-10 09:00")
    who = Person.objects.get(name="王晓").id
    assert value(record_of(who), "marital_status_code") == "离婚"
    assert Person.objects.get(pk=who).marital_status_code == "40"
    (status,) = (a for a in record_of(who).attributes if a.attribute == "marital_status_code")
    assert [other.value for other in status.others] == ["已婚"]


@pytest.mark.parametrize("number_of_revocation", ["J1", "C1"])
def test_until_its_revocation_was_told_a_marriage_was_known(node: Node, number_of_revocation: str) -> None:
    bring("marriages", married("结婚", "J1", "2020-05-20"), "2026-03-05 09:00")
    bring("marriages", married("撤销", number_of_revocation, "2025-03-01"), "2026-03-10 09:00")
    bring("marriages", married("结婚", "J1", "2020-05-20"), "2026-03-15 09:00")
    who = Person.objects.get(name="王晓").id
    known = [
        value(record_of(who, known_on=f"2026-03-{day:02d}"), "marital_status_code")
        for day in (4, 5, 9, 10, 16)
    ]
    assert known == ["", "已婚", "已婚", "", ""]
    assert len(record_of(who, known_on="2026-03-16").links) == 2  # both were registered


def test_dealings_too_are_those_known_then(node: Node) -> None:
    bring("persons", people(person("王晓", 1)), "2026-03-05 09:00")
    bring("marriages", married("结婚", "J1", "2020-05-20"), "2026-03-10 09:00")
    who = Person.objects.get(name="王晓").id
    assert record_of(who, known_on="2026-03-09").links == ()
    assert [link.feed for link in record_of(who, known_on="2026-03-10").links] == ["marriages"]


def test_masked_unless_revealed_on_any_day(corrected: Person) -> None:
    for day in (None, "2026-03-05"):
        found = record_of(corrected.id, known_on=day, reveal=False)
        assert (
            number(1) not in str(found)
            and "13800000001" not in str(found)
            and "13900000001" not in str(found)
        )
        assert {a.attribute for a in found.attributes if a.masked} == {"id_number", "phone"}
