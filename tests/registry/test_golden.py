"""Survivorship: the most authoritative source first, then the newest; what belongs together comes from one source."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from tests.exchange.numbers import csv_text, number
from tests.node import Node
from tests.registry.claims import WHOLE, bring, record_of, value

from minzheng.foundation.crypto.fields import seal_column
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry.golden import (
    ORGANISATION_COLUMNS,
    ORGANISATION_GROUPS,
    PERSON_COLUMNS,
    PERSON_GROUPS,
    recompute,
)
from minzheng.registry.models import Person, PersonClaim, Source
from minzheng.registry.queries import person_record

AT = datetime(2026, 3, 5, 1, tzinfo=UTC)
RANKED = ("name", "phone", "hukou_address", "hukou_division_code", "birth_date", "household_key")


def test_the_police_are_believed_before_a_newer_assistance_file(node: Node) -> None:
    headings = ("姓名", "公民身份号码", "户籍区划", "与户主关系")
    bring("persons", csv_text(headings, ["王晓", number(1), "330106", "户主"]), "2026-03-05 09:00")
    allowance = (
        "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划",
        "月保障金额(元)", "发放月份",
    )  # fmt: skip
    row = ("D1", "李敏", number(2), "王晓", number(1), "妻", "330102", "900", "202604")
    bring("allowances", csv_text(allowance, row), "2026-05-05 09:00")
    found = record_of(Person.objects.get(name="王晓").id)
    assert found.division_code == "330106"
    assert (
        found.values["relation_to_head_code"] == PersonClaim.objects.get(record_id=None).relation_to_head_code
    )
    (division,) = (a for a in found.attributes if a.attribute == "hukou_division_code")
    assert [other.feed for other in division.others] == ["allowances"]


def test_of_equals_the_newest_is_believed_and_silence_says_nothing(node: Node) -> None:
    headings = ("姓名", "公民身份号码", "户籍区划", "联系电话", "现居地址")
    for source, day, phone, address in (
        ("公安", "2026-03-05", "13800000001", "文三路1号"),
        ("卫健", "2026-04-05", "13900000002", ""),
        ("教育", "2026-02-05", "13700000003", "文一路3号"),
    ):
        row = ["王晓", number(1), "330106", phone, address]
        bring("persons", csv_text(headings, row), f"{day} 09:00", source=source)
    person = Person.objects.get()
    found = record_of(person.id)
    assert (value(found, "phone"), value(found, "residence_address")) == ("13900000002", "文三路1号")
    (phone,) = (a for a in found.attributes if a.attribute == "phone")
    assert phone.stated and phone.stated.source == "卫健"
    assert [other.source for other in phone.others] == ["公安", "教育"]


class Counted:
    """A bulk connection that counts its statements."""

    def __init__(self, work: Bulk) -> None:
        self._work, self.statements = work, 0

    def __getattr__(self, name: str) -> Any:
        self.statements += 1
        return getattr(self._work, name)


@pytest.fixture
def sources(node: Node) -> dict[int, Source]:
    """Four sources that rank attributes differently, or not at all."""
    chance = random.Random(3)
    made = [
        Source.objects.create(
            name=f"来源{n}", feed="persons", created_at=AT,
            authority={a: chance.choice((5, 10, 50, 80)) for a in RANKED if chance.random() < 0.5},
        )
        for n in range(4)
    ]  # fmt: skip
    return {source.id: source for source in made}


def random_claims(sources: Sequence[int], persons: Sequence[UUID], chance: random.Random) -> pa.Table:
    """Up to six claims a person, each stating some attributes, with ties in every order that decides."""
    rows: list[dict[str, Any]] = []
    for person in persons:
        for _ in range(chance.randint(1, 6)):
            n = len(rows)
            rows.append(
                {
                    "id": UUID(int=chance.getrandbits(128)).bytes, "person_id": person.bytes,
                    "source_id": chance.choice(sources), "role": "person", "batch_id": UUID(int=7).bytes,
                    "row_no": chance.randint(1, 3), "digest": UUID(int=n).bytes, "rule": "id_number",
                    "valid_from": date(2020, 1, 1) + timedelta(chance.randint(0, 2)),
                    "recorded_from": AT + timedelta(days=chance.randint(0, 1)),
                    "recorded_to": AT + timedelta(days=30) if chance.random() < 0.15 else None,
                }
            )  # fmt: skip
    types = {
        "id": pa.binary(16), "person_id": pa.binary(16), "batch_id": pa.binary(16), "digest": pa.binary(16),
        "source_id": pa.int32(), "row_no": pa.int32(), "role": pa.string(), "rule": pa.string(),
        "valid_from": pa.date32(), "recorded_from": pa.timestamp("us", "UTC"), "recorded_to": pa.timestamp("us", "UTC"),
    }  # fmt: skip
    columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
    return pa.table(columns | random_values(len(rows), chance))


def random_values(count: int, chance: random.Random) -> dict[str, pa.Array]:
    def some(make: Any) -> list[Any]:
        return [make(n) if chance.random() < 0.6 else None for n in range(count)]

    def texts(word: str) -> pa.Array:
        return pa.array(some(lambda n: f"{word}{n}"), pa.string())

    phone, phone_blind = seal_column("phone", texts("138"))
    number_, number_blind = seal_column("id_number", texts("3301"))
    hukou, hukou_blind = seal_column("address", texts("文三路"))
    name = some(lambda n: f"王{n}")
    return {
        "name": pa.array(name, pa.string()),
        # A key may lack where the name does not: it must then lack in the golden row too.
        "name_key": pa.array([n if n and chance.random() < 0.7 else None for n in name], pa.string()),
        "name_pinyin": pa.array([f"wang {n}" if n and chance.random() < 0.7 else None for n in name], pa.string()),
        "id_number_cipher": number_, "id_number_blind": number_blind,
        "sex_code": pa.array(some(lambda n: "12"[n % 2]), pa.string()),
        "birth_date": pa.array(some(lambda n: date(1990, 1, 1) + timedelta(n)), pa.date32()),
        "hukou_division_code": pa.array(some(lambda n: f"3301{n % 90 + 10}"), pa.string()),
        "hukou_address_cipher": hukou, "hukou_address_blind": hukou_blind,
        "residence_address_cipher": seal_column("address", texts("文一路"))[0],
        "phone_cipher": phone, "phone_blind": phone_blind,
        "marital_status_code": pa.array(some(lambda n: ("10", "20")[n % 2]), pa.string()),
        "household_id": pa.array(some(lambda n: n.to_bytes(16, "big")), pa.binary(16)),
    }  # fmt: skip


def believed(claims: list[PersonClaim], attribute: str, sources: dict[int, Source]) -> PersonClaim | None:
    """The rule in words: lowest rank, then latest to hold, latest to be known, last in its file."""
    stating = [c for c in claims if getattr(c, PERSON_GROUPS[attribute][0]) is not None]
    return min(
        stating,
        key=lambda c: (
            sources[c.source_id].authority.get(attribute, 50), -c.valid_from.toordinal(), -c.recorded_from.timestamp(),
            -c.row_no, -c.id.int,
        ),
        default=None,
    )  # fmt: skip


@pytest.fixture
def many(sources: dict[int, Source]) -> list[UUID]:
    """300 persons with claims and an empty golden row."""
    chance = random.Random(11)
    persons = [uuid7(AT) for _ in range(300)]
    with bulk() as work:
        work.copy_in("registry_personclaim", random_claims(list(sources), persons, chance))
        values = ", ".join(f"('{person}'::uuid)" for person in persons)
        work.run(
            f"INSERT INTO registry_person (id, created_at, updated_at) SELECT id, now(), now() FROM (VALUES {values}) v (id)"
        )
        work.commit()
    return persons


def recomputed(touched: str) -> tuple[int, int, list[UUID]]:
    """(how many changed, statements, which)."""
    with bulk() as work:
        counted = Counted(work)
        changed = recompute(counted, subject="person", groups=PERSON_GROUPS, touched=touched, at="now()")  # type: ignore[arg-type]
        listed = [UUID(str(row["id"])) for row in work.rows("SELECT id FROM changed_person")]
        work.commit()
    return changed, counted.statements, listed


def test_every_group_comes_whole_from_the_claim_that_is_believed(
    many: list[UUID], sources: dict[int, Source]
) -> None:
    recomputed("SELECT id FROM registry_person")
    claims: dict[UUID, list[PersonClaim]] = {person: [] for person in many}
    for claim in PersonClaim.objects.filter(recorded_to__isnull=True):
        claims[claim.person_id].append(claim)
    golden = Person.objects.in_bulk(many)
    contested = 0
    for person, stated in claims.items():
        for attribute, group in PERSON_GROUPS.items():
            claim = believed(stated, attribute, sources)
            contested += len({getattr(c, group[0]) for c in stated} - {None}) > 1
            expected = [getattr(claim, column) if claim else None for column in group]
            assert [getattr(golden[person], column) for column in group] == expected, (attribute, person)
    assert contested > 1000


def test_the_page_believes_what_the_golden_row_says(many: list[UUID]) -> None:
    """The order is written twice, in SQL and for one person: both must name the same values."""
    recomputed("SELECT id FROM registry_person")
    plain = [
        a
        for a, group in PERSON_GROUPS.items()
        if len(group) == 1 and a not in ("household_key", "residence_address")
    ]
    for person in Person.objects.filter(pk__in=many[:100]):
        found = person_record(WHOLE, person.id, reveal=True)
        assert found is not None
        assert {a: found.values[a] for a in plain} == {a: getattr(person, a) for a in plain}
        assert found.values["name"] == person.name


def test_many_cost_as_many_statements_as_one_and_the_second_time_nothing_changes(many: list[UUID]) -> None:
    changed, one, listed = recomputed(f"VALUES ('{many[0]}'::uuid)")
    assert changed == 1 and listed == [many[0]]
    changed, all_of_them, listed = recomputed("SELECT id FROM registry_person")
    assert all_of_them == one
    assert 250 < changed <= 299 and many[0] not in listed and len(set(listed)) == changed
    assert recomputed("SELECT id FROM registry_person")[0] == 0


def test_who_is_not_touched_keeps_what_he_had(many: list[UUID]) -> None:
    recomputed(f"SELECT id FROM registry_person WHERE id = '{many[0]}'")
    assert not Person.objects.exclude(pk=many[0]).filter(name__isnull=False).exists()


def test_a_closed_claim_is_believed_no_more(many: list[UUID]) -> None:
    recomputed("SELECT id FROM registry_person")
    person = Person.objects.filter(phone_blind__isnull=False).first()
    assert person is not None
    PersonClaim.objects.filter(person_id=person.id, phone_blind__isnull=False).update(recorded_to=AT)
    PersonClaim.objects.filter(person_id=person.id, phone_blind__isnull=True).update(recorded_to=None)
    if PersonClaim.objects.filter(person_id=person.id, recorded_to__isnull=True).exists():
        recomputed("SELECT id FROM registry_person")
        person.refresh_from_db()
        assert (person.phone_cipher, person.phone_blind) == (None, None)


def test_the_groups_cover_the_tables_and_every_column_is_in_one() -> None:
    attributes = {f.name for f in Person._meta.get_fields()} - {
        "id",
        "superseded_by",
        "created_at",
        "updated_at",
    }
    assert attributes == set(PERSON_COLUMNS) and len(PERSON_COLUMNS) == len(set(PERSON_COLUMNS))
    assert (
        len(ORGANISATION_COLUMNS)
        == len(set(ORGANISATION_COLUMNS))
        == sum(map(len, ORGANISATION_GROUPS.values()))
    )
