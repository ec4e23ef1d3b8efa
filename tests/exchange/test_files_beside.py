"""Files seen from a household and an organisation: of the members and records the scope covers, and of no others."""

import io
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.exchange.numbers import PERSON, csv_text, person
from tests.node import Node
from tests.stewardship.signals.files import HEADINGS, society_row

from minzheng.exchange.person_files.beside import files_of_household, files_of_organisation
from minzheng.exchange.person_files.queries import person_files
from minzheng.exchange.person_files.services import attach_files, withdraw_file
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.models import Organisation, Person

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
