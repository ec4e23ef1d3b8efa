"""Accounts on the desk: made, changed, closed within what the administrator covers; the trail, for auditors."""

import csv
import io
import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.audit.services import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standards")]
PASSWORD = "Xihu-Longjing-88"


def person(username: str, division: str = "330100", *roles: str, **more: object) -> User:
    return create_user(
        username=username, password=PASSWORD, display_name=f"{username}的姓名", division_code=division,
        roles=list(roles or ("clerk",)), must_change_password=False, **{"data_level": 3} | more,
    )  # fmt: skip


@pytest.fixture
def admin(client: Client) -> User:
    """An administrator of 杭州, logged in."""
    made = person("hz-admin", "330100", "administrator")
    client.force_login(made)
    return made


def filled(**other: object) -> dict[str, object]:
    return {
        "username": "liuyi", "display_name": "刘一", "division_code": "330106", "roles": ["clerk", "reviewer"],
        "data_level": "2", "businesses": ["01", "05"],
    } | other  # fmt: skip


def test_an_account_is_made_with_a_password_shown_once(client, admin):
    page = client.post("/accounts/new/", filled())
    drawn = re.search(r'id="drawn-password">([^<]+)<', page.content.decode())[1]
    made = User.objects.get(username="liuyi")
    assert (made.division_code, made.roles, made.businesses) == (
        "330106",
        ["clerk", "reviewer"],
        ["01", "05"],
    )
    assert made.check_password(drawn) and made.must_change_password
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="account.create", object_id=str(made.pk))
    assert (
        entry.user == admin and entry.detail["businesses"] == ["01", "05"] and drawn not in str(entry.detail)
    )
    assert drawn not in client.get(f"/accounts/{made.pk}/").content.decode()
    inside = Client()
    assert inside.post("/login/", {"username": "liuyi", "password": drawn})["Location"] == "/"
    assert inside.get("/")["Location"] == "/password/"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"division_code": "330203"}, "选择一个有效的选项"),
        ({"data_level": "4"}, "选择一个有效的选项"),
        ({"roles": ["administrator", "auditor"]}, "不得由同一账号兼任"),
        ({"roles": []}, "这个字段是必填项"),
        ({"username": "刘 一"}, "用户名只能由"),
        ({"username": "hz-admin"}, "已存在"),
    ],
)
def test_what_cannot_be_given_is_told_and_nothing_is_made(client, admin, wrong, told):
    page = client.post("/accounts/new/", filled(**wrong))
    assert page.status_code == 422 and told in page.content.decode()
    assert User.objects.count() == 1


def test_others_accounts_are_changed_closed_and_opened_never_the_own(client, admin):
    clerk = person("hz-clerk", "330106")
    page = client.post(f"/accounts/{clerk.pk}/edit/", filled(data_level="3", display_name="新姓名"))
    assert page["Location"] == f"/accounts/{clerk.pk}/"
    clerk.refresh_from_db()
    assert (clerk.display_name, clerk.username) == ("新姓名", "hz-clerk")
    entry = AuditEntry.objects.get(action="account.change")
    assert entry.detail["before"]["roles"] == ["clerk"] and entry.detail["after"]["businesses"] == [
        "01",
        "05",
    ]
    inside = Client()
    inside.force_login(clerk)
    client.post(f"/accounts/{clerk.pk}/disable/")
    assert inside.get("/")["Location"].startswith("/login/")
    client.post(f"/accounts/{clerk.pk}/enable/")
    User.objects.filter(pk=clerk.pk).update(locked_until=timezone.now() + timezone.timedelta(minutes=9))
    assert "解除锁定" in client.get(f"/accounts/{clerk.pk}/").content.decode()
    client.post(f"/accounts/{clerk.pk}/unlock/")
    page = client.post(f"/accounts/{clerk.pk}/reset/").content.decode()
    clerk.refresh_from_db()
    assert clerk.is_active and clerk.locked_until is None and clerk.must_change_password
    assert clerk.check_password(re.search(r'id="drawn-password">([^<]+)<', page)[1])
    own = client.post(f"/accounts/{admin.pk}/disable/", follow=True).content.decode()
    assert "不能修改自己的账号" in own
    assert "由另一位系统管理员办理" in client.get(f"/accounts/{admin.pk}/").content.decode()


def test_accounts_of_another_city_are_not_there(client, admin):
    other = person("nb-clerk", "330203")
    above = person("zj-clerk", "330000")
    listed = client.get("/accounts/").content.decode()
    assert "hz-admin" in listed and "nb-clerk" not in listed and "zj-clerk" not in listed
    for foreign in (other, above):
        assert client.get(f"/accounts/{foreign.pk}/").status_code == 404
        for act in ("disable", "enable", "unlock", "reset", "edit"):
            assert client.post(f"/accounts/{foreign.pk}/{act}/").status_code == 404
        foreign.refresh_from_db()
        assert foreign.is_active and foreign.check_password(PASSWORD)


def test_a_higher_account_in_the_same_place_is_out_of_reach(client, admin):
    strong = person("hz-strong", "330100", data_level=4)
    page = client.post(f"/accounts/{strong.pk}/reset/", follow=True).content.decode()
    assert "数据级别不得高于您自己的数据级别" in page
    strong.refresh_from_db()
    assert strong.check_password(PASSWORD)


def test_the_list_is_narrowed(client, admin):
    person("xihu", "330106", "reviewer")
    person("yuhang", "330110")
    User.objects.filter(username="yuhang").update(is_active=False)

    def listed(**asked: str) -> set[str]:
        page = client.get("/accounts/", asked).content.decode()
        return set(re.findall(r'data-result href="/accounts/\d+/">([^<]+)<', page))

    assert listed() == {"hz-admin", "xihu", "yuhang"}
    assert listed(division="330106") == {"xihu"}
    assert listed(role="reviewer") == {"xihu"}
    assert listed(state="disabled") == {"yuhang"}
    assert listed(text="余杭") == set() and listed(text="YUHANG") == {"yuhang"}


def test_the_own_page_tells_what_one_may_and_did(client, admin):
    clerk = person("hz-clerk", "330106", businesses=["05"])
    client.force_login(clerk)
    record(by=clerk, action="person.view", object_kind="person", object_id="p1")
    page = client.get("/accounts/own/").content.decode()
    for told in ("杭州市西湖区", "经办人", "三级", "婚姻", "查看人员"):
        assert told in page
    assert client.get("/accounts/").status_code == 403


def test_the_trail_is_searched_paged_and_taken_out_for_a_purpose(client, admin):
    auditor = person("hz-auditor", "330100", "auditor")
    clerk, foreign = person("hz-clerk", "330106"), person("nb-clerk", "330203")
    for n in range(60):
        record(by=clerk, action="person.view", object_kind="person", object_id=f"p{n}")
    record(by=foreign, action="person.view", object_kind="person", object_id="foreign")
    record(by=clerk, action="person.reveal", object_kind="person", object_id="p3", purpose="=核对低保")
    client.force_login(auditor)
    first = client.get("/audit/", {"user": "hz-clerk", "action": "person.view"}).content.decode()
    assert "p59" in first and "p10" in first and "foreign" not in first and ">p9<" not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(f"/audit/{older}").content.decode()
    assert ">p9<" in second and ">p10<" not in second
    whole = client.get("/audit/", {"object_id": "p3"}).content.decode()
    assert "查看完整号码" in whole and "=核对低保" in whole
    assert "日期止早于日期起" in client.get("/audit/?since=2026-02-02&until=2026-01-01").content.decode()
    assert client.post("/audit/export/?object_id=p3", {"purpose": ""}).status_code == 422
    taken = client.post("/audit/export/?object_id=p3", {"purpose": "月度检查"})
    rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert "月度检查" in rows[0][0] and "杭州市" in rows[0][0]
    assert len(rows) == 4 and rows[2][6] == "'=核对低保"
    entry = AuditEntry.objects.get(action="audit.export")
    assert (entry.user, entry.purpose, entry.detail["rows"]) == (auditor, "月度检查", 2)
    single = AuditEntry.objects.get(object_id="foreign")
    assert client.get(f"/audit/{single.pk}/").status_code == 404
    assert client.get(f"/audit/{entry.pk}/").status_code == 200


def test_only_auditors_read_the_trail(client, admin):
    assert client.get("/audit/").status_code == 403
    assert client.get("/accounts/access/").status_code == 200


def test_the_command_line_does_the_same(capsys, monkeypatch, admin):
    from click.testing import CliRunner

    from minzheng.cli import accounts

    monkeypatch.setattr(accounts, "boot", lambda **_: None)
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    run = CliRunner().invoke

    def told(*arguments: str) -> str:
        return run(accounts.user, list(arguments)).output

    assert "已建账号" in told("add", "cli-user", "--name", "陈", "--division", "330106", "--business", "05")
    assert "不在本节点范围内" in told(
        "add", "other", "--name", "陈", "--division", "310000"
    ) or "没有区划" in told("add", "other", "--name", "陈", "--division", "310000")
    assert "没有业务域 99" in told("add", "other", "--name", "陈", "--business", "99")
    listed = json.loads(told("list", "--division", "330106", "--json"))
    assert [(one["username"], one["businesses"]) for one in listed] == [("cli-user", ["05"])]
    told("change", "cli-user", "--role", "reviewer", "--all-businesses")
    told("disable", "cli-user")
    user = User.objects.get(username="cli-user")
    assert (user.roles, user.businesses, user.is_active) == (["reviewer"], [], False)
    told("enable", "cli-user")
    drawn = told("reset", "cli-user").split()[-1]
    user.refresh_from_db()
    assert user.is_active and user.check_password(drawn)
    assert "最后一个系统管理员" in told("disable", "hz-admin")
    assert "没有账号 nobody" in told("unlock", "nobody")
    matrix = json.loads(run(accounts.access, ["matrix", "--json"]).output)
    trail = next(page for page in matrix if page["address"] == "/audit/")
    assert trail["label"] == "审计记录" and trail["roles"]["auditor"] and not trail["roles"]["administrator"]
