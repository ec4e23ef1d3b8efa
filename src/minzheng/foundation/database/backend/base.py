"""A connection asks for someone (连接的身份): for the node, or for whom a request is answered.

A standing is one statement that sets the session's role and limits. Who stands how is changed at no cost; the statement
goes out before the first query that follows, and again after whatever may have undone it: a new session, a rollback.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg import Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row


@dataclass(frozen=True, slots=True)
class Standing:
    """For whom a connection asks (身份), and the statement that makes a session so."""

    name: str
    statement: str
    values: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The role it takes, which its name begins with: plans are made for a role (角色)."""
        return self.name.partition(" ")[0]


NODE = Standing(
    "node",
    "SELECT set_config('role', 'none', false), set_config('minzheng.division_from', '', false),"
    " set_config('minzheng.division_to', '', false), set_config('minzheng.level', '', false),"
    " set_config('minzheng.businesses', '', false), set_config('minzheng.user', '', false)",
)


class Moments(BaseTzLoader):  # type: ignore[misc]
    """Moments as PostgreSQL writes them for a session in UTC (时间戳); Django's own reading of them costs a page more."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """In UTC; what Python's calendar has no room for is left to the driver's own error."""
        written = bytes(data)
        if written.endswith(b"+00"):
            with suppress(ValueError):
                return datetime.fromisoformat(written.decode())
        moment: datetime = super().load(data)
        return moment


class PlannedCursor(Cursor[Any]):
    """A cursor whose statements the session plans once; Django's own sends them whole, to be planned each time (预备游标)."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        """As the driver does, prepared from the first time on."""
        return super().execute(query, params, prepare=True)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, one wrapper a thread; ``stand`` says for whom it asks (连接)."""

    at_first: Standing = NODE  # of a thread that has not said; a process that serves pages sets "no one"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = self.at_first
        self._session: Standing | None = None  # what the session is; None where that is not known

    def stand(self, wanted: Standing) -> Standing:
        """From now on ask as ``wanted``; gives back what stood before (换身份)."""
        former, self.standing = self.standing, wanted
        return former

    def get_connection_params(self) -> dict[str, Any]:
        """As Django has them, with a quicker reader of moments and with prepared statements allowed (连接参数)."""
        params: dict[str, Any] = super().get_connection_params()
        params["prepare_threshold"] = 5  # only ``PlannedCursor`` prepares: Django's cursors bind on this side
        if self.timezone is UTC:
            params["context"].register_loader("timestamptz", Moments)
        return params

    def init_connection_state(self) -> None:
        """A fresh session is the node's; one out of a pool is whatever it was (新会话)."""
        super().init_connection_state()
        self._session = None if self.pool else NODE

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor on a session that stands as wanted (游标)."""
        self._settle()
        return super().create_cursor(name)

    def planned_once(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """Rows, their columns named, of a statement that the session plans once and not each time (预备查询).

        Once for each role: the policies are part of the plan, and PostgreSQL throws away one made under another role.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            self._settle()
            cursor = self._prepare_cursor(PlannedCursor(self.connection, row_factory=namedtuple_row))  # type: ignore[attr-defined]
        with cursor:
            cursor.execute(f"/* {self.standing.role} */ {statement}", values)
            rows: list[Any] = cursor.fetchall()
            return rows

    def _settle(self) -> None:
        if self._session != self.standing and self._may_ask():
            self._session = None
            with self.connection.cursor() as cursor:
                cursor.execute(self.standing.statement, self.standing.values or None)
            self._session = self.standing

    def _may_ask(self) -> bool:
        """In a broken transaction nothing can be asked but its rollback, after which the session is settled."""
        if self.connection is None:
            return False
        return bool(self.connection.info.transaction_status != TransactionStatus.INERROR)

    def _rollback(self) -> None:
        self._session = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._session = None
