"""Rows that changed in a table or view of a PostgreSQL or MySQL database (数据库视图)."""

from collections.abc import Iterator
from datetime import timedelta

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.extract.database.address import Address
from minzheng.exchange.extract.database.changes import (
    Origin,
    count_changes,
    find_columns,
    open_session,
    write_changes,
)
from minzheng.exchange.extract.database.query import check_name, check_query, table_parts
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.intake.declare import Adapter, Field, Reached, Received, Settings, Work, adapter
from minzheng.exchange.intake.json_rows import parse_columns
from minzheng.standards.queries import data_set

PORTS = {"postgresql": 5432, "mysql": 3306}
# How sure one may be of the other side: as each driver writes it.
TLS = {
    "postgresql": {"prefer": "prefer", "require": "require", "verify": "verify-full"},
    "mysql": {"prefer": "PREFERRED", "require": "REQUIRED", "verify": "VERIFY_IDENTITY"},
}
OPTIONS = {
    "postgresql": ("sslrootcert", "sslcert", "sslkey"),
    "mysql": ("ssl-ca", "ssl-cert", "ssl-key", "stored"),
}


@adapter
class DatabaseAdapter(Adapter):
    """A table, view or query, read by the time its rows changed (数据库视图)."""

    key, label = "database", "数据库视图"
    about = "从 PostgreSQL 或 MySQL 的表、视图或查询中取上次以来变化的行。"
    seconds = 4 * 3600  # one snapshot, which can't be gone on with
    fields = (
        Field("kind", "类型", "choice", default="postgresql", group="地址", address=True,
              choices=(("postgresql", "PostgreSQL"), ("mysql", "MySQL、MariaDB"))),
        Field("host", "主机", required=True, group="地址", address=True, help="主机名或 IP 地址，须在允许访问的地址之内。"),
        Field("port", "端口", "number", default=0, most=65535, group="地址", address=True, help="0 为该类型的通常端口。"),
        Field("database", "库名", required=True, group="地址", address=True),
        Field("user", "用户名", required=True, group="登录", address=True, help="请对方给只能读取这一视图的账号。"),
        Field("password", "口令", "secret", group="登录"),
        Field("tls", "加密连接", "choice", default="prefer", group="登录", address=True,
              choices=(("prefer", "对方支持则用"), ("require", "必须加密"), ("verify", "必须加密并核对证书"))),
        Field("options", "连接选项", "lines", group="登录", help="每行一个 名称=值，只用于证书文件和 MySQL 的 stored。"),
        Field("table", "表或视图", group="内容", help="写法为 表名 或 模式.表名；用查询的不填。"),
        Field("query", "查询", "lines", group="内容", help="一条 SELECT 语句；用表的不填。"),
        Field("columns", "列对应", "lines", group="内容", help="每行一个：标准列名=来源列名；名称相同的不用写。"),
        Field("key_columns", "键列", required=True, group="增量", help="合起来唯一确定一行且不为空，多个之间用逗号隔开。"),
        Field("time_column", "时间列", group="增量", help="行最后修改的时间；没有则每次取全部。"),
        Field("overlap", "回看分钟数", "number", default=10, most=527_040, group="增量", help="应长于对方最长的事务。"),
    )  # fmt: skip

    def place(self, settings: Settings) -> str:
        return f"{settings['host']}:{_port(settings)}/{settings['database']}"

    def refuse(self, settings: Settings) -> str | None:
        if bool(settings["table"]) == bool(settings["query"]):
            return "表和查询应填一个, 且只填一个"
        origin = _origin(settings)
        if origin.table:
            table_parts(origin.table)
        else:
            check_query(origin.query or "")
        for column in (*origin.key, *origin.columns.values(), *((origin.time,) if origin.time else ())):
            check_name(column, "列名")
        _options(settings)
        return None

    def check(self, settings: Settings, work: Work) -> str:
        with open_session(_address(settings, work)) as session:
            origin = _origin(settings)
            found = find_columns(session, origin, data_set(work.feed))
            rows = count_changes(session, origin, found, Watermark())
            return f"连接正常: {session.server}, 认得 {len(found.cells)} 列, 共 {rows:,} 行"

    def fetch(self, settings: Settings, reached: Reached, work: Work) -> Iterator[Received]:
        origin, target = _origin(settings), work.spool / "changes.csv"
        since = Watermark() if work.full else Watermark(reached.get("time"), tuple(reached.get("key", ())))

        def bounded(*_: int) -> None:
            work.refuse_more_than(target.stat().st_size, "一次取得的行")
            if work.seconds_left <= 0:
                raise IntakeError("没有在时限内取完, 请对方给时间列和键列建索引")

        with open_session(_address(settings, work)) as session:
            found = find_columns(session, origin, data_set(work.feed))
            rows, mark = write_changes(session, origin, found, since, target, bounded)
        if rows:
            yield Received(target, f"{work.source}.csv", reached={"time": mark.time, "key": list(mark.key)})


def _port(settings: Settings) -> int:
    return int(settings["port"]) or PORTS[settings["kind"]]


def _address(settings: Settings, work: Work) -> Address:
    """The address to connect to; a host that begins with / is the folder of a local socket, allowed as such."""
    kind, host = settings["kind"], str(settings["host"])
    options = _options(settings) | {
        ("sslmode" if kind == "postgresql" else "ssl-mode"): TLS[kind][settings["tls"]]
    }
    if host.startswith("/"):
        work.places.folder(host)
        options |= {"socket": host} if kind == "mysql" else {}
        host = host if kind == "postgresql" else "localhost"
    elif kind == "postgresql":
        options["hostaddr"] = work.places.address(host, _port(settings))
    else:
        work.places.address(host, _port(settings))
    return Address(
        kind=kind, user=settings["user"], password=settings["password"], host=host, port=_port(settings),
        database=settings["database"], options=options,
    )  # fmt: skip


def _options(settings: Settings) -> dict[str, str]:
    found = parse_columns(settings["options"])
    for name in found:
        if name not in OPTIONS[settings["kind"]]:
            raise IntakeError(f"连接选项 {name} 不能使用, 可用的有: {'、'.join(OPTIONS[settings['kind']])}")
    return found


def _origin(settings: Settings) -> Origin:
    keys = tuple(k.strip() for k in str(settings["key_columns"]).replace("，", ",").split(",") if k.strip())
    return Origin(
        table=settings["table"] or None, query=settings["query"].strip().rstrip(";") or None,
        columns=parse_columns(settings["columns"]), key=keys, time=settings["time_column"] or None,
        overlap=timedelta(minutes=int(settings["overlap"])),
    )  # fmt: skip
