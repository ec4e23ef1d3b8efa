"""Set-based work inside Django's own transaction (随事务): it stands or falls with what the models write there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.database.arrow import Statements


class Within(Statements):
    """Statements on Django's connection (事务内语句)."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def run(self, sql: str) -> None:
        """One statement without result."""
        self._cursor.execute(sql)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """A small query's result as dictionaries."""
        self._cursor.execute(sql)
        names = [column[0] for column in self._cursor.description]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]


@contextmanager
def within() -> Iterator[Within]:
    """As the node, in the transaction that is under way or in one of its own (事务内)."""
    with as_node(), transaction.atomic(), connection.cursor() as cursor:
        yield Within(cursor)
