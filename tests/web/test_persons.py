"""Finding a person and seeing the whole record: what is shown, what is masked, what is audited."""

import datetime
import io
import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from tests.node import Node, filled

from minzheng.exchange import services
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.models import Person, PersonClaim

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER, WIFE = "330199199003074414", "330199199105123424"
PERSONS = f"""姓名,公民身份号码,户籍区划,户籍地址,联系电话
王晓,{NUMBER},330106,浙江省杭州市西湖区北山街道曙光路1号,13800001234
李敏,{WIFE},330106,浙江省杭州市西湖区北山街道曙光路1号,13800005678
"""
MARRIAGES = f"""登记类型,登记证字号,登记机关区划,登记日期,男方姓名,男方公民身份号码,女方姓名,女方公民身份号码
结婚登记,J330106-2020-000001,330106,2020-05-20,王晓,{NUMBER},李敏,{WIFE}
"""


def bring_in(feed, text):
    file = io.BytesIO(text.encode())
    batch = services.run(
        services.receive(feed, file, name=f"{feed}.csv", source=None, by=None, at=timezone.now())
    )
    assert (batch.stage, batch.counts["quarantined"]) == ("finished", 0), batch.problem


def couple(_node):
    bring_in("persons", PERSONS)
    bring_in("marriages", MARRIAGES)


@pytest.fixture
def people(home, standards):
    filled(Node(home), "a couple", couple)
    return {person.name: person.id for person in Person.objects.all()}


@pytest.fixture
def desk(client, people):
    user = create_user(
        username="clerk",
        password="Xihu-Longjing-88",
        display_name="王晓",
        division_code="330000",
        roles=["clerk"],
        data_level=3,
        must_change_password=False,
    )
    client.force_login(user)
    return client


def find(desk, text):
    return desk.post("/search/", {"q": text}, follow=True)


def page_of(answer):
    return answer.content.decode()


def test_a_name_lists_and_a_number_or_certificate_leads_straight_to_the_person(desk, people):
    assert '<span class="note">1 人</span>' in page_of(find(desk, "王晓"))
    assert find(desk, NUMBER).redirect_chain[-1][0] == f"/persons/{people['王晓']}/"
    both = page_of(find(desk, "J330106-2020-000001"))
    assert '<span class="note">2 人</span>' in both and "李敏" in both
    assert "没有查到" in page_of(find(desk, "查无此人"))


def test_what_was_asked_stands_in_no_address_no_audit_and_not_in_the_session(desk):
    answer = find(desk, NUMBER)
    assert all(NUMBER not in url for url, _ in answer.redirect_chain)
    assert NUMBER not in str(list(AuditEntry.objects.values()))
    assert NUMBER not in str([session.get_decoded() for session in Session.objects.all()])
    entry = AuditEntry.objects.get(action="person.search")
    assert entry.detail == {"typed": "id_number", "filtered": False, "hits": 1}


def test_going_back_shows_the_last_search_again(desk):
    find(desk, "王")
    assert "王晓" in page_of(desk.get("/search/"))
    find(desk, "")
    assert "查到" not in page_of(desk.get("/search/"))


def test_the_page_masks_identifiers_and_tells_source_and_dealings(desk, people):
    page = page_of(desk.get(f"/persons/{people['王晓']}/"))
    assert "330199********4414" in page and "138****1234" in page
    for secret in (NUMBER, "13800001234", "曙光路1号"):
        assert secret not in page
    assert "婚姻登记" in page and "J330106-2020-000001" in page and "男方" in page and "2020-05-20" in page
    assert "人口底册" in page
    entry = AuditEntry.objects.get(action="person.view")
    assert entry.object_id == str(people["王晓"])


def test_revealing_asks_for_a_purpose_and_is_audited_with_it(desk, people):
    place = f"/persons/{people['王晓']}/reveal/id_number/"
    asked = desk.get(place)
    assert "用途" in page_of(asked) and NUMBER not in page_of(asked)
    refused = desk.post(place, {"purpose": " "})
    assert "请写明用途" in page_of(refused) and refused["HX-Retarget"] == "#dialog"
    assert not AuditEntry.objects.filter(action="person.reveal").exists()
    shown = desk.post(place, {"purpose": "核对低保申请"})
    assert NUMBER in page_of(shown) and shown["HX-Trigger"] == "closeDialog"
    entry = AuditEntry.objects.get(action="person.reveal")
    assert (entry.purpose, entry.detail) == ("核对低保申请", {"attribute": "id_number"})
    assert (entry.object_id, entry.user.username, entry.ip) == (str(people["王晓"]), "clerk", "127.0.0.1")


def test_only_sealed_attributes_can_be_revealed_and_only_with_the_level(desk, people):
    assert desk.get(f"/persons/{people['王晓']}/reveal/name/").status_code == 404
    User.objects.update(data_level=2)
    refused = desk.post(f"/persons/{people['王晓']}/reveal/id_number/", {"purpose": "核对低保申请"})
    assert refused.status_code == 403 and NUMBER not in page_of(refused)


def test_outside_the_division_there_is_nobody(desk, people):
    User.objects.update(division_code="330105")
    assert "没有查到" in page_of(find(desk, NUMBER))
    for place in ("", "reveal/id_number/"):
        assert desk.get(f"/persons/{people['王晓']}/{place}").status_code == 404
    reveal = desk.post(f"/persons/{people['王晓']}/reveal/id_number/", {"purpose": "核对低保申请"})
    assert reveal.status_code == 404
    assert not AuditEntry.objects.filter(action__in=["person.view", "person.reveal"]).exists()


def test_as_known_on_a_day_leaves_out_what_came_later(desk, people):
    earlier = timezone.now() - datetime.timedelta(days=10)
    PersonClaim.objects.filter(record_id__isnull=True).update(recorded_from=earlier)
    then = timezone.localdate() - datetime.timedelta(days=5)
    page = page_of(desk.get(f"/persons/{people['王晓']}/?on={then}"))
    assert "为止所知" in page and "没有业务往来" in page and "330199********4414" in page
    long_ago = page_of(desk.get(f"/persons/{people['王晓']}/?on=2001-01-01"))
    assert "还没有这个人的登记" in long_ago
    assert "不是日期" in page_of(desk.get(f"/persons/{people['王晓']}/?on=yesterday"))


def test_a_person_page_costs_a_handful_of_queries_however_many_dealings(
    desk, people, django_assert_max_num_queries
):
    desk.get(f"/persons/{people['王晓']}/")
    with django_assert_max_num_queries(16):
        desk.get(f"/persons/{people['王晓']}/")


def test_the_records_of_a_page_are_asked_by_a_statement_planned_once(desk, people):
    """The policies of records, claims and persons are planned with it, which costs more than finding the rows."""
    for _ in range(8):
        assert "J330106-2020-000001" in page_of(desk.get(f"/persons/{people['王晓']}/"))
    with as_node(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%minzheng_whole%marriage_registration%"],
        )
        ((reused,),) = cursor.fetchall()
    assert reused >= 3


def test_an_auditor_has_no_business_with_persons(desk, people):
    User.objects.update(roles=["auditor"])
    assert desk.get("/persons/").status_code == 403
    assert desk.get(f"/persons/{people['王晓']}/").status_code == 403
    assert not re.search('action="/persons/"', page_of(desk.get("/")))
