"""Databases as sources, on real servers: what comes, comes again, must not be missed, is said in trouble."""

import csv
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.utils import timezone
from tests.exchange.database_servers import Server, mysql_server, postgres_beside
from tests.exchange.numbers import number

from minzheng.cli import sources as cli
from minzheng.exchange import flow, services, sources
from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database import changes
from minzheng.exchange.extract.database.query import check_query
from minzheng.exchange.models import Batch, DatabaseSource
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.database.url import libpq_uri
from minzheng.registry.models import Person
from minzheng.standards.queries import data_set

COLUMNS = {"姓名": "xm", "公民身份号码": "sfzh", "户籍区划": "qh", "联系电话": "dh", "出生日期": "csrq"}
RARE = "㐂𠮷𬎆"


@pytest.fixture(scope="module")
def mysql():
    with mysql_server() as server:
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def server(request, node):
    """A database of another system with an empty table ``rk``, times to the microsecond."""
    if request.param == "mysql":
        found = request.getfixturevalue("mysql")
        if found is None:
            pytest.skip("no MariaDB server (没有 MySQL 服务器)")
        _table(found)
        yield found
        return
    with postgres_beside() as found:
        _table(found)
        yield found


def _table(server: Server) -> None:
    server.run(
        "DROP TABLE IF EXISTS rk",
        f"CREATE TABLE rk (id bigint PRIMARY KEY, xm varchar(50), sfzh varchar(18), qh varchar(12), "
        f"dh varchar(20), csrq date, bz text, gxsj {server.time_type} NULL)",
        "CREATE INDEX rk_gxsj ON rk (gxsj, id)",
    )


def put(server: Server, *people) -> None:
    """(id, name, changed at) of people; the rest follows from the id."""
    rows = [(i, name, number(i), "330106", None, None, "备注", at) for i, name, at in people]
    server.fill("INSERT INTO rk VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)


def entered(server: Server, **changes) -> DatabaseSource:
    given = {"table": "rk", "key_columns": ["id"], "time_column": "gxsj", "columns": COLUMNS} | changes
    return sources.add("市人口库", feed="persons", url=server.url, by=None, at=timezone.now(), **given)


def pull(source: DatabaseSource, **options) -> dict:
    pulled = sources.pull(source, by=None, at=timezone.now(), **options)
    report = services.report(pulled.batch) if pulled.batch else dict.fromkeys(("read", "created"), 0)
    source.refresh_from_db()
    return report


def outcome(report: dict) -> tuple[int, ...]:
    return tuple(report[name] for name in ("read", "created", "updated", "unchanged"))


def minutes_ago(n: float) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=n)).replace(tzinfo=None)


def names() -> set[str]:
    return set(Person.objects.values_list("name", flat=True))


def test_a_first_pull_brings_all_and_the_next_only_what_changed(server):
    put(server, (1, "张三", minutes_ago(300)), (2, "李四", minutes_ago(200)), (3, "王五", minutes_ago(100)))
    source = entered(server, overlap=timedelta(minutes=1))
    report = pull(source)
    assert outcome(report) == (3, 3, 0, 0) and report["source"] == "市人口库"
    assert source.state == "working" and source.watermark_key == ["3"]
    put(server, (4, "赵六", minutes_ago(50)))
    server.run(f"UPDATE rk SET dh = '13800001234', gxsj = {server.now} WHERE id = 1")
    report = pull(source)
    assert outcome(report) == (3, 1, 1, 1)  # new, changed, and the last row again by the overlap
    assert names() == {"张三", "李四", "王五", "赵六"}


def test_pulling_again_changes_nothing(server):
    put(server, (1, "张三", minutes_ago(300)), (2, "李四", minutes_ago(200)))
    source = entered(server)
    pull(source)
    mark = source.watermark_time
    assert outcome(pull(source)) == (1, 0, 0, 1)
    assert outcome(pull(source, full=True)) == (2, 0, 0, 2)
    assert source.watermark_time == mark


def test_a_row_that_commits_late_under_an_older_time_is_caught_by_the_overlap(server):
    put(server, (1, "张三", minutes_ago(60)))
    with server.connected() as late, late.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO rk (id, xm, sfzh, qh, gxsj) VALUES (2, '李四', %s, '330106', %s)",
            (number(2), minutes_ago(20)),
        )
        put(server, (3, "王五", minutes_ago(15)))
        source = entered(server, overlap=timedelta(minutes=10))
        assert outcome(pull(source)) == (2, 2, 0, 0)
        cursor.execute("COMMIT")
    assert outcome(pull(source)) == (2, 1, 0, 1)
    assert names() == {"张三", "李四", "王五"}


def test_without_overlap_such_a_row_would_be_missed(server):
    put(server, (3, "王五", minutes_ago(15)))
    source = entered(server, overlap=timedelta(0))
    pull(source)
    put(server, (2, "李四", minutes_ago(20)))
    assert outcome(pull(source)) == (1, 0, 0, 1)
    assert "李四" not in names()


def test_a_time_in_the_future_hides_nothing_that_follows(server):
    put(server, (1, "张三", datetime.fromisoformat("2099-01-01")))
    source = entered(server)
    pull(source)
    assert source.watermark_time < "2099"
    put(server, (2, "李四", minutes_ago(0)))
    assert outcome(pull(source)) == (2, 1, 0, 1)


def test_rows_that_do_not_say_when_they_changed_come_each_time(server):
    put(server, (1, "张三", None), (2, "李四", minutes_ago(500)), (3, "王五", minutes_ago(5)))
    source = entered(server, overlap=timedelta(0))
    assert outcome(pull(source)) == (3, 3, 0, 0)
    server.run("UPDATE rk SET dh = '13800001234' WHERE id = 1")
    assert outcome(pull(source)) == (2, 0, 1, 1)


def test_many_rows_of_one_moment_are_read_once_over_page_borders(server, monkeypatch):
    monkeypatch.setattr(changes, "PAGE_ROWS", 7)
    at = minutes_ago(30)
    put(server, *((n, "张三丰", at) for n in range(1, 31)))
    assert outcome(pull(entered(server))) == (30, 30, 0, 0)


def test_several_key_columns_page_in_their_order(server, monkeypatch, tmp_path):
    monkeypatch.setattr(changes, "PAGE_ROWS", 4)
    server.run(
        "DROP TABLE IF EXISTS fk",
        "CREATE TABLE fk (a varchar(9), b integer, 姓名 varchar(9), 户籍区划 varchar(9), t date)",
    )
    server.fill(
        "INSERT INTO fk VALUES (%s, %s, '张三', '330106', %s)",
        [(f"x{a}", b, t) for a in range(3) for b in range(5) for t in ("2024-01-01", "2024-01-02")],
    )
    rows = _written(server, tmp_path, "fk", ("a", "b"), "t")
    assert len(rows) == 30


def test_a_key_that_names_no_row_is_refused(server, monkeypatch):
    monkeypatch.setattr(changes, "PAGE_ROWS", 3)
    at = minutes_ago(30)
    put(server, *((n, "张三丰", at) for n in range(1, 9)))
    source = entered(server, key_columns=["qh"])
    with pytest.raises(SourceError, match=r"键列 \(qh\) 不能唯一确定一行"):
        pull(source)
    source.refresh_from_db()
    assert source.state == "failed" and "键列" in source.problem and source.watermark_time is None
    assert not Batch.objects.exists()


def _written(
    server: Server, folder: Path, table: str | None, key: tuple[str, ...], time: str | None, query=None
) -> list[dict]:
    """What a pull writes for the data flow, read back."""
    origin = changes.Origin(table, query, {}, key, time, timedelta(0))
    target = folder / "out.csv"
    with changes.open_session(sources.parse_url(server.url)) as session:
        found = changes.find_columns(session, origin, data_set("persons"))
        changes.write_changes(session, origin, found, changes.Watermark(), target, lambda *_: None)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_values_come_as_the_source_wrote_them(server, tmp_path):
    """NULL and empty, rare characters, line breaks, quotes, dates, moments, exact decimals."""
    server.run(
        "DROP TABLE IF EXISTS zz",
        f"CREATE TABLE zz (id integer, 姓名 varchar(50), 户籍区划 decimal(20,4), 联系电话 varchar(20), "
        f"户籍地址 text, 出生日期 date, 现居地址 {server.time_type}, 婚姻状况 decimal(30,10))",
    )
    at = datetime.fromisoformat("2026-03-01 08:30:01.250")
    server.fill(
        "INSERT INTO zz VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                1,
                RARE,
                "330106",
                None,
                '文三路"1"号,\n2幢',
                "1990-03-07",
                at,
                "12345678901234567890.0123456789",
            ),
            (2, "阿·买买提", "1.5", "", "‘’", None, datetime.fromisoformat("2026-03-01"), None),
        ],
    )
    first, second = _written(server, tmp_path, "zz", ("id",), None)
    assert first["姓名"] == RARE and first["联系电话"] == "" and first["户籍地址"] == '文三路"1"号,\n2幢'
    assert first["出生日期"] == "1990-03-07" and first["现居地址"].startswith("2026-03-01 08:30:01.25")
    assert first["婚姻状况"] == "12345678901234567890.0123456789" and first["户籍区划"] == "330106.0000"
    assert second["出生日期"] == "" and second["婚姻状况"] == "" and second["现居地址"] == "2026-03-01"


def test_rare_characters_reach_the_register(server):
    put(server, (1, RARE, minutes_ago(5)))
    pull(entered(server))
    assert names() == {RARE}


def test_only_columns_the_data_set_names_leave_the_source(server, tmp_path):
    put(server, (1, "张三", minutes_ago(5)))
    source = entered(server, columns=COLUMNS | {"内部备注": "bz"})
    said = sources.check(source)
    assert said["waiting"] == 1 and "性别" in said["absent"]
    assert said["columns"]["内部备注"] == "bz" and "gxsj" in said["left"]
    assert pull(source)["extra_columns"] == ["内部备注"]


def test_a_query_is_a_source_too(server):
    put(server, (1, "张三", minutes_ago(50)), (2, "李四%", minutes_ago(40)), (3, "王五", minutes_ago(30)))
    query = (
        "SELECT id, xm AS 姓名, sfzh AS 公民身份号码, qh AS 户籍区划, gxsj FROM rk WHERE xm NOT LIKE '%四%';"
    )
    source = entered(server, table=None, query=query, columns={})
    assert outcome(pull(source)) == (2, 2, 0, 0)
    assert outcome(pull(source)) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM rk",
        "SELECT 1; DROP TABLE rk",
        "SELECT 1) AS src; DROP TABLE rk; SELECT (1",
        "SELECT 1 AS a) AS src WHERE (1=1",
        "SELECT * FROM rk FOR UPDATE",
        "SELECT * INTO OUTFILE '/tmp/x' FROM rk",
        "WITH x AS (DELETE FROM rk RETURNING *) SELECT * FROM x",
        "SELECT /*!50000 1 */",
        "SELECT 1 -- x",
        "SELECT 'a\\' ; DROP TABLE rk; --'",
        "SELECT 'a",
        "SELECT $$a$$",
        "",
    ],
)
def test_a_query_that_is_more_than_one_select_is_refused(query):
    with pytest.raises(SourceError):
        check_query(query)


def test_a_source_is_read_in_a_transaction_that_cannot_write(server):
    if server.kind == "postgresql":
        server.run("CREATE FUNCTION clear_rk() RETURNS integer LANGUAGE sql AS 'DELETE FROM rk RETURNING 1'")
    else:
        server.run(
            "DROP FUNCTION IF EXISTS clear_rk",
            "CREATE FUNCTION clear_rk() RETURNS integer BEGIN DELETE FROM rk; RETURN 1; END",
        )
    put(server, (1, "张三", minutes_ago(5)))
    source = entered(server, table=None, query="SELECT id, xm, qh, clear_rk() AS n, gxsj FROM rk", columns={
        "姓名": "xm", "户籍区划": "qh", "数": "n"}, try_it=False)  # fmt: skip
    with pytest.raises(SourceError, match="只能读取"):
        pull(source)


def test_a_statement_that_takes_too_long_is_given_up(server):
    put(server, (1, "张三", minutes_ago(5)))
    nap = "pg_sleep(5)" if server.kind == "postgresql" else "sleep(5)"
    url = f"{server.url}{'&' if '?' in server.url else '?'}statement_timeout=1"
    query = f"SELECT id, xm AS 姓名, qh AS 户籍区划, gxsj FROM rk WHERE {nap} IS NOT NULL"
    with pytest.raises(SourceError, match="超过时限"):
        pull(
            sources.add(
                "慢",
                feed="persons",
                url=url,
                query=query,
                key_columns=["id"],
                time_column="gxsj",
                by=None,
                at=timezone.now(),
            )
        )


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


def test_a_pull_interrupted_while_loading_is_finished_by_the_next_and_nothing_is_lost(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)), (2, "李四", minutes_ago(50)))
    source = entered(server, overlap=timedelta(0))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(flow, "load", killed)
        with pytest.raises(KeyboardInterrupt):
            pull(source)
    source.refresh_from_db()
    assert source.watermark_time is None and services.unfinished()
    put(server, (3, "王五", minutes_ago(1)))
    assert outcome(pull(source)) == (2, 1, 0, 1)
    assert not services.unfinished() and names() == {"张三", "李四", "王五"}
    assert source.watermark_key == ["3"]


def test_the_watermark_moves_with_the_batch_or_not_at_all(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)

    def fail(batch):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(flow, "move_watermark", fail)
        with pytest.raises(RuntimeError):
            pull(source)
    assert Batch.objects.get().stage == "loaded"
    source.refresh_from_db()
    assert source.watermark_time is None
    services.run(Batch.objects.get())
    source.refresh_from_db()
    assert source.watermark_time is not None


def test_a_batch_begun_before_another_pull_does_not_move_the_watermark_back(server):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)
    pull(source)
    old = Batch.objects.get()
    put(server, (2, "李四", minutes_ago(10)))
    pull(source)
    mark = source.watermark_time
    with transaction.atomic():
        flow.move_watermark(old)
    source.refresh_from_db()
    assert source.watermark_time == mark


def test_without_a_time_column_all_is_read_each_time_or_what_has_a_new_key(server):
    put(server, *((n, "张三丰", None) for n in range(1, 11)))
    source = entered(server, time_column=None)
    assert outcome(pull(source)) == (10, 10, 0, 0)
    assert outcome(pull(source)) == (10, 0, 0, 10)
    source.key_overlap = 2
    source.save()
    put(server, (11, "李四", None))
    assert outcome(pull(source)) == (4, 1, 0, 3)  # 8, 9, 10 again and 11


def test_two_pulls_of_one_source_do_not_run_side_by_side(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)
    own = (sources.LOCK_CLASS, source.pk)
    with psycopg.connect(libpq_uri(connection.settings_dict)) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", own)
        with pytest.raises(SourceError, match="正在抽取"):
            pull(source)
        other.execute("SELECT pg_advisory_unlock(%s, %s)", own)
    assert outcome(pull(source)) == (1, 1, 0, 0)


@pytest.mark.slow
def test_two_hundred_thousand_rows_are_written_in_bounded_memory(server, tmp_path):
    """Resident memory grows by far less than the file, on either side of the driver."""
    series = (
        "SELECT n FROM generate_series(1, 200000) AS s(n)"
        if server.kind == "postgresql"
        else "SELECT seq AS n FROM seq_1_to_200000"
    )
    server.run(
        "INSERT INTO rk (id, xm, qh, bz, gxsj) SELECT n, '欧阳文三', '330106', "
        f"repeat('备注', 60), {server.now} FROM ({series}) s"
    )
    origin = changes.Origin("rk", None, COLUMNS | {"备注": "bz"}, ("id",), "gxsj", timedelta(0))
    target, grown, start = tmp_path / "out.csv", [0], _resident()
    with changes.open_session(sources.parse_url(server.url)) as session:
        found = changes.find_columns(session, origin, data_set("persons"))
        rows, _ = changes.write_changes(
            session,
            origin,
            found,
            changes.Watermark(),
            target,
            lambda *_: grown.append(_resident() - start),
        )
    assert rows == 200_000 and target.stat().st_size > 70_000_000
    assert max(grown) < 30_000_000


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@contextmanager
def _no_boot(monkeypatch):
    monkeypatch.setattr(cli, "boot", lambda: None)
    yield CliRunner()


def test_from_the_command_line(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    with _no_boot(monkeypatch) as runner:
        more = [f"--column={heading}={column}" for heading, column in COLUMNS.items()]
        add = [
            "add",
            "市人口库",
            "--feed=persons",
            "--table=rk",
            "--key=id",
            "--time=gxsj",
            "--overlap=2h",
            "--json",
            *more,
        ]
        added = runner.invoke(cli.source, add, env={"MINZHENG_SOURCE_URL": server.url})
        assert added.exit_code == 0, added.output
        assert '"overlap_s": 7200' in added.output
        again = runner.invoke(cli.source, add, env={"MINZHENG_SOURCE_URL": server.url})
        assert again.exit_code != 0 and "已经登记" in again.output
        assert "待抽取 1 行" in runner.invoke(cli.source, ["test", "市人口库"]).output
        assert "新增 1" in runner.invoke(cli.source, ["pull", "市人口库"]).output
        assert '"unchanged": 1' in runner.invoke(cli.source, ["pull", "--all", "--json"]).output
        assert "市人口库  persons" in runner.invoke(cli.source, ["list"]).output
        shown = runner.invoke(cli.source, ["show", "市人口库"]).output
        assert "水位" in shown and "gxsj" in shown
        server.run("DROP TABLE rk")
        failed = runner.invoke(cli.source, ["pull", "--all"])
        assert failed.exit_code != 0 and "没有这个表" in failed.output
        assert runner.invoke(cli.source, ["remove", "市人口库", "--yes"]).exit_code == 0
        gone = runner.invoke(cli.source, ["pull", "市人口库"])
        assert gone.exit_code != 0 and "没有来源库" in gone.output


@pytest.fixture
def maria(mysql, node):
    if mysql is None:
        pytest.skip("no MariaDB server (没有 MySQL 服务器)")
    return mysql


def test_mysql_what_legacy_tables_hold(maria, tmp_path):
    """GBK columns, bytes, zero dates, tinyint and bit, and GBK kept in columns that say latin1."""
    maria.run(
        "DROP TABLE IF EXISTS old",
        "CREATE TABLE old (id integer PRIMARY KEY, 姓名 varchar(20) CHARACTER SET gbk, "
        "户籍区划 varbinary(30), 性别 tinyint(1), 婚姻状况 bit(1), 出生日期 date, "
        "户籍地址 varchar(60) CHARACTER SET latin1, t timestamp NULL)",
        "SET NAMES utf8mb4",
    )
    maria.fill(
        "INSERT INTO old VALUES (%s, %s, %s, %s, b'1', %s, CAST(%s AS BINARY), %s)",
        [(1, "朱镕基", "西湖区".encode("gb18030"), 1, "0000-00-00", "文三路１号".encode("gbk"), None),
         (2, "联通", b"330106", 2, "1990-05-00", "联通".encode("gbk"), "2026-03-01 08:00:00")],
    )  # fmt: skip
    packed = Server("mysql", f"{maria.url}{'&' if '?' in maria.url else '?'}stored=gbk", "", "")
    first, second = _written(packed, tmp_path, "old", ("id",), None)
    assert first["姓名"] == "朱镕基" and first["户籍区划"] == "西湖区" and first["户籍地址"] == "文三路１号"
    assert (first["性别"], second["性别"], first["婚姻状况"]) == ("1", "2", "1")
    assert first["出生日期"] == "" and second["出生日期"] == "1990-05-00" and second["户籍地址"] == "联通"


def test_mysql_a_zero_time_says_nothing(maria):
    _table(maria)
    put(maria, (1, "张三", minutes_ago(5)))
    maria.run("ALTER TABLE rk MODIFY gxsj datetime NOT NULL")
    maria.fill(
        "INSERT INTO rk (id, xm, sfzh, qh, gxsj) VALUES (2, '李四', %s, '330106', %s)",
        [(number(2), "0000-00-00")],
    )
    source = entered(maria)
    assert outcome(pull(source)) == (2, 2, 0, 0)
    maria.run("UPDATE rk SET dh = '13800001234' WHERE id = 2")
    assert outcome(pull(source)) == (2, 0, 1, 1)


def test_mysql_reads_a_timestamp_in_the_nodes_zone(maria, tmp_path):
    maria.run(
        "DROP TABLE IF EXISTS tz",
        "CREATE TABLE tz (id integer, 姓名 varchar(9), 户籍区划 varchar(9), 出生日期 timestamp NULL)",
        "SET time_zone = '+00:00'",
        "INSERT INTO tz VALUES (1, '张三', '330106', '2026-02-28 17:00:00')",
    )
    assert _written(maria, tmp_path, "tz", ("id",), None)[0]["出生日期"] == "2026-03-01 01:00:00"


def test_postgresql_what_its_types_say(node, tmp_path):
    with postgres_beside() as server:
        server.run(
            "CREATE SCHEMA 民政",
            'CREATE TABLE 民政."Old 表" (id uuid, 姓名 bytea, 户籍区划 char(12), 婚姻状况 boolean, '
            "出生日期 timestamptz, 户籍地址 date)",
            "SET timezone = 'UTC'",
        )
        server.fill(
            'INSERT INTO 民政."Old 表" VALUES (gen_random_uuid(), %s, %s, %s, %s, %s)',
            [("张三".encode("gb18030"), "330106", True, "2026-02-28 17:00:00+00", "infinity")],
        )
        (row,) = _written(server, tmp_path, "民政.Old 表", ("id",), None)
        assert row["姓名"] == "张三" and row["户籍区划"].strip() == "330106" and row["婚姻状况"] == "是"
        assert row["出生日期"] == "2026-03-01 01:00:00" and row["户籍地址"] == ""
