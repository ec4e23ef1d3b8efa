"""Files seen from a household and an organisation: of the members and records the scope covers, and of no others."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.exchange.numbers import PERSON, csv_text, person
from tests.node import Node
from tests.stewardship.signals.files import HEADINGS, society_row

from minzheng.exchange.person_files.beside_queries import (
    files_of_division,
    files_of_facility,
    files_of_household,
    files_of_organisation,
)
from minzheng.exchange.person_files.queries import person_files
from minzheng.exchange.person_files.services import attach_files, withdraw_file
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.audit.terms import ACTIONS
from minzheng.foundation.files.models import Attachment
from minzheng.registry.models import Organisation, Person, PersonClaim, Place
from minzheng.registry.superseding import entries_of, standing_for

PROVINCE, NINGBO = Scope("330000", 3), Scope("330200", 3)
FAMILY = (*PERSON, "与户主关系", "户主公民身份号码")


def hang(person_id: UUID, title: str, hook: str = "person") -> int:
    file = ("证明.pdf", io.BytesIO(b"%PDF-1.7\n" + title.encode()))
    (outcome,) = attach_files(
        PROVINCE, person_id, [file], hook_key=hook, title=title, by="王晓", at=timezone.now()
    )
    assert outcome.file_id
    return outcome.file_id


def family(node: Node) -> dict[str, Any]:
    """A head and a wife of 杭州, a son of 宁波."""
    head, wife, son = person("王刁", 1), person("李敏", 2), person("王小明", 3, 户籍区划="330203")
    number = head[PERSON.index("公民身份号码")]
    rows = [[*head, "户主", number], [*wife, "妻", number], [*son, "子", number]]
    node.bring("persons", csv_text(FAMILY, *rows))
    return {one.name: one for one in Person.objects.all()}


def test_a_household_lists_what_hangs_on_its_members_within_the_scope(node: Node) -> None:
    people = family(node)
    home = people["王刁"].household_id
    assert home and files_of_household(PROVINCE, home) == []
    hang(people["李敏"].id, "残疾证")
    gone = hang(people["王刁"].id, "户口簿")
    hang(people["王小明"].id, "学籍证明")
    with CaptureQueriesContext(connection) as asked:
        found = files_of_household(PROVINCE, home)
    assert [(file.title, file.person_name, file.label) for file in found] == [
        ("学籍证明", "王小明", "本人"), ("户口簿", "王刁", "本人"), ("残疾证", "李敏", "本人"),
    ]  # fmt: skip
    assert len(asked) <= 8
    assert [file.title for file in files_of_household(NINGBO, home)] == ["学籍证明"]
    withdraw_file(PROVINCE, people["王刁"].id, gone, reason="传错了", by="王晓", at=timezone.now())
    assert [file.title for file in files_of_household(PROVINCE, home)] == ["学籍证明", "残疾证"]


def test_an_organisation_lists_what_hangs_on_its_registration_and_the_pages_say_so(node: Node) -> None:
    people = family(node)
    node.bring("societies", csv_text(HEADINGS["societies"], society_row(1, 1)))
    society, leader = Organisation.objects.get(name="西湖区第1协会"), people["王刁"].id
    files = person_files(PROVINCE, leader)
    assert files is not None
    (registration,) = [hook.key for hook in files.hooks if hook.kind == "societies"]
    hang(leader, "章程", registration)
    hang(leader, "身份证明")
    (found,) = files_of_organisation(PROVINCE, society.id)
    assert (found.title, found.person_id, found.label) == ("章程", leader, "社会组织")
    assert files_of_organisation(NINGBO, society.id) == []
    desk = Client()
    desk.force_login(create_user(
        username="clerk", password="Xihu-Longjing-88", display_name="王晓", division_code="330000", roles=["clerk"],
        data_level=3, must_change_password=False,
    ))  # fmt: skip
    home = people["王刁"].household_id
    for page, section, title in (
        (f"/organisations/{society.id}/", f"/organisations/{society.id}/files/", "章程"),
        (f"/households/{home}/", f"/households/{home}/files/", "身份证明"),
    ):
        assert section in desk.get(page).content.decode()
        fragment = desk.get(section, headers={"HX-Request": "true"}).content.decode()
        assert title in fragment and f"/persons/{leader}/files/" in fragment and "<html" not in fragment
        assert title in desk.get(section).content.decode()
    assert AuditEntry.objects.filter(action="household.files", object_id=str(home)).count() == 2


def test_of_a_past_day_a_household_lists_what_hung_there_on_those_who_were_members_then(node: Node) -> None:
    people = family(node)
    now = timezone.now()
    home, before = people["王刁"].household_id, now - timedelta(days=20)
    PersonClaim.objects.update(recorded_from=before)
    hang(people["王小明"].id, "学籍证明")
    gone = hang(people["王刁"].id, "户口簿")
    hang(people["李敏"].id, "残疾证")
    Attachment.objects.filter(title__in=["学籍证明", "户口簿"]).update(attached_at=now - timedelta(days=10))
    withdraw_file(PROVINCE, people["王刁"].id, gone, reason="传错了", by="王晓", at=now - timedelta(days=5))
    moved = [
        *person("王小明", 3, 户籍区划="330203"),
        "户主",
        person("王小明", 3)[PERSON.index("公民身份号码")],
    ]
    number = person("王刁", 1)[PERSON.index("公民身份号码")]
    node.bring(
        "persons",
        csv_text(FAMILY, [*person("王刁", 1), "户主", number], [*person("李敏", 2), "妻", number], moved),
    )
    assert [file.title for file in files_of_household(PROVINCE, home)] == ["残疾证"]
    today = timezone.localdate()
    for days, titles in ((15, set()), (7, {"学籍证明", "户口簿"}), (2, {"学籍证明"})):
        found = files_of_household(PROVINCE, home, known_on=today - timedelta(days=days))
        assert {file.title for file in found} == titles, days


def test_a_place_lists_what_hangs_on_its_persons_and_on_what_happened_there(node: Node) -> None:
    people = family(node)
    number = person("王刁", 1)[PERSON.index("公民身份号码")]
    node.bring(
        "cremations",
        "火化证号,殡仪馆,逝者姓名,逝者公民身份号码,死亡日期,火化日期,户籍地址\n"
        f"H000001,杭州市殡仪馆,王刁,{number},2026-01-05,2026-01-07,浙江省杭州市西湖区北山街道曙光路1号\n",
    )
    home = Place.objects.get(name="杭州市殡仪馆")
    files = person_files(PROVINCE, people["王刁"].id)
    assert files is not None
    (burnt,) = [hook.key for hook in files.hooks if hook.kind == "cremations"]
    hang(people["王刁"].id, "死亡证明", burnt)
    hang(people["王刁"].id, "户口簿")
    hang(people["王小明"].id, "学籍证明")
    assert [file.title for file in files_of_facility(PROVINCE, home.id)] == ["死亡证明"]
    assert [file.title for file in files_of_division(PROVINCE, "330106")] == ["户口簿", "死亡证明"]
    assert {file.title for file in files_of_division(PROVINCE, "330000")} == {
        "户口簿",
        "学籍证明",
        "死亡证明",
    }
    assert [file.title for file in files_of_division(NINGBO, "330000")] == ["学籍证明"]
    yesterday = timezone.localdate() - timedelta(days=1)
    assert files_of_division(PROVINCE, "330000", known_on=yesterday) == []
    assert all(f"{kind}.files" in ACTIONS for kind in ("person", "household", "organisation", "place"))


def test_entries_are_followed_both_ways_to_the_end(node: Node) -> None:
    family(node)
    first, second, third = Person.objects.order_by("id").values_list("id", flat=True)
    Person.objects.filter(pk=first).update(superseded_by=second)
    Person.objects.filter(pk=second).update(superseded_by=third)
    assert entries_of([third]) == {first: third, second: third, third: third}
    assert standing_for([first, third]) == {first: third, third: third}
    hang(third, "新证")
    Attachment.objects.update(subject_id=first)
    assert [file.person_id for file in files_of_division(PROVINCE, "330000")] == [third]
