"""Files from a real SFTP server: its key held to, files gone on with where the line broke, every trouble one sentence."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from django.utils import timezone
from tests.exchange.intakes.entering import allow, checked, entered, failed, names, run
from tests.exchange.intakes.sftp_server import PASSWORD, USER, Server, sftp_server
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.exchange.adapters import sftp
from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import services
from minzheng.exchange.models import Batch, Intake
from minzheng.foundation.audit.models import AuditEntry

NOW = timezone.now


@pytest.fixture
def server(node: Node, tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "served"
    (root / "out").mkdir(parents=True)
    with sftp_server(root) as found:
        allow("127.0.0.1")
        yield found


def source(server: Server, *, confirmed: bool = True, **said: object) -> Intake:
    values = {
        "host": "127.0.0.1",
        "port": server.port,
        "folder": "/out",
        "user": USER,
        "password": PASSWORD,
        "settle": 0,
    }
    intake = entered("sftp", values | said)
    if confirmed:
        assert "还没有确认" in checked(intake)
        services.confirm(intake, shown=server.key.get_fingerprint(), by=None, at=NOW())
    return intake


def put(server: Server, name: str, *rows: list[str]) -> Path:
    path = server.root / "out" / name
    path.write_text(people(*rows))
    return path


def test_files_are_taken_once_after_an_officer_has_confirmed_the_key(server: Server) -> None:
    put(server, "一.csv", person("王晓", 1))
    put(server, "二.csv.part", person("李芳", 2))
    intake = source(server, confirmed=False)
    said = failed(intake)
    assert "主机密钥还没有确认" in said and server.key.get_fingerprint() in said
    assert server.logins == [], "no password goes to a host nobody has confirmed"
    with pytest.raises(IntakeError, match="指纹与最近一次试连所见的不同"):
        services.confirm(intake, shown="SHA256:another", by=None, at=NOW())
    services.confirm(intake, shown=server.key.get_fingerprint(), by=None, at=NOW())
    assert checked(intake) == f"连接正常: 127.0.0.1:{server.port} /out, 有 1 个待取文件"
    assert len(run(intake)) == 1 and names() == {"王晓"} and run(intake) == []
    assert sorted(p.name for p in (server.root / "out").iterdir()) == ["done", "二.csv.part"]
    assert AuditEntry.objects.filter(action="intake.confirm").count() == 1


def test_another_host_key_stops_everything(server: Server) -> None:
    intake = source(server)
    server.stop()
    server.key = asyncssh.generate_private_key("ssh-ed25519")
    server.start()
    put(server, "一.csv", person())
    assert "主机密钥与已确认的不同" in failed(intake)
    assert server.logins == [] and not Batch.objects.exists()
    services.forget_confirmed(intake, by=None, at=NOW())
    assert server.key.get_fingerprint() in checked(intake)


def test_a_connection_cut_in_mid_file_is_gone_on_with(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [person("张三丰", n) for n in range(1, 900)]
    size = put(server, "大.csv", *rows).stat().st_size
    monkeypatch.setattr(sftp, "PIECE", 8192)
    intake = source(server)
    server.cut_after = size // 2
    assert "连接中断, 下次从断点接着取" in failed(intake)
    assert not Batch.objects.exists() and intake.next_at is None, "by hand only"
    got = server.served
    server.reads.clear()
    (batch,) = run(intake)
    assert batch.counts["read"] == 899
    assert min(server.reads) >= got - 8192 > 0, "what was fetched is not fetched again"


def test_a_file_written_anew_after_the_cut_is_fetched_from_its_beginning(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(server, "大.csv", *(person("张三丰", n) for n in range(1, 500)))
    monkeypatch.setattr(sftp, "PIECE", 8192)
    intake = source(server)
    server.cut_after = 20_000
    failed(intake)
    path.write_text(people(*(person("李四光", n) for n in range(1, 500))))
    os.utime(path, (10**9, 10**9))
    (batch,) = run(intake)
    assert batch.counts["read"] == 499 and names() == {"李四光"}


def test_a_slow_server_is_left_in_time_and_gone_on_with(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, "慢.csv", *(person("张三丰", n) for n in range(1, 300)))
    monkeypatch.setattr(sftp, "PIECE", 2048)
    monkeypatch.setattr(sftp.SftpAdapter, "seconds", 1)
    intake = source(server)
    services.change(intake, values=_same(intake), cycle_minutes=60, by=None, at=NOW())
    server.pause = 0.3
    assert run(intake) == [] and intake.state == "working"
    assert intake.next_at == intake.pulled_at, "what is left is fetched at once, not in an hour"
    server.pause = 0
    (batch,) = run(intake)
    assert batch.counts["read"] == 299 and intake.next_at > intake.pulled_at
    monkeypatch.setattr(sftp, "ANSWER_S", 0.2)
    monkeypatch.setattr(sftp._Line._do, "__defaults__", (0.2,))
    put(server, "停.csv", person())
    server.pause = 2
    monkeypatch.setattr(sftp.SftpAdapter, "seconds", 60)
    assert "没有在时限内应答" in failed(intake)


def _same(intake: Intake) -> dict[str, object]:
    return {k: v for k, v in intake.settings.items() if k != "host_key"}


def test_every_trouble_is_one_sentence_with_what_to_do(server: Server, tmp_path: Path) -> None:
    def said(**changes: object) -> str:
        intake = source(server, **changes)
        with contextlib.suppress(IntakeError):
            sentence = checked(intake)
        intake.delete()
        assert PASSWORD not in sentence and "wrong" not in sentence
        return sentence

    assert "不接受用户 mzt 的口令或私钥" in said(password="wrong-9")
    assert "/nowhere 不存在, 请核对路径" in said(folder="/nowhere")
    server.closed.add("out")
    assert "没有读取目录 /out 的权限" in said()
    server.closed.clear()
    own = server.own_key.export_private_key().decode()
    assert "连接正常" in said(password="", private_key=own)
    sealed = server.own_key.export_private_key("pkcs8-pem", passphrase="pp").decode()
    assert "连接正常" in said(password="", private_key=sealed, passphrase="pp")
    assert "私钥无法识别" in said(password="", private_key=sealed, passphrase="wrong")
    assert "私钥无法识别" in said(private_key="-----BEGIN NONSENSE-----")
    assert "不在允许访问的地址之内" in checked(source(server, confirmed=False, host="127.0.0.2"))
    Intake.objects.all().delete()
    assert "解析不到地址" in checked(source(server, confirmed=False, host="no-such-host.invalid"))
    Intake.objects.all().delete()
    assert "被拒绝, 请核对端口" in checked(source(server, confirmed=False, port=1))
    Intake.objects.all().delete()
    with pytest.raises(IntakeError, match="口令和私钥至少填一个"):
        source(server, password="")


def test_a_server_that_lets_nothing_be_moved_and_a_file_too_large(server: Server, settings) -> None:
    intake = source(server)
    server.read_only = True
    path = put(server, "一.csv", person("王晓", 1))
    assert len(run(intake)) == 1 and path.exists() and run(intake) == []
    with (server.root / "out" / "大.csv").open("wb") as file:
        file.truncate(3 * 2**30)
    served = server.served
    assert "大.csv 超过上限 2,048 MB" in failed(intake)
    assert server.served == served, "not a byte of it was fetched"


def test_a_kept_password_goes_nowhere_else(server: Server) -> None:
    intake = source(server)
    assert PASSWORD.encode() not in bytes(intake.secrets_cipher) and "password" not in intake.settings
    assert PASSWORD not in repr([e.detail for e in AuditEntry.objects.all()])
    with pytest.raises(IntakeError, match="请重新填写口令"):
        services.change(
            intake, values=_same(intake) | {"host": "evil.example"}, cycle_minutes=0, by=None, at=NOW()
        )
    elsewhere = _same(intake) | {"port": 2222, "password": PASSWORD}
    services.change(intake, values=elsewhere, cycle_minutes=0, by=None, at=NOW())
    assert intake.settings["host_key"] == "", "another server has another key"
