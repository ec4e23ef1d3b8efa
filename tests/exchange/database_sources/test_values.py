"""Values come as the source wrote them, whatever its types and character sets."""

from datetime import datetime

from tests.exchange.database_sources.pulling import (
    COLUMNS,
    RARE,
    entered,
    make_table,
    minutes_ago,
    names,
    outcome,
    pull,
    put,
    written,
)
from tests.exchange.database_sources.servers import Server, postgres_beside
from tests.exchange.numbers import number

from minzheng.exchange import sources


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
    first, second = written(server, tmp_path, "zz", ("id",), None)
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
    first, second = written(packed, tmp_path, "old", ("id",), None)
    assert first["姓名"] == "朱镕基" and first["户籍区划"] == "西湖区" and first["户籍地址"] == "文三路１号"
    assert (first["性别"], second["性别"], first["婚姻状况"]) == ("1", "2", "1")
    assert first["出生日期"] == "" and second["出生日期"] == "1990-05-00" and second["户籍地址"] == "联通"


def test_mysql_a_zero_time_says_nothing(maria):
    make_table(maria)
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
    assert written(maria, tmp_path, "tz", ("id",), None)[0]["出生日期"] == "2026-03-01 01:00:00"


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
        (row,) = written(server, tmp_path, "民政.Old 表", ("id",), None)
        assert row["姓名"] == "张三" and row["户籍区划"].strip() == "330106" and row["婚姻状况"] == "是"
        assert row["出生日期"] == "2026-03-01 01:00:00" and row["户籍地址"] == ""
