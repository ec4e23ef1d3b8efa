"""From application to withdrawal: what is asked, who decides, what a grant shows and how it ends."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from tests.exchange.numbers import csv_text, number
from tests.node import Node, standards_of_this_run
from tests.sharing.making import ID, asked, cities, granted, node, officer, system, transactional_db

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.kernel import uscc
from minzheng.sharing.grants import queries, services
from minzheng.sharing.grants.changes import Cursor, changes_since, place_committed
from minzheng.sharing.grants.granted.fields import shared, shared_sets
from minzheng.sharing.grants.granted.reading import by_ids, find, scope_of, shown
from minzheng.sharing.grants.models import Use
from minzheng.sharing.grants.terms import GrantError, Standing
from minzheng.sharing.grants.using import count_use, forget_tallies, grant_for, granted_sets, take_quota

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]
ALLOWANCE = (
    "低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划", "月保障金额(元)",
    "发放月份", "银行卡号",
)  # fmt: skip


def looked_up(grant, name: str, said: str) -> list[dict]:
    field = shared(grant.data_set).fields[name]
    return [shown(grant, row) for row in find(scope_of(grant), grant, field, [said])[said]]


def test_every_field_of_the_standard_is_kept_somewhere(node: Node) -> None:
    for found in shared_sets():
        names = {f"{f.role}_{f.element}" if f.role else f.element for f in found.spec.fields}
        assert set(found.fields) == names, found.spec.key
        assert found.looked_up_by


def test_an_application_is_told_to_its_owner_and_due_in_workdays(node: Node) -> None:
    by = officer()
    found = asked(system(by), by)
    assert found.due_on >= timezone.localdate() + timedelta(
        days=12
    )  # ten workdays have weekends between them
    assert "国发〔2016〕51号" in found.due_basis
    notice = Notice.objects.get()
    assert notice.url == f"/grants/applications/{found.pk}/" and "省医保局" in notice.title
    assert AuditEntry.objects.get(action="grants.ask").detail["client"] == "yibao"
    assert services.remind(at=timezone.now()) == 0
    assert services.remind(at=timezone.now() + timedelta(days=40)) == 1
    assert "已逾期" in Notice.objects.latest("id").title


def test_what_makes_no_sense_is_not_asked(node: Node) -> None:
    by = officer()
    client = system(by)
    for more, reason in (
        ({"purpose": " "}, "用途"),
        ({"fields": []}, "至少选一个字段"),
        ({"fields": ["nobody"]}, "没有字段"),
        ({"methods": ["shout"]}, "共享方式"),
        ({"until_on": date(2020, 1, 1)}, "今天以后"),
        ({"division_code": "999999"}, "999999"),
        ({"condition": {ID: ["1"]}}, "不能按字段"),
        ({"rows_from_on": date(2020, 1, 1)}, "没有业务日期"),
        ({"per_day": 1}, "限额"),
    ):
        with pytest.raises(GrantError, match=reason):
            asked(client, by, **more)
    assert not queries.applications(Scope("330000", 4)).exists()


def test_only_the_rows_own_officer_decides_and_no_more_than_was_asked(node: Node) -> None:
    by = officer()
    county = officer("county", "330203")
    clerk = officer("clerk", "330000", 3, "clerk")
    found = asked(system(by), by, division_code="330106", fields=[ID, "person_person_name"], methods=["one"])
    said = {
        "masked": [], "methods": ["one"], "until_on": found.until_on, "per_minute": 10, "per_day": 10, "answer": "",
        "at": timezone.now(),
    }  # fmt: skip
    for other in (county, clerk):
        with pytest.raises(GrantError, match="数据管理员"):
            services.agree(application=found, fields=[ID], by=other, **said)
    with pytest.raises(GrantError, match="不能超出申请"):
        services.agree(application=found, fields=[ID, "person_phone"], by=by, **said)
    with pytest.raises(GrantError, match="不能超出申请"):
        services.agree(application=found, fields=[ID], by=by, **(said | {"methods": ["one", "changes"]}))
    grant = services.agree(application=found, fields=[ID], by=by, **said)
    assert (grant.fields, grant.division_code) == ([ID], "330106")
    with pytest.raises(GrantError, match="已经答复"):
        services.refuse(application=found, answer="重复", by=by, at=timezone.now())


def test_what_one_may_not_see_one_gives_away_masked_at_most(node: Node) -> None:
    by = officer(level=3)
    client = system(by)
    fields = ["member_citizen_id_number", "head_bank_account"]
    with pytest.raises(GrantError, match="银行卡号"):
        granted(client, by, data_set="allowances", fields=fields)
    grant = granted(client, by, data_set="allowances", fields=fields, masked=["head_bank_account"])
    row = (
        "D1",
        "王晓",
        number(1),
        "王晓",
        number(1),
        "户主",
        "330106",
        "800",
        "202606",
        "6222000000000000017",
    )
    node.bring("allowances", csv_text(ALLOWANCE, row))
    ((row),) = looked_up(grant, "member_citizen_id_number", number(1))
    assert row == {"member_citizen_id_number": number(1), "head_bank_account": "6222 **** 0017"}


def test_a_refusal_says_why(node: Node) -> None:
    by = officer()
    found = asked(system(by), by)
    with pytest.raises(GrantError, match="理由"):
        services.refuse(application=found, answer=" ", by=by, at=timezone.now())
    assert (
        services.refuse(application=found, answer="依据不足", by=by, at=timezone.now()).answer == "依据不足"
    )
    assert grant_for("yibao", "persons", "one", at=timezone.now()) is None


def test_nothing_is_allowed_that_no_grant_allows(node: Node) -> None:
    by, now = officer(), timezone.now()
    client = system(by)
    assert grant_for("yibao", "persons", "one", at=now) is None
    grant = granted(client, by, methods=["one"])
    now = timezone.now()
    assert grant_for("yibao", "persons", "one", at=now) == grant
    assert granted_sets("yibao", at=now) == ["persons"]
    for what in (("yibao", "persons", "changes"), ("yibao", "marriages", "one"), ("other", "persons", "one")):
        assert grant_for(*what, at=now) is None
    assert grant_for("yibao", "persons", "one", at=grant.until_at) is None
    assert grant.standing(grant.until_at) == Standing.EXPIRED
    services.withdraw(grant=grant, reason="用途已变", by=by, at=now)
    assert grant_for("yibao", "persons", "one", at=timezone.now()) is None
    assert AuditEntry.objects.get(action="grants.withdraw").purpose == "用途已变"


def test_a_disabled_system_has_nothing(node: Node) -> None:
    by = officer()
    client = system(by)
    granted(client, by)
    services.disable_client(client=client, by=by, at=timezone.now())
    assert grant_for("yibao", "persons", "one", at=timezone.now()) is None


def test_only_granted_rows_and_columns_are_read(node: Node) -> None:
    by = officer()
    grant = granted(system(by), by, division_code="330106", fields=[ID, "person_person_name", "person_birth_date"],
                    masked=["person_birth_date"])  # fmt: skip
    with connection.execute_wrapper(lambda run, sql, *rest: said.append(sql) or run(sql, *rest)):
        said: list[str] = []
        ((row),) = looked_up(grant, ID, number(1))
    assert row["person_person_name"] == "王晓" and row["person_birth_date"].endswith("-**-**")
    read = next(sql for sql in said if 'FROM "registry_person"' in sql)
    assert "phone_cipher" not in read and "hukou_address_cipher" not in read
    assert looked_up(grant, ID, number(2)) == []  # of 宁波


def test_a_record_is_whole_though_one_of_the_couple_lives_elsewhere(node: Node) -> None:
    by = officer()
    client = system(by)
    there = granted(client, by, data_set="marriages", division_code="330106")
    hers = granted(client, by, data_set="marriages", division_code="330203")
    elsewhere = granted(client, by, data_set="marriages", division_code="330300")
    for grant in (there, hers):
        ((row),) = looked_up(grant, "wife_citizen_id_number", number(2))
        assert row["husband_person_name"] == "王晓" and row["registered_on"] == "2020-05-20"
        assert len(looked_up(grant, "marriage_certificate_no", "J330106-2020-000001")) == 1
    assert looked_up(elsewhere, "wife_citizen_id_number", number(2)) == []
    assert looked_up(elsewhere, "marriage_certificate_no", "J330106-2020-000001") == []
    assert looked_up(there, "husband_citizen_id_number", number(2)) == []  # she is the wife


def test_a_record_says_what_its_source_said(node: Node) -> None:
    """Columns of the record, of the persons and of the organisation it speaks of."""
    code = f"51330000MJ800000{uscc.body_check_character('MJ800000')}"
    code += uscc.check_character(code)
    node.bring("societies", csv_text(
        ("名称", "统一社会信用代码", "类型", "登记机关区划", "法定代表人", "法定代表人公民身份号码", "成立登记日期",
         "注册资金(万元)", "状态"),
        ("西湖慈善会", code, "社会团体", "330106", "王晓", number(1), "2020-01-01", "3", "正常"),
    ))  # fmt: skip
    node.bring("cremations", csv_text(
        ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "性别", "死亡日期", "火化日期", "户籍地址",
         "经办人姓名", "经办人联系电话"),
        ("330106010009", "杭州市殡仪馆", "王建国", number(3), "男", "2026-01-05", "2026-01-07", "", "王晓", "13800001234"),
    ))  # fmt: skip
    by = officer()
    client = system(by)
    ((society,),) = [looked_up(granted(client, by, data_set="societies"), "organisation_uscc", code)]
    assert (
        society["organisation_society_name"] == "西湖慈善会"
        and society["organisation_registered_capital_fen"] == 3_000_000
    )
    assert (
        society["legal_representative_citizen_id_number"] == number(1)
        and society["organisation_founded_on"] == "2020-01-01"
    )
    ((cremation,),) = [
        looked_up(granted(client, by, data_set="cremations"), "deceased_citizen_id_number", number(3))
    ]
    assert (
        cremation["deceased_death_date"] == "2026-01-05" and cremation["deceased_cremated_on"] == "2026-01-07"
    )
    assert cremation["handler_phone"] == "13800001234" and cremation["handler_person_name"] == "王晓"


def test_period_and_codes_bound_the_rows(node: Node) -> None:
    by = officer()
    client = system(by)
    for more, count in (
        ({"rows_from_on": date(2020, 1, 1), "rows_to_on": date(2021, 1, 1)}, 1),
        ({"rows_from_on": date(2021, 1, 1)}, 0),
        ({"condition": {"marriage_registration_kind_code": ["21"]}}, 0),
        ({"condition": {"marriage_registration_kind_code": ["11", "12"]}}, 1),
    ):
        grant = granted(client, by, data_set="marriages", **more)
        assert len(looked_up(grant, "husband_citizen_id_number", number(1))) == count, more


def test_the_household_head_is_told_by_number(node: Node) -> None:
    by = officer()
    grant = granted(system(by), by, fields=[ID, "head_citizen_id_number"])
    ((row),) = looked_up(grant, ID, number(3))
    assert row["head_citizen_id_number"] == number(1)


def test_changes_come_in_one_order_and_can_be_read_again(node: Node) -> None:
    scope = Scope("330000", 4)
    all_at_once = changes_since(scope, "persons", Cursor(), limit=100)
    assert len(all_at_once) >= 3
    piecewise, cursor = [], Cursor()
    while found := changes_since(scope, "persons", cursor, limit=1):
        piecewise += found
        cursor = Cursor.of(str(found[-1].after))
    assert [c.subject_id for c in piecewise] == [c.subject_id for c in all_at_once]
    assert {c.subject_id for c in changes_since(Scope("330200", 4), "persons", Cursor(), limit=100)} < {
        c.subject_id for c in all_at_once
    }
    by = officer()
    grant = granted(system(by), by, division_code="330200")
    seen = by_ids(scope_of(grant), grant, [c.subject_id for c in all_at_once])
    assert [row.values["person_person_name"] for row in seen.values()] == ["王芳"]


def test_a_change_committed_late_is_not_missed(node: Node) -> None:
    """An entry numbered earlier and committed later takes the later place."""
    insert = """INSERT INTO foundation_outboxentry (id, at, data_set, division_code, operation, subject_ids)
        VALUES (%s, now(), 'persons', '330106', 'updated', ARRAY[gen_random_uuid()])"""
    scope = Scope("330000", 4)
    so_far = changes_since(scope, "persons", Cursor(), limit=100)[-1].after
    with connection.cursor() as cursor:
        cursor.execute(insert, [1002])
        (first,) = changes_since(scope, "persons", so_far, limit=10)
        cursor.execute(insert, [1001])
        (late,) = changes_since(scope, "persons", first.after, limit=10)
        assert late.after.position > first.after.position
        floors = []
        for _ in range(2):  # what was seen a minute ago is settled; what came since is looked at once more
            cursor.execute("UPDATE grants_changefloor SET seen_at = seen_at - interval '2 minutes'")
            place_committed()
            cursor.execute("SELECT floor FROM grants_changefloor")
            floors.append(cursor.fetchone()[0])
        assert 0 < floors[0] < 1001 and floors[1] == 1002
        cursor.execute("DELETE FROM foundation_outboxentry WHERE id > 1000")
    assert changes_since(scope, "persons", late.after, limit=10) == []


def test_uses_are_counted_and_never_changed(node: Node) -> None:
    by, now = officer(), timezone.now()
    grant = granted(system(by), by)
    count_use(grant, "one", at=now, hits=1)
    count_use(grant, "one", at=now, status=422, units=0)
    (one,) = queries.sums(Scope("330000", 4), grant)
    assert (one.calls, one.units, one.hits, one.refused) == (2, 1, 1, 1)
    assert queries.sums(Scope("330200", 4), grant) == []
    with pytest.raises(DatabaseError, match="只增不改"):
        Use.objects.update(hits=5)


def test_quotas_hold_and_count_what_others_used(node: Node) -> None:
    by = officer()
    grant = granted(system(by), by, per_minute=3, per_day=4)
    forget_tallies()
    at = timezone.now().replace(second=10, microsecond=0)
    count_use(grant, "one", at=at)  # by another process
    assert take_quota(grant, at=at) is None and take_quota(grant, at=at) is None
    over = take_quota(grant, at=at)
    assert over is not None and (over.limit, over.per, over.again_in_s) == (3, "分钟", 50)
    count_use(grant, "one", at=at, units=2)
    next_minute = at + timedelta(minutes=1)
    assert take_quota(grant, at=next_minute) is None
    over = take_quota(grant, at=next_minute)
    assert over is not None and over.per == "日"


def test_the_end_of_a_grant_is_told_once(node: Node) -> None:
    by = officer()
    grant = granted(system(by), by)
    assert services.tell_ended(at=grant.until_at - timedelta(days=3)) == 0
    assert "将于" in Notice.objects.latest("id").title
    assert services.tell_ended(at=grant.until_at) == 1
    assert services.tell_ended(at=grant.until_at + timedelta(hours=1)) == 0
    assert "已到期" in Notice.objects.latest("id").title
    assert AuditEntry.objects.filter(action="grants.expire").count() == 1
