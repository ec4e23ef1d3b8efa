"""What every kind of database answers (来源库会话)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self

from minzheng.exchange.errors import SourceError

# ``packed``: text kept in a column that says it is Western (latin1) but holds bytes of another encoding.
ColumnKind = Literal["text", "integer", "bool", "bits", "bytes", "packed", "date", "timestamp", "timestamptz"]
TIMES = ("date", "timestamp", "timestamptz")
Cell = Callable[[Any], str]
Params = tuple[Any, ...]


@dataclass(frozen=True)
class SourceColumn:
    """A column as the server describes it (来源列)."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True)
class Condition:
    """SQL with placeholders and what goes into them (条件)."""

    sql: str
    params: Params = ()


class Session(ABC):
    """One read-only transaction on a source's database; every failure is a ``SourceError`` in Chinese.

    ``src`` is the name of what is read in every piece of SQL built here.
    """

    server: str = ""

    @abstractmethod
    def columns(self, relation: str) -> list[SourceColumn]:
        """The columns of a table or query, nothing of it read."""

    @abstractmethod
    def rows(self, sql: str, params: Params = ()) -> Iterator[Sequence[Any]]:
        """A result a few rows at a time; values are text (or bytes, or None)."""

    @abstractmethod
    def quote(self, name: str) -> str:
        """A name as an identifier."""

    @abstractmethod
    def select(self, column: SourceColumn) -> str:
        """SQL that gives a column's value as text."""

    @abstractmethod
    def cell(self, column: SourceColumn) -> Cell | None:
        """What makes a CSV cell of a value; None where the value is one already."""

    @abstractmethod
    def after(self, columns: Sequence[SourceColumn], values: Sequence[str]) -> Condition:
        """Rows behind these values in the order of these columns."""

    @abstractmethod
    def since(self, column: SourceColumn, at: str, overlap: timedelta) -> Condition:
        """Rows at or after a point in time less the overlap."""

    @abstractmethod
    def timed(self, column: SourceColumn, said: bool) -> Condition:
        """Rows that say (or do not say) when they changed."""

    @abstractmethod
    def not_after_now(self, column: SourceColumn, at: str) -> str:
        """The time given, or the server's own if earlier: a date in the future must hide nothing that follows."""

    @abstractmethod
    def close(self) -> None:
        """End the transaction and the connection."""

    def relation(self, parts: Sequence[str], query: str | None) -> str:
        """What stands behind FROM: the table, or the query in parentheses."""
        return (
            f"({_escaped(query)}\n) AS src" if query else f"{'.'.join(self.quote(p) for p in parts)} AS src"
        )

    def value(self, sql: str, params: Params = ()) -> str | None:
        """The only value of a query."""
        found = [row[0] for row in self.rows(sql, params)]
        return found[0] if found else None

    def name(self, column: SourceColumn) -> str:
        """A column of ``src``."""
        return f"src.{self.quote(column.name)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _escaped(query: str) -> str:
    """Drivers take ``%`` for a placeholder."""
    return query.replace("%", "%%")


def decoded(value: bytes, column: str, encodings: Sequence[str] = ("utf-8", "gb18030")) -> str:
    """Text kept as bytes, in the first encoding that holds; raises ``SourceError``."""
    for encoding in encodings:
        try:
            return value.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise SourceError(f"列“{column}”的内容不是文字 (照片、附件等二进制列不能作为数据列)")
