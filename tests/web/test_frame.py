"""The frame and the ways in and out, through Django's test client."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, override_settings

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PASSWORD = "Xihu-Longjing-88"


@pytest.fixture
def clerk():
    return create_user(
        username="clerk",
        password=PASSWORD,
        display_name="王晓",
        division_code="330106",
        roles=["clerk"],
        must_change_password=False,
    )


def log_in(client, **values):
    return client.post("/login/", {"username": "clerk", "password": PASSWORD} | values)


def test_login_leads_to_the_page_asked_for_but_never_elsewhere(client, clerk):
    assert log_in(client, next="/persons/")["Location"] == "/persons/"
    assert AuditEntry.objects.get(action="account.login").ip == "127.0.0.1"
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        assert log_in(Client(), next=elsewhere)["Location"] == "/"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client, clerk):
    def answer(username):
        page = log_in(client, username=username, password="wrong").content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|value="clerk"|value="nobody"', "", page)

    assert answer("clerk") == answer("nobody")
    assert "用户名或密码不正确" in answer("clerk")


def test_a_locked_account_gets_that_answer_too(client, clerk):
    for _ in range(6):
        wrong = log_in(client, password="wrong")
    right = log_in(client)
    assert right.status_code == wrong.status_code == 200
    assert "用户名或密码不正确" in right.content.decode()


def test_logout_is_a_post_and_ends_the_session(client, clerk):
    log_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="account.logout").exists()


def test_who_logs_out_elsewhere_while_an_answer_is_made_is_told_to_log_in_again(client, clerk):
    log_in(client)

    def log_out_elsewhere(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "django_session" in sql:
            with as_node():
                Session.objects.all().delete()
        return answer

    with connection.execute_wrapper(log_out_elsewhere):
        answer = client.post("/search/", {"q": "王"})
    assert answer.status_code == 400 and "登录已结束" in answer.content.decode()
    assert client.get("/")["Location"].startswith("/login/")


def test_the_first_password_is_changed_before_work_begins(client, clerk):
    User.objects.update(must_change_password=True)
    log_in(client)
    assert client.get("/")["Location"] == "/password/"
    weak = client.post("/password/", {"old": PASSWORD, "new": "abc", "again": "abc"})
    assert "至少三类" in weak.content.decode()
    again = client.post("/password/", {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD})
    assert "最近 5 次" in again.content.decode()
    differ = client.post(
        "/password/", {"old": PASSWORD, "new": "Qiantang-Chao-18", "again": "Qiantang-Chao-19"}
    )
    assert "不一致" in differ.content.decode()
    done = client.post(
        "/password/", {"old": PASSWORD, "new": "Qiantang-Chao-18", "again": "Qiantang-Chao-18"}
    )
    assert done["Location"] == "/"
    assert client.get("/").status_code == 200  # still logged in


def test_refusals_speak_chinese_and_show_no_trace(client, clerk):
    log_in(client)
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "没有找到" in page.content.decode()
    unsafe = Client(enforce_csrf_checks=True)
    expired = unsafe.post("/login/", {"username": "clerk", "password": PASSWORD})
    assert expired.status_code == 403
    assert "页面已过期" in expired.content.decode()


def test_a_failure_inside_shows_a_plain_page(clerk, monkeypatch):
    client = Client(raise_request_exception=False)
    log_in(client)

    def broken(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("minzheng.web.desk.views.about.read_credits", broken)
    page = client.get("/about/")
    assert page.status_code == 500
    assert "系统出错" in page.content.decode()
    assert "secret detail" not in page.content.decode() and "Traceback" not in page.content.decode()


def test_headers_keep_strangers_out(client, clerk):
    page = client.get("/login/")
    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    log_in(client)
    assert client.get("/")["Cache-Control"] == "no-store"
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_no_page_carries_inline_script_or_style(client, clerk):
    log_in(client)
    for place in ("/", "/help/", "/about/", "/password/"):
        page = client.get(place).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), place


@pytest.mark.django_db(transaction=True)
def test_the_navigation_shows_what_the_roles_admit(client, standards, clerk):
    log_in(client)
    page = client.get("/").content.decode()
    assert "综合查询" in page and 'href="/bring-in/"' not in page
    User.objects.update(roles=["data_officer"])
    assert 'href="/bring-in/"' in client.get("/").content.decode()


def test_the_credits_of_the_shipped_data_are_shown(client, tmp_path):
    (tmp_path / "SOURCES.md").write_text(
        "# Sources\n\n| data | from |\n|---|---|\n| 区划 | [统计局](https://www.stats.gov.cn/) |\n\n"
        "- 一 <b>\n",
        encoding="utf-8",
    )
    with override_settings(PACKS_DIR=tmp_path):
        page = client.get("/about/").content.decode()
    assert '<a href="https://www.stats.gov.cn/" rel="noreferrer">统计局</a>' in page
    assert "一 &lt;b&gt;" in page
