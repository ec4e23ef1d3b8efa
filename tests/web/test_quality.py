"""The pages of quality: what a data officer sees of a dirty batch, what a county sees, what each page refuses."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.exchange.numbers import number, people, person
from tests.node import Brought, Node, node, standards_of_this_run, transactional_db

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.stewardship.quality.models import Ticket

__all__ = ["node", "standards_of_this_run", "transactional_db"]
WRONG = "330199199003070021"


def account(name: str, division: str, *roles: str) -> User:
    return create_user(
        username=name, password="Xihu-Longjing-88", display_name="王晓", division_code=division, roles=list(roles),
        must_change_password=False,
    )  # fmt: skip


@pytest.fixture
def brought(node: Node) -> Brought:
    """西湖区: a wrong number and no telephone; 鄞州区: one right row."""
    return node.bring(
        "persons",
        people(
            person("王晓", 1, 联系电话=""), person("王芳", 2, 公民身份号码=WRONG),
            person("王丽", 6, 户籍区划="330212"),
        ),
        source="省公安厅",
    )  # fmt: skip


@pytest.fixture
def desk(client: Client, brought: Brought) -> Client:
    client.force_login(account("officer", "330000", "data_officer"))
    return client


def text(answer) -> str:
    return answer.content.decode()


def test_a_dirty_batch_is_seen_from_the_scores_down_to_the_row(desk: Client, brought: Brought) -> None:
    page = text(desk.get("/quality/"))
    assert "公民身份号码" in page and "省公安厅" in page and "66.66%" in page and "未达" in page
    rows = desk.get("/quality/rows/", {"feed": "persons", "rule": "persons.q01", "field": "公民身份号码"})
    assert WRONG not in text(rows) and "330199********0021" in text(rows) and "已隔离" in text(rows)
    entry = AuditEntry.objects.get(action="quality.rows")
    assert entry.detail == {"rows": 1, "field": "公民身份号码"}
    accepted = text(
        desk.get("/quality/rows/", {"feed": "persons", "rule": "persons.q04", "field": "联系电话"})
    )
    assert "已接收" in accepted and number(1) not in accepted and "（空）" in accepted
    batch = text(desk.get(f"/quality/batches/{brought.batch.id}/"))
    assert "各项指标" in batch and "开工单" in batch
    assert "各项指标" in text(desk.get(f"/quality/batches/{brought.batch.id}/summary/"))
    assert f"/quality/batches/{brought.batch.id}/summary/" in text(desk.get(f"/batches/{brought.batch.id}/"))


def test_filters_narrow_and_say_what_is_wrong_with_them(desk: Client) -> None:
    assert "66.66%" not in text(desk.get("/quality/", {"division": "330212"}))
    assert "没有符合条件" in text(desk.get("/quality/", {"until": "2020-01"}))
    assert "月份应写作" in text(desk.get("/quality/", {"since": "去年"}))
    assert "没有符合条件" not in text(desk.get("/quality/", {"division": "330100"}))


def test_a_county_sees_its_own_figures_and_rows_and_no_others(desk: Client, brought: Brought) -> None:
    own = Client()
    own.force_login(account("yinzhou", "330212", "clerk"))
    page = text(own.get("/quality/"))
    assert "100.00" in page and "66.66%" not in page and "西湖区" not in page
    assert "王芳" not in text(own.get("/quality/rows/")) and "没有不合格的行" in text(
        own.get("/quality/rows/", {"rule": "persons.q01"})
    )
    assert "共 0 件" in text(own.get("/quality/tickets/?state="))
    ticket = Ticket.objects.get()
    assert own.get(f"/quality/tickets/{ticket.pk}/").status_code == 404
    xihu = Client()
    xihu.force_login(account("xihu", "330106", "clerk"))
    rows = text(
        xihu.get("/quality/rows/", {"feed": "persons", "rule": "persons.q01", "field": "公民身份号码"})
    )
    assert "330199********0021" in rows, "a county reads its own failing rows, wherever the batch came in"


def test_a_ticket_is_worked_on_its_page(desk: Client, brought: Brought) -> None:
    ticket = Ticket.objects.get()
    place = f"/quality/tickets/{ticket.pk}/"
    assert ticket.number in text(desk.get("/quality/tickets/"))
    page = text(desk.get(place))
    assert "待补正的行" in page and "330199********0021" in page and WRONG not in page
    refused = desk.post(f"{place}rows.csv", {"purpose": ""})
    assert refused.status_code == 422 and "用途" in text(refused)
    made = desk.post(f"{place}rows.csv", {"purpose": "退回补正"})
    lines = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert WRONG in lines[2] and made.headers["Content-Disposition"].endswith(f'{ticket.number}.csv"')
    assert "期限" in text(desk.post(f"{place}send/", follow=True))
    assert desk.post(f"{place}send/").status_code == 422
    assert "已登记" in text(desk.post(f"{place}answer/", {"answer": "已核对"}, follow=True))
    assert "已办结" in text(desk.post(f"{place}close/", {"outcome": "已停用"}, follow=True))
    assert "共 0 件" in text(desk.get("/quality/tickets/")) and ticket.number in text(
        desk.get("/quality/tickets/?state=closed")
    )


def test_a_ticket_is_opened_by_hand_from_the_batch(desk: Client, brought: Brought) -> None:
    place = f"/quality/batches/{brought.batch.id}/ticket/"
    assert "请至少选择" in text(desk.post(place, follow=True))
    opened = desk.post(place, {"measure": "persons.q04|联系电话", "reason": "请补联系电话"}, follow=True)
    assert "请补联系电话" in text(opened) and "登记发出" in text(opened)


def test_tickets_by_county_are_opened_and_filtered(desk: Client, node: Node) -> None:
    rows = [person("李敏", 4, 联系电话=""), person("赵娟", 6, 联系电话="", 户籍区划="330203")]
    batch = node.bring("persons", people(*rows), source="省卫健委").batch
    place = f"/quality/batches/{batch.id}/"
    assert "每个县（市、区）各一张" in text(desk.get(place)) and "只限宁波市海曙区" in text(desk.get(place))
    chosen = {"measure": "persons.q04|联系电话"}
    listed = text(desk.post(f"{place}ticket/", chosen | {"within": "each"}, follow=True))
    xihu, haishu = Ticket.objects.filter(batch_id=batch.id).order_by("division_code")
    assert xihu.number in listed and haishu.number in listed and "海曙区" in listed
    one = text(desk.get("/quality/tickets/", {"division": "330203"}))
    assert haishu.number in one and xihu.number not in one and "共 1 件" in one
    city = text(desk.get("/quality/tickets/", {"division": "330100", "source_id": batch.source_id}))
    assert xihu.number in city and haishu.number not in city
    other = Ticket.objects.exclude(batch_id=batch.id).get()
    assert other.number not in text(desk.get("/quality/tickets/", {"source_id": batch.source_id}))
    assert "共 3 件" in text(desk.get("/quality/tickets/", {"feed": "persons", "state": ""}))
    assert "共 3 件" in text(desk.get("/quality/tickets/", {"division": "nonsense"}))
    within = text(desk.post(f"{place}ticket/", chosen | {"within": "330203"}, follow=True))
    assert "只要求补正这一区划的行" in within
    ours = Client()
    ours.force_login(account("haishu", "330203", "data_officer"))
    assert haishu.number in text(ours.get("/quality/tickets/"))
    assert "登记发出" in text(ours.get(f"/quality/tickets/{haishu.pk}/"))
    assert ours.get(f"/quality/tickets/{xihu.pk}/").status_code == 404


def test_the_monthly_report_is_read_printed_and_taken_away(desk: Client, brought: Brought) -> None:
    month = timezone.localdate().strftime("%Y-%m")
    assert "请选择来源" in text(desk.get("/quality/report/"))
    asked = {"source": brought.batch.source_id, "month": month}
    page = text(desk.get("/quality/report/", asked))
    assert "省公安厅数据质量月报" in page and "报送 1 批" in page and "西湖区" in page
    lines = list(csv.reader(io.StringIO(desk.get("/quality/report.csv", asked).content.decode("utf-8-sig"))))
    row = next(line for line in lines if line[1:4] == ["persons.q01", "规范性", "公民身份号码"])
    assert row[5:] == ["3", "1", "66.66", "99", "否"]
    assert AuditEntry.objects.filter(action="quality.report").count() == 1
    before = (timezone.localdate().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert "当月没有报送" in text(desk.get("/quality/report/", asked | {"month": before}))
    assert desk.get("/quality/report/", {"source": 9999}).status_code == 404


def test_who_may_not_act_does_not(desk: Client, brought: Brought) -> None:
    ticket, other = Ticket.objects.get(), Client()
    other.force_login(account("clerk", "330000", "clerk"))
    page = text(other.get(f"/quality/tickets/{ticket.pk}/"))
    assert ticket.number in page and "登记发出" not in page and "下载待补正的行" not in page
    for act in ("send/", "answer/", "close/", "rows.csv"):
        assert other.post(f"/quality/tickets/{ticket.pk}/{act}", {"purpose": "看看"}).status_code == 403
    assert other.post(f"/quality/batches/{brought.batch.id}/ticket/").status_code == 403
    stranger = Client()
    stranger.force_login(account("admin", "330000", "administrator"))
    assert stranger.get("/quality/").status_code == 403


def test_the_data_set_shows_its_rules(desk: Client) -> None:
    page = text(desk.get("/standards/data-sets/persons/"))
    assert "质量规则" in page and "persons.q10" in page and "days=40" in page and "99.5%" in page


def test_pages_cost_the_same_queries_however_many_rows(desk: Client, django_assert_max_num_queries) -> None:
    desk.get("/quality/")
    with django_assert_max_num_queries(30):
        desk.get("/quality/")
    with django_assert_max_num_queries(25):
        desk.get("/quality/rows/")
