"""A ticket's life: opened by rule or hand, sent, answered, and closed by the rows that mend it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import resolve
from django.utils import timezone
from tests.business.registering import FIRST, row_of
from tests.business.registering import HEADINGS as MARRIAGE
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node

from minzheng.exchange.models import Batch
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.standards.due import due
from minzheng.stewardship.quality import jobs, services
from minzheng.stewardship.quality.exporting import write_rows
from minzheng.stewardship.quality.late import late_sources
from minzheng.stewardship.quality.models import FailingRow, Measured, Ticket
from minzheng.stewardship.quality.terms import STEP
from minzheng.stewardship.resources.services import set_resource, tell_late_feeds

PROVINCE = Scope("330000", 3)
WRONG = "330199199003070021"  # its check digit is another


@pytest.fixture
def officer(node: Node) -> User:
    return create_user(
        username="officer", password="Xihu-Longjing-88", display_name="王晓", division_code="330000",
        roles=["data_officer"], must_change_password=False,
    )  # fmt: skip


def dirty() -> str:
    """王芳's number is wrong; 王强's day of birth is not that of his number."""
    return people(
        person("王晓", 1), person("王芳", 2, 公民身份号码=WRONG), person("王强", 3, 出生日期="1991-03-07"),
    )  # fmt: skip


def only_ticket() -> Ticket:
    return Ticket.objects.get()


def test_a_dirty_batch_opens_one_ticket_with_a_limit_in_workdays_and_tells(node: Node, officer: User) -> None:
    brought = node.bring("persons", dirty(), source="省公安厅")
    ticket = only_ticket()
    assert (ticket.state, ticket.cause, ticket.batch_id) == ("open", "rule", brought.batch.id)
    assert set(ticket.measures) == {"persons.q01|公民身份号码", "persons.q07|公民身份号码、出生日期"}
    assert ticket.rows == 2 and ticket.source_name == "省公安厅"
    assert ticket.due_on == due(STEP, start=timezone.localdate(), division_code="330000").due
    assert ticket.due_on >= timezone.localdate() + timedelta(days=12), "ten workdays are never less"
    notice = Notice.objects.get(key=f"quality:{ticket.pk}:opened")
    assert notice.division_code == "330000" and resolve(notice.url).view_name == "desk:quality:ticket"
    assert AuditEntry.objects.filter(action="quality.ticket_open", object_id=str(ticket.pk)).count() == 1


def test_it_is_sent_answered_and_closed_by_hand_each_in_its_turn(node: Node, officer: User) -> None:
    node.bring("persons", dirty())
    now = timezone.now()
    ticket = services.send(ticket=only_ticket(), by=officer, at=now + timedelta(days=7))
    assert ticket.state == "sent" and ticket.sent_by == "王晓"
    later = timezone.localdate(now + timedelta(days=7))
    assert ticket.due_on == due(STEP, start=later, division_code="330000").due, "counted anew from that day"
    with pytest.raises(services.TicketError, match="已发出"):
        services.send(ticket=ticket, by=officer, at=now)
    with pytest.raises(services.TicketError, match="反馈内容"):
        services.answer(ticket=ticket, text=" ", by=officer, at=now)
    assert services.answer(ticket=ticket, text="已转派出所核对", by=officer, at=now).state == "answered"
    with pytest.raises(services.TicketError, match="理由"):
        services.close(ticket=ticket, outcome="", by=officer, at=now)
    assert services.close(ticket=ticket, outcome="来源系统停用", by=officer, at=now).state == "closed"
    with pytest.raises(services.TicketError):
        services.answer(ticket=ticket, text="又来了", by=officer, at=now)
    acts = AuditEntry.objects.filter(object_kind="quality_ticket", user=officer).values_list(
        "action", flat=True
    )
    assert sorted(acts) == ["quality.ticket_answer", "quality.ticket_close", "quality.ticket_send"]


def test_it_closes_itself_when_every_row_is_mended_and_says_by_which_batch(node: Node, officer: User) -> None:
    """王强 is known by his number, which stands; 王芳, whose number was the fault, by all else she says."""
    first = node.bring("persons", dirty())
    half = node.bring("persons", people(person("王强", 3)), name="补一.csv")
    assert only_ticket().state == "open"
    (row,) = FailingRow.objects.filter(mended_batch_id=half.batch.id)
    assert (row.row_no, row.rule_id, row.mended_row_no) == (3, "persons.q07", 1)
    blank = node.bring("persons", people(person("王芳", 2, 公民身份号码="")))
    ticket = Ticket.objects.get(batch_id=first.batch.id)
    assert ticket.state == "open", "a number left out is no number put right"
    assert not FailingRow.objects.filter(mended_batch_id=blank.batch.id).exists()
    last = node.bring("persons", people(person("李四", 9), person("王芳", 2)), name="补二.csv")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_batch_id, ticket.closed_by) == ("closed", last.batch.id, "系统")
    assert "补二.csv" in ticket.outcome and "2 处" in ticket.outcome
    assert Notice.objects.filter(key=f"quality:{ticket.pk}:closed").exists()


def test_another_source_mends_nothing_and_the_same_dirt_opens_no_second_ticket(
    node: Node, officer: User
) -> None:
    node.bring("persons", dirty(), source="甲")
    node.bring("persons", people(person("王芳", 2), person("王强", 3)), source="乙")
    assert only_ticket().state == "open"
    again = node.bring("persons", dirty(), source="甲")
    assert only_ticket().state == "open"
    row = Measured.objects.get(batch_id=again.batch.id, rule_id="persons.q01", field="公民身份号码")
    assert (row.failed, row.again) == (1, 1)


def test_the_rows_go_back_in_the_sources_own_columns_and_come_home_mended(node: Node, officer: User) -> None:
    headings = "姓名,身份证号,性别,户籍区划,备注"
    text = f"{headings}\n王芳,{WRONG},女,330106,=窗口\n王晓,{number(1)},男,330106,\n"
    node.bring("persons", text)
    ticket, out = only_ticket(), io.StringIO(newline="")
    with pytest.raises(services.TicketError, match="用途"):
        write_rows(ticket, out, purpose="", by=officer, at=timezone.now(), ip=None)
    assert write_rows(ticket, out, purpose="退回补正", by=officer, at=timezone.now(), ip=None) == 1
    lines = list(csv.reader(io.StringIO(out.getvalue())))
    assert ticket.number in lines[0][0] and "退回补正" in lines[0][0] and "王晓" in lines[0][0]
    assert lines[1] == [*headings.split(","), "隔离行号", "隔离原因"]
    assert lines[2][:5] == ["王芳", WRONG, "女", "330106", "'=窗口"] and lines[2][5] == "1"
    entry = AuditEntry.objects.get(action="quality.ticket_rows")
    assert (entry.purpose, entry.detail["rows"]) == ("退回补正", 1)
    mended = out.getvalue().replace(WRONG, number(2))
    brought = node.bring("persons", mended, name="改好.csv")
    assert brought.counts[:3] == (1, 1, 0)
    assert only_ticket().state == "closed" and only_ticket().closed_batch_id == brought.batch.id
    with pytest.raises(services.TicketError, match="没有可下载的行"):
        write_rows(only_ticket(), io.StringIO(), purpose="再看", by=officer, at=timezone.now(), ip=None)


def test_a_ticket_by_hand_asks_for_what_was_chosen_and_found(node: Node, officer: User) -> None:
    brought = node.bring("persons", people(person("王晓", 1, 联系电话=""), person("王芳", 2)))
    assert not Ticket.objects.exists(), "no target was missed"
    ask = {"batch": brought.batch, "within": "", "reason": "", "by": officer, "at": timezone.now()}
    with pytest.raises(services.TicketError, match="至少选择"):
        services.open_by_hand(measures=["persons.q01|姓名", "nonsense"], **ask)
    ticket = services.open_by_hand(measures=["persons.q04|联系电话", "persons.q01|姓名"], **ask)
    assert (ticket.cause, ticket.measures, ticket.rows) == ("hand", ["persons.q04|联系电话"], 1)
    node.bring("persons", people(person("王晓", 1)))
    assert only_ticket().state == "closed"


def test_a_source_past_its_cycle_is_asked_once_and_done_with_when_it_comes(node: Node, officer: User) -> None:
    brought = node.bring("persons", people(person()), source="省公安厅")
    assert jobs.look_for_late() == 0
    Batch.objects.update(received_at=brought.batch.received_at - timedelta(days=41))
    assert (jobs.look_for_late(), jobs.look_for_late()) == (1, 0)
    ticket = only_ticket()
    assert (ticket.cause, ticket.batch_id) == ("late", None) and "超过更新周期" in ticket.reason
    assert not Notice.objects.exists(), "late data is told of by whoever watches deliveries"
    tell_late_feeds(at=timezone.now())
    jobs.look_for_late()
    (told,) = Notice.objects.all()
    assert told.title.startswith("数据逾期：人口底册（省公安厅）") and told.url == "/resources/feeds/persons/"
    Ticket.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    jobs.look_for_late()
    assert only_ticket().shown_state(timezone.localdate()) == "overdue"
    assert Notice.objects.filter(key=f"quality:{ticket.pk}:overdue").count() == 1
    later = node.bring("persons", people(person("王芳", 2)), source="省公安厅")
    assert (only_ticket().state, only_ticket().closed_batch_id) == ("closed", later.batch.id)


def test_a_source_that_is_not_waited_for_is_not_asked(node: Node) -> None:
    """Nor one that by this node's word delivers less often; a ticket opened before is closed, and says why."""
    admin = create_user(
        username="admin", password="Xihu-Longjing-88", display_name="管理员", division_code="330000",
        roles=["administrator"], must_change_password=False,
    )  # fmt: skip

    def said(**how: Any) -> None:
        how = {"values": {}} | how
        set_resource(key="persons", source="省公安厅", by=admin, at=timezone.now(), **how)

    brought = node.bring("persons", people(person()), source="省公安厅")
    Batch.objects.update(received_at=brought.batch.received_at - timedelta(days=60))
    today = timezone.localdate()
    said(expected=False)
    assert jobs.look_for_late() == 0 and late_sources(PROVINCE, on=today) == []
    said(values={"cycle_code": "6"})  # once a year
    assert jobs.look_for_late() == 0 and late_sources(PROVINCE, on=today) == []
    said()
    assert jobs.look_for_late() == 1 and [one.source_name for one in late_sources(PROVINCE, on=today)] == [
        "省公安厅"
    ]
    said(expected=False)
    assert jobs.look_for_late() == 0
    assert only_ticket().state == "closed" and "不催报" in only_ticket().outcome


def test_a_divorce_is_not_mended_by_the_marriage_of_the_same_number(node: Node) -> None:
    first = node.bring("marriages", csv_text(MARRIAGE, [*row_of("离婚", FIRST, "2023-08-01")[:-1], WRONG]))
    ticket = Ticket.objects.get(batch_id=first.batch.id)
    node.bring("marriages", csv_text(MARRIAGE, row_of("结婚", FIRST, "2020-05-20")))
    ticket.refresh_from_db()
    assert ticket.state == "open"
    mends = node.bring("marriages", csv_text(MARRIAGE, row_of("离婚", FIRST, "2023-08-01")))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_batch_id) == ("closed", mends.batch.id)


def test_rows_no_one_can_tell_apart_are_done_with_when_the_measure_is_clean(
    node: Node, officer: User
) -> None:
    node.bring("persons", people(person("王晓", 1)) + "王芳,多,出,几,列,1,2,3\n")
    ticket = only_ticket()
    assert ticket.measures == ["persons.q02|整行"]
    node.bring("persons", people(person("王强", 3)) + "王芳,多,出,几,列,1,2,3\n")
    assert Ticket.objects.get(pk=ticket.pk).state == "open"
    node.bring("persons", people(person("王芳", 2)))
    assert not Ticket.objects.exclude(state="closed").exists()


def test_a_batch_that_is_cancelled_counts_nowhere_and_mends_nothing(
    node: Node, officer: User, monkeypatch
) -> None:
    from io import BytesIO

    from minzheng.exchange import flow
    from minzheng.exchange import services as exchange
    from minzheng.foundation.access.scope import Scope
    from minzheng.stewardship.quality import queries

    node.bring("persons", people(person("王芳", 2, 公民身份号码=WRONG)))

    def breaks(*_arguments: object) -> None:
        raise ConnectionError("断开")

    monkeypatch.setattr(flow, "load", breaks)
    text = people(person("王芳", 2)).encode()
    batch = exchange.receive("persons", BytesIO(text), name="x.csv", source=None, by=None, at=timezone.now())
    with pytest.raises(ConnectionError):
        exchange.run(batch)
    exchange.cancel(batch, by=officer, at=timezone.now())
    assert Measured.objects.filter(batch_id=batch.id).exists()
    assert queries.figures(Scope.system("330000"), batch_id=batch.id) == []
    assert only_ticket().state == "open" and not FailingRow.objects.filter(mended_batch_id=batch.id).exists()
