"""Trouble at the source is one clear line, without its password; nothing half comes in."""

import pytest
from tests.exchange.database_sources.pulling import (
    entered,
    minutes_ago,
    outcome,
    pull,
    put,
)
from tests.exchange.database_sources.servers import Server

from minzheng.exchange import sources
from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database import changes
from minzheng.exchange.models import Batch, DatabaseSource
from minzheng.foundation.audit.models import AuditEntry


def test_a_deleted_table_or_column_is_one_clear_line_and_the_watermark_stays(server):
    put(server, (1, "张三", minutes_ago(5)))
    source = entered(server)
    pull(source)
    mark = source.watermark_time
    server.run("ALTER TABLE rk DROP COLUMN sfzh")
    with pytest.raises(SourceError, match="源表中没有列“sfzh” \\(公民身份号码\\)"):
        pull(source)
    server.run("DROP TABLE rk")
    with pytest.raises(SourceError, match="没有这个表, 或表已被删除") as caught:
        pull(source)
    assert "\n" not in str(caught.value)
    source.refresh_from_db()
    assert source.state == "failed" and source.watermark_time == mark


def test_a_wrong_password_or_place_is_one_clear_line_without_the_password(server):
    wrong = server.url.replace("://", "://nobody:Geheim-123@", 1) if "@" not in server.url else (
        f"{server.url.split('://')[0]}://nobody:Geheim-123@{server.url.split('@', 1)[1]}")  # fmt: skip
    with pytest.raises(SourceError) as caught:
        entered(Server(server.kind, wrong, "", ""))
    assert "Geheim-123" not in str(caught.value) and "\n" not in str(caught.value)
    if server.kind == "mysql":
        assert "用户名或口令不对" in str(caught.value)
    nowhere = f"{server.kind}://a:Geheim-123@127.0.0.1:1/x"
    with pytest.raises(SourceError, match="连接不上") as caught:
        entered(Server(server.kind, nowhere, "", ""))
    assert "Geheim-123" not in str(caught.value)
    assert not DatabaseSource.objects.exists()


def test_the_address_is_sealed_and_never_shown(server):
    source = entered(server)
    assert server.url.encode() not in bytes(source.url_cipher)
    shown = (
        repr(sources.shown(source))
        + repr(sources.address_of(source))
        + repr(AuditEntry.objects.get(action="add_source").detail)
    )
    password = sources.address_of(source).password
    assert not password or password not in shown


def test_a_connection_cut_in_the_middle_leaves_nothing_and_the_next_pull_brings_all(
    server, node, monkeypatch
):
    monkeypatch.setattr(changes, "PAGE_ROWS", 50)
    monkeypatch.setattr(changes, "TELL_EVERY", 60)
    put(server, *((n, "张三丰", minutes_ago(60)) for n in range(1, 201)))
    source = entered(server)

    def cut(written: int, expected: int) -> None:
        assert expected == 200
        if server.kind == "postgresql":
            server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'minzheng' AND state <> 'active'"
            )
        else:
            with server.connected() as admin, admin.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM information_schema.processlist "
                    "WHERE id <> connection_id() AND user <> 'system user'"
                )
                for (one,) in cursor.fetchall():
                    cursor.execute(f"KILL {one}")

    with pytest.raises(SourceError, match="连接中断"):
        pull(source, tell=cut)
    source.refresh_from_db()
    assert source.watermark_time is None and not Batch.objects.exists()
    assert not list((node.home / "spool").rglob("*.csv"))
    assert outcome(pull(source)) == (200, 200, 0, 0)
