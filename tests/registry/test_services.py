"""A wrong link is split, two entries of one person are joined: the history stays, the golden rows are right."""

from uuid import UUID, uuid4

import pytest
from tests.exchange.numbers import people, person
from tests.node import Node
from tests.registry.claims import WHOLE, bring, moment, record_of, value

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.registry.models import Person, PersonClaim
from minzheng.registry.queries import find_persons
from minzheng.registry.services import LinkError, join, split

AT = moment("2026-04-01 10:00")
REASON = "经派出所核实为两人"


@pytest.fixture
def reviewer(node: Node) -> User:
    return User.objects.create_user(
        "reviewer",
        display_name="陈平",
        division_code="330000",
        roles=["reviewer"],
        must_change_password=False,
    )


@pytest.fixture
def mixed(node: Node) -> tuple[UUID, UUID]:
    """(person, claim): what 卫健 says hangs on a person whom 公安 knows, by the same number."""
    bring("persons", people(person("王晓", 1)), "2026-03-05 09:00", source="公安")
    row = person("王晓", 1, 联系电话="13999999999", 户籍区划="330203")
    bring("persons", people(row), "2026-03-10 09:00", source="卫健")
    who = Person.objects.get()
    assert who.hukou_division_code == "330203"
    return who.id, PersonClaim.objects.get(hukou_division_code="330203").id


def shown(person_id: UUID) -> tuple[str | None, str]:
    found = record_of(person_id)
    golden = Person.objects.get(pk=person_id)
    assert golden.hukou_division_code == found.division_code
    return found.division_code, value(found, "phone")


def test_a_split_gives_each_what_is_his(mixed, reviewer):
    person_id, claim_id = mixed
    new_id = split(person_id, [claim_id], by=reviewer, at=AT, reason=REASON)
    assert new_id.version == 7 and new_id != person_id
    assert shown(person_id) == ("330106", "13800000001")
    assert shown(new_id) == ("330203", "13999999999")
    assert Person.objects.count() == 2


def test_a_split_is_a_record(mixed, reviewer):
    person_id, claim_id = mixed
    new_id = split(person_id, [claim_id], by=reviewer, at=AT, reason=REASON)
    old = PersonClaim.objects.get(pk=claim_id)
    assert (old.person_id, old.recorded_to) == (person_id, AT)
    new = PersonClaim.objects.get(person_id=new_id)
    assert (new.rule, new.recorded_from, new.recorded_to) == ("manual", AT, None)
    for same in ("source_id", "batch_id", "row_no", "digest", "valid_from", "name", "phone_blind", "role"):
        assert getattr(new, same) == getattr(old, same), same
    assert record_of(person_id, known_on="2026-03-31").division_code == "330203"
    assert record_of(person_id, known_on="2026-04-01").division_code == "330106"
    assert record_of(new_id, known_on="2026-03-31").division_code is None


def test_a_split_is_told_and_audited(mixed, reviewer):
    person_id, claim_id = mixed
    OutboxEntry.objects.all().delete()
    new_id = split(person_id, [claim_id], by=reviewer, at=AT, reason=REASON)
    told = {
        (e.operation, e.division_code, *e.subject_ids) for e in OutboxEntry.objects.filter(data_set="persons")
    }
    assert told == {
        ("updated", "330106", person_id),
        ("created", "330203", new_id),
        ("moved", "330106", person_id),  # the wrong link had put him elsewhere
    }
    entry = AuditEntry.objects.get(action="split_person")
    assert (entry.user, entry.purpose, entry.object_id) == (reviewer, REASON, str(person_id))
    assert entry.detail == {"new_person": str(new_id), "claims": 1}


def unchanged(before: tuple[int, int, int]) -> bool:
    return before == counted()


def counted() -> tuple[int, int, int]:
    return (
        Person.objects.count(),
        PersonClaim.objects.filter(recorded_to=None).count(),
        OutboxEntry.objects.count(),
    )


def test_what_cannot_be_split_is_refused_and_changes_nothing(mixed, reviewer):
    person_id, claim_id = mixed
    everything = list(PersonClaim.objects.values_list("id", flat=True))
    before = counted()
    for chosen, why in (
        ([], "不属于此人"),
        ([uuid4()], "不属于此人"),
        ([claim_id, uuid4()], "不属于此人"),
        (everything, "至少要留下一条"),
    ):
        with pytest.raises(LinkError, match=why):
            split(person_id, chosen, by=reviewer, at=AT, reason=REASON)
    with pytest.raises(LinkError, match="不属于此人"):
        split(uuid4(), [claim_id], by=reviewer, at=AT, reason=REASON)
    assert unchanged(before) and not AuditEntry.objects.filter(action="split_person").exists()
    split(person_id, [claim_id], by=reviewer, at=AT, reason=REASON)
    with pytest.raises(LinkError, match="已失效"):  # the same again, by someone whose page is old
        split(person_id, [claim_id], by=reviewer, at=AT, reason=REASON)


@pytest.mark.parametrize("reason", ["", "  \t"])
def test_no_reason_no_change(mixed, reviewer, reason):
    person_id, claim_id = mixed
    before = counted()
    with pytest.raises(LinkError, match="理由"):
        split(person_id, [claim_id], by=reviewer, at=AT, reason=reason)
    with pytest.raises(LinkError, match="理由"):
        join(person_id, uuid4(), by=reviewer, at=AT, reason=reason)
    assert unchanged(before)


@pytest.fixture
def twice(node: Node) -> tuple[UUID, UUID]:
    """(kept, gone): 李敏 by number from 公安, and again without one from 卫健, under another name."""
    bring("persons", people(person("李敏", 2)), "2026-03-05 09:00", source="公安")
    row = person(
        "李小敏", 2, 公民身份号码="", 出生日期="1991-01-01", 联系电话="13999999999", 户籍区划="330203"
    )
    bring("persons", people(row), "2026-03-10 09:00", source="卫健")
    ids = dict(Person.objects.values_list("name", "id"))
    return ids["李敏"], ids["李小敏"]


def test_a_join_gathers_what_both_said(twice, reviewer):
    kept, gone = twice
    join(kept, gone, by=reviewer, at=AT, reason="同一人")
    assert shown(kept) == ("330203", "13999999999")  # equals in rank: the newest
    found = record_of(kept)
    assert found.name == "李小敏" and value(found, "id_number").startswith("330199")
    assert [hit.id for hit in find_persons(WHOLE, "李")] == [kept]
    assert PersonClaim.objects.filter(person_id=kept, recorded_to=None).count() == 2
    assert not PersonClaim.objects.filter(person_id=gone, recorded_to=None).exists()


def test_a_join_is_a_record_told_and_audited(twice, reviewer):
    kept, gone = twice
    OutboxEntry.objects.all().delete()
    join(kept, gone, by=reviewer, at=AT, reason="同一人")
    assert record_of(gone).superseded_by == kept and Person.objects.count() == 2
    assert record_of(gone, known_on="2026-03-31").division_code == "330203"
    assert record_of(kept, known_on="2026-03-31").division_code == "330106"
    assert {(e.operation, *e.subject_ids) for e in OutboxEntry.objects.all()} == {
        ("updated", kept),
        ("withdrawn", gone),
        ("moved", kept),
    }
    entry = AuditEntry.objects.get(action="join_persons")
    assert (entry.user, entry.purpose, entry.object_id) == (reviewer, "同一人", str(kept))
    assert entry.detail == {"superseded": str(gone)}


def test_what_cannot_be_joined_is_refused(twice, reviewer):
    kept, gone = twice
    before = counted()
    for one, other, why in ((kept, kept, "自身"), (kept, uuid4(), "不存在"), (uuid4(), gone, "不存在")):
        with pytest.raises(LinkError, match=why):
            join(one, other, by=reviewer, at=AT, reason="同一人")
    assert unchanged(before)
    join(kept, gone, by=reviewer, at=AT, reason="同一人")
    for one, other in ((kept, gone), (gone, kept)):
        with pytest.raises(LinkError, match="已被合并"):
            join(one, other, by=reviewer, at=AT, reason="同一人")


def test_joined_and_split_again_both_are_whole(twice, reviewer):
    kept, gone = twice
    before = shown(kept), shown(gone)
    join(kept, gone, by=reviewer, at=AT, reason="同一人")
    moved = PersonClaim.objects.get(person_id=kept, rule="manual", recorded_to=None)
    new = split(kept, [moved.id], by=reviewer, at=moment("2026-04-02 10:00"), reason=REASON)
    assert (shown(kept), shown(new)) == before
    assert (
        new not in (kept, gone) and record_of(gone).superseded_by == kept
    )  # identities are never used again


def test_the_next_file_finds_the_one_kept(twice, reviewer):
    kept, gone = twice
    join(kept, gone, by=reviewer, at=AT, reason="同一人")
    bring("persons", people(person("李小敏", 2, 联系电话="13700000000")), "2026-05-01 09:00", source="公安")
    assert value(record_of(kept), "phone") == "13700000000"
    assert Person.objects.count() == 2
