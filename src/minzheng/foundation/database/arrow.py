"""Bulk road into PostgreSQL (批量通道): Arrow columns by binary COPY, one connection a worker."""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa
from django.db import connections

from minzheng.foundation.database.url import libpq_uri

OTHER_ROADS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
# All of them by one message to the server.
_ROADS = "SELECT " + ", ".join(f"set_config('{road}', '{{0}}', true)" for road in OTHER_ROADS)


class Statements:
    """Set-based work by statements inside someone's transaction (语句)."""

    def run(self, sql: str) -> None:
        """One statement without result."""
        raise NotImplementedError

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """A small query's result as dictionaries."""
        raise NotImplementedError

    def scalar(self, sql: str) -> Any:
        """The only value of a query."""
        (row,) = self.rows(sql)
        return next(iter(row.values()))

    @contextmanager
    def by_index(self) -> Iterator[None]:
        """Statements inside reach large tables by their indexes only.

        During a bulk load the planner's picture of a growing table is old, and it would read the whole of it for every
        chunk; by index the cost of a chunk follows from the chunk.
        """
        self.run(_ROADS.format("off"))
        yield
        self.run(_ROADS.format("on"))


class Bulk(Statements):
    """One transaction's worth of set-based work on a connection of its own (批量连接)."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def run(self, sql: str) -> None:
        """One statement without result."""
        self._cursor.execute(sql)

    def table(self, sql: str) -> pa.Table:
        """A query's result as Arrow."""
        self._cursor.execute(sql)
        return self._cursor.fetch_arrow_table()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """A small query's result as dictionaries."""
        return list(self.table(sql).to_pylist())

    def pieces(self, sql: str) -> Iterator[pa.RecordBatch]:
        """A large query's result piece by piece: no more of it lies in memory than one piece."""
        self._cursor.execute(sql)
        yield from self._cursor.fetch_record_batch()

    def copy_in(self, table: str, data: pa.Table, *, temporary: bool = False) -> int:
        """Append Arrow rows to an existing table; the columns are matched by name."""
        return int(self._cursor.adbc_ingest(table, data, mode="append", temporary=temporary))

    def commit(self) -> None:
        """Make what was written so far stand."""
        self._connection.commit()

    def rollback(self) -> None:
        """Undo what was not committed."""
        self._connection.rollback()


@contextmanager
def bulk() -> Iterator[Bulk]:
    """A bulk connection to the node's database; rolled back and closed at the end unless committed."""
    connection = _database(libpq_uri(connections["default"].settings_dict), os.getpid()).adbc_clone()
    try:
        work = Bulk(connection)
        try:
            yield work
        finally:
            work.rollback()
            work._cursor.close()
    finally:
        connection.close()


@lru_cache(maxsize=8)
def _database(uri: str, _process: int) -> Any:
    """What connections are made from, once a process: the driver reads all types of the database for it, 50 ms or more.

    It holds no connection of its own, so that the database can be dropped meanwhile.
    """
    from adbc_driver_postgresql import dbapi  # half a second to import, only for bulk work

    first = dbapi.connect(uri)
    first.adbc_connection.close()
    atexit.register(first.close)
    return first


class _Hidden(MetaPathFinder):
    """As if pandas were not installed (隐藏 pandas)."""

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> None:
        """Nothing is found by this name."""
        if name == "pandas":
            raise ImportError(name)


def _leave_pandas_out() -> None:
    """pyarrow looks for pandas once, when it is first given a list: a second and 30 MB of every process.

    It comes with what compares names; nothing of the product hands its frames to pyarrow or takes them from it.
    """
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(hidden)


_leave_pandas_out()
