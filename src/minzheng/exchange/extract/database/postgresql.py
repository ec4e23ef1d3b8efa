"""PostgreSQL as a source (PostgreSQL 来源库)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from psycopg import errors, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader

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

FETCH_ROWS = 2_000
TYPES: dict[int, ColumnKind] = {
    16: "bool", 17: "bytes", 20: "integer", 21: "integer", 23: "integer",
    1082: "date", 1114: "timestamp", 1184: "timestamptz",
}  # fmt: skip
SAID: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.InvalidPassword, "用户名或口令不对"),
    (errors.InvalidAuthorizationSpecification, "服务器不接受这个用户"),
    (errors.InvalidCatalogName, "没有这个库"),
    (errors.UndefinedTable, "没有这个表, 或表已被删除"),
    (errors.UndefinedColumn, "没有这个列, 或列已被删除"),
    (errors.InvalidSchemaName, "没有这个模式"),
    (errors.InsufficientPrivilege, "没有读取权限"),
    (errors.QueryCanceled, "查询超过时限, 请给时间列和键列建索引或调大 statement_timeout"),
    (errors.ReadOnlySqlTransaction, "查询只能读取, 不能写入"),
    (errors.SyntaxError, "查询语法有误"),
    (errors.UntranslatableCharacter, "库中有无法转换为 UTF-8 的文字"),
    (errors.CharacterNotInRepertoire, "库中有不合编码的文字"),
)


class _AnyText(Loader):
    """Text that is UTF-8, or (from a database without an encoding) GB18030."""

    def load(self, data: Buffer) -> str:
        return decoded(bytes(data), "")


class PostgresSession(Session):
    """A repeatable-read, read-only transaction; big results come through a cursor on the server."""

    def __init__(self, address: Address) -> None:
        self._address = address
        limit = address.statement_timeout_s * 1000
        with self._told():
            self._connection = psycopg.connect(
                **self._parameters(), autocommit=False, client_encoding="UTF8", application_name="minzheng"
            )
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.read_only = True
            self._connection.adapters.register_loader("text", _AnyText)
            for name, value in (
                ("statement_timeout", str(limit)), ("datestyle", "ISO, YMD"),
                ("timezone", settings.TIME_ZONE), ("bytea_output", "hex"), ("extra_float_digits", "1"),
            ):  # fmt: skip
                self._connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            self.server = f"PostgreSQL {self._connection.info.parameter_status('server_version')}"

    def _parameters(self) -> dict[str, Any]:
        a = self._address
        given = {"user": a.user, "password": a.password, "host": a.host, "port": a.port, "dbname": a.database}
        return {"connect_timeout": CONNECT_TIMEOUT_S} | a.options | {k: v for k, v in given.items() if v}

    def columns(self, relation: str) -> list[SourceColumn]:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {relation} LIMIT 0", ())
            return [SourceColumn(c.name, TYPES.get(c.type_code, "text")) for c in cursor.description or ()]

    def rows(self, sql: str, params: Params = ()) -> Iterator[Sequence[Any]]:
        with self._told():
            cursor = self._connection.cursor(name="minzheng_pull")
            cursor.itersize = FETCH_ROWS
            try:
                cursor.execute(sql, params)
                yield from cursor
                cursor.close()
            except psycopg.Error:
                self._connection.close()  # first: a cursor can't be closed on a connection that was cut
                raise
            finally:
                cursor.close()

    def quote(self, name: str) -> str:
        return sql.Identifier(name).as_string(None).replace("%", "%%")

    def select(self, column: SourceColumn) -> str:
        return f"{self.name(column)}::text"

    def cell(self, column: SourceColumn) -> Cell | None:
        if column.kind == "bool":
            return {"true": "是", "false": "否"}.__getitem__
        if column.kind == "bytes":
            return lambda value: decoded(bytes.fromhex(value[2:]), column.name)
        return _moment if column.kind in ("date", "timestamp", "timestamptz") else None

    def after(self, columns: Sequence[SourceColumn], values: Sequence[str]) -> Condition:
        names = ", ".join(self.name(c) for c in columns)
        return Condition(f"({names}) > ({', '.join(['%s'] * len(columns))})", tuple(values))

    def since(self, column: SourceColumn, at: str, overlap: timedelta) -> Condition:
        start = f"CAST(%s AS {column.kind}) - make_interval(secs => %s)"
        return Condition(f"{self.name(column)} >= {start}", (at, overlap.total_seconds()))

    def timed(self, column: SourceColumn, said: bool) -> Condition:
        return Condition(f"{self.name(column)} IS {'NOT ' if said else ''}NULL")

    def not_after_now(self, column: SourceColumn, at: str) -> str:
        kind = column.kind
        return self.value(f"SELECT least(CAST(%s AS {kind}), CAST(now() AS {kind}))::text", (at,)) or at

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the server says, in one Chinese line with the server's own words behind it."""
        try:
            yield
        except psycopg.Error as error:
            said = next((words for kind, words in SAID if isinstance(error, kind)), None) or _connecting(
                str(error)
            )
            own = (error.diag.message_primary or str(error).strip() or type(error).__name__).splitlines()[0]
            raise SourceError(f"来源库 {self._address.place}: {said} ({own[:200]})") from None


def _connecting(text: str) -> str:
    """Failures of connecting have no code, only words; servers may say them in Chinese."""
    for words, meaning in (
        (("password authentication failed", "认证失败", "no password supplied"), "用户名或口令不对"),
        (("does not exist", "不存在"), "没有这个库或用户"),
        (("invalid connection option", "invalid URI"), "地址中有不认识的选项"),
        (("SSL", "certificate"), "加密连接 (TLS) 失败"),
        (
            (
                "could not translate",
                "resolve",
                "refused",
                "timeout",
                "timed out",
                "unreachable",
                "No such file",
            ),
            "连接不上",
        ),
        (("terminat", "closed", "lost", "reset", "consuming input", "EOF"), "连接中断, 请重新抽取"),
    ):
        if any(word in text for word in words):
            return meaning
    return "读取失败"


def _moment(value: str) -> str:
    """Local time without its zone; midnight is a date; a time without end says nothing."""
    if value.endswith("infinity"):
        return ""
    if len(value) > 19 and value[19:].lstrip(".0123456789")[:1] in ("+", "-"):
        value = value[: 19 + len(value[19:]) - len(value[19:].lstrip(".0123456789"))]
    return value[:10] if value[10:] == " 00:00:00" else value
