"""MySQL and MariaDB as sources (MySQL 来源库)."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pymysql
from django.conf import settings
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database.address import CONNECT_TIMEOUT_S, Address
from minzheng.exchange.extract.database.session import (
    Cell,
    ColumnKind,
    Condition,
    Params,
    Session,
    SourceColumn,
    decoded,
)

TYPES: dict[int, ColumnKind] = {
    FIELD_TYPE.TINY: "integer", FIELD_TYPE.SHORT: "integer", FIELD_TYPE.LONG: "integer",
    FIELD_TYPE.INT24: "integer", FIELD_TYPE.LONGLONG: "integer",
    FIELD_TYPE.BIT: "bits", FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.DATETIME: "timestamp", FIELD_TYPE.TIMESTAMP: "timestamp",
}  # fmt: skip
SAID = {
    1045: "用户名或口令不对", 1044: "没有读取权限", 1142: "没有读取权限",
    1143: "没有读取权限",
    1698: "用户名或口令不对", 1049: "没有这个库",
    1146: "没有这个表, 或表已被删除", 1054: "没有这个列, 或列已被删除",
    1064: "查询语法有误",
    1060: "查询中有同名的列, 请用 AS 改名", 1792: "查询只能读取, 不能写入", 1290: "查询只能读取, 不能写入",
    1969: "查询超过时限, 请给时间列和键列建索引或调大 statement_timeout",
    3024: "查询超过时限, 请给时间列和键列建索引或调大 statement_timeout",
    2003: "连接不上", 2005: "连接不上", 2006: "连接中断, 请重新抽取", 2013: "连接中断, 请重新抽取",
    1053: "连接中断, 请重新抽取", 1317: "连接中断, 请重新抽取", 1927: "连接中断, 请重新抽取",
    2026: "加密连接 (TLS) 失败", 3159: "服务器要求加密连接 (TLS), 请在地址后加 ?ssl-mode=REQUIRED",
}  # fmt: skip
CHINESE = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "big5": "big5hkscs",
}
ZERO_TIMES_END = "1000-01-01"  # 0000-00-00 and its kin: MySQL's own dates begin here
OPTIONS = {
    "ssl-ca": "ssl_ca",
    "ssl-cert": "ssl_cert",
    "ssl-key": "ssl_key",
    "socket": "unix_socket",
    "unix-socket": "unix_socket",
}
TLS_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")


class MysqlSession(Session):
    """A consistent-snapshot, read-only transaction; results are read as they arrive (SSCursor)."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._packed: str | None = None
        with self._told():
            self._connection: Any = pymysql.connect(**self._parameters())
        try:
            self._begin(address.statement_timeout_s)
        except BaseException:
            self.close()
            raise

    def _parameters(self) -> dict[str, Any]:
        """For the driver; its decoders are left out, so that values stay as the server wrote them."""
        a, options = self._address, {k.lower().replace("_", "-"): v for k, v in self._address.options.items()}
        if stored := options.pop("stored", None):
            self._packed = CHINESE.get(stored.lower())
            if self._packed is None:
                raise SourceError(f"stored 应为 {'、'.join(CHINESE)} 之一")
        mode = options.pop("ssl-mode", "PREFERRED").upper()
        unknown = set(options) - set(OPTIONS)
        if unknown or mode not in TLS_MODES:
            raise SourceError(
                f"来源库地址中有不认识的选项: {'、'.join(sorted(unknown)) or f'ssl-mode={mode}'}"
            )
        parameters: dict[str, Any] = {OPTIONS[k]: v for k, v in options.items()}
        return parameters | _tls(mode, parameters) | {
            "host": a.host or "localhost", "port": a.port or 3306, "user": a.user, "password": a.password,
            "database": a.database, "charset": "utf8mb4", "conv": dict(encoders), "cursorclass": SSCursor,
            "connect_timeout": CONNECT_TIMEOUT_S, "read_timeout": a.statement_timeout_s + 30,
            "autocommit": True,
        }  # fmt: skip

    def _begin(self, limit_s: int) -> None:
        self.server = str(self._connection.get_server_info())
        maria = "mariadb" in self.server.lower()
        self.server = self.server if maria else f"MySQL {self.server}"
        limit = f"max_statement_time = {limit_s}" if maria else f"max_execution_time = {limit_s * 1000}"
        for statement in (
            f"SET SESSION {limit}", f"SET SESSION time_zone = '{_offset()}'",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ):  # fmt: skip
            with self._told(), self._connection.cursor() as cursor:
                cursor.execute(statement)

    def columns(self, relation: str) -> list[SourceColumn]:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {relation} LIMIT 0", ())
            found = [SourceColumn(c[0], TYPES.get(c[1], "text")) for c in cursor.description]
            cursor.fetchall()
        texts = [c for c in found if c.kind == "text"]
        if not self._packed or not texts:
            return found
        sets = ", ".join(f"CHARSET({self.name(c)})" for c in texts)
        row = next(iter(list(self.rows(f"SELECT {sets} FROM {relation} LIMIT 1"))), ())
        western = {c.name for c, charset in zip(texts, row, strict=False) if charset in ("latin1", "ascii")}
        return [SourceColumn(c.name, "packed") if c.name in western else c for c in found]

    def rows(self, sql: str, params: Params = ()) -> Iterator[Sequence[Any]]:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(sql, params)
            while (row := cursor.fetchone()) is not None:
                yield row

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    def select(self, column: SourceColumn) -> str:
        name = self.name(column)
        return f"CAST({name} AS BINARY)" if column.kind == "packed" else name

    def cell(self, column: SourceColumn) -> Cell | None:
        if column.kind in ("date", "timestamp"):
            return _moment
        if column.kind == "bits":
            return lambda value: str(int.from_bytes(value, "big"))
        if column.kind == "integer":
            return None
        encodings = (self._packed,) if column.kind == "packed" and self._packed else ("utf-8", "gb18030")

        def text(value: str | bytes) -> str:
            return (
                decoded(value, column.name, encodings)
                if isinstance(value, bytes)
                else value.replace("\0", "")
            )

        return text

    def after(self, columns: Sequence[SourceColumn], values: Sequence[str]) -> Condition:
        """Written out column by column: MySQL finds no index range in a comparison of rows."""
        sql = ""
        params: list[Any] = []
        for column, value in reversed(list(zip(columns, values, strict=True))):
            name, given = self.name(column), int(value) if column.kind == "integer" else value
            sql = f"({name} > %s OR ({name} = %s AND {sql}))" if sql else f"{name} > %s"
            params = [given, given, *params] if params else [given]
        return Condition(sql, tuple(params))

    def since(self, column: SourceColumn, at: str, overlap: timedelta) -> Condition:
        start = "CAST(%s AS DATETIME(6)) - INTERVAL %s SECOND"
        return Condition(f"{self.name(column)} >= {start}", (at, int(overlap.total_seconds())))

    def timed(self, column: SourceColumn, said: bool) -> Condition:
        """Zero dates say nothing."""
        name = self.name(column)
        if said:
            return Condition(f"{name} >= '{ZERO_TIMES_END}'")
        return Condition(f"({name} IS NULL OR {name} < '{ZERO_TIMES_END}')")

    def not_after_now(self, column: SourceColumn, at: str) -> str:
        del column
        return self.value("SELECT CAST(LEAST(CAST(%s AS DATETIME(6)), NOW(6)) AS CHAR)", (at,)) or at

    def close(self) -> None:
        """Not politely: a result half read would have to be read to its end first."""
        if self._connection.open:
            self._connection._force_close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            code, own = (*error.args, "", "")[:2]
            said = SAID.get(code, "读取失败") if isinstance(code, int) else "读取失败"
            line = f"{own or code}".splitlines()[0] if (own or code) else type(error).__name__
            raise SourceError(f"来源库 {self._address.place}: {said} ({line[:200]})") from None
        except (OSError, ssl.SSLError) as error:
            raise SourceError(f"来源库 {self._address.place}: 连接不上 ({error})") from None


def _tls(mode: str, given: dict[str, Any]) -> dict[str, Any]:
    """``ssl-mode`` as MySQL's own clients name it, as the driver wants it."""
    if mode == "DISABLED":
        return {"ssl_disabled": True}
    if mode in ("VERIFY_CA", "VERIFY_IDENTITY"):
        return {"ssl_verify_cert": True, "ssl_verify_identity": mode == "VERIFY_IDENTITY"}
    if mode == "REQUIRED" and not given.get("ssl_ca"):
        return {"ssl": {"verify_mode": "none", "check_hostname": False}}
    return {}


def _offset() -> str:
    """The node's zone as MySQL takes it without zone tables: +08:00."""
    now = datetime.now(ZoneInfo(settings.TIME_ZONE)).strftime("%z")
    return f"{now[:3]}:{now[3:]}"


def _moment(value: str) -> str:
    """Zero dates say nothing; midnight is a date; fractions of nothing are left out."""
    if value.startswith("0000-00-00"):
        return ""
    if "." in value:
        value = value.rstrip("0").rstrip(".")
    return value[:10] if value[10:] == " 00:00:00" else value
