"""What makes two rows the same record (业务键), as SQL over the staged rows."""

from collections.abc import Sequence

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.declare import ByCode, ColumnFor, Feed


def key_of(feed: Feed, table: str = "") -> str:
    """SQL for what makes a record the same record: its key, and whatever keeps records of that key apart (业务键)."""
    apart = ", ".join(apart_of(feed, table))
    key = text_of(feed.record_key, table)
    return f"concat_ws(chr(31), {key}, {apart})" if apart else key


def apart_of(feed: Feed, table: str = "") -> list[str]:
    """SQL of what keeps records of one key apart besides; NULL where it says nothing (区分项)."""
    return [_part(part, table) for part in feed.apart]


def columns_of(feed: Feed) -> tuple[str, ...]:
    """The staged columns that decide whether two rows are one record (业务键列)."""
    apart: list[str] = []
    for part in feed.apart:
        apart += (part.by, part.name) if isinstance(part, ColumnFor) else (part.column,)
    return tuple(dict.fromkeys((*feed.record_key, *apart)))


def _part(part: ByCode | ColumnFor, table: str) -> str:
    """NULL where the part says nothing; concat_ws leaves it out."""
    if isinstance(part, ColumnFor):
        codes = ", ".join(quote(code) for code in part.codes)
        return f'CASE WHEN {table}"{part.by}" IN ({codes}) THEN {table}"{part.name}"::VARCHAR END'
    whens = " ".join(f"WHEN {quote(code)} THEN {quote(value)}" for code, value in part.values.items())
    return f'CASE {table}"{part.column}" {whens} END'


def text_of(names: Sequence[str], table: str = "") -> str:
    """SQL for the names' values as one text that differs whenever a value does."""
    cells = ", ".join(f"""coalesce({table}"{n}"::VARCHAR, '')""" for n in names)
    return f"concat_ws(chr(31), {cells})"
