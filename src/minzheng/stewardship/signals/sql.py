"""A kind's SQL made whole (线索语句): narrowed or not, its dated parameters filled in.

A run over what was touched must cost what it looks at. Left to the planner it would not: after a large file its picture of
the tables is old, and it starts from the wrong end, or goes through a small index for each row because it takes it for
empty. So each table is asked a row at a time, by the key alone, in the order written; all else is asked of what was found
(what stands behind OFFSET 0 stays where it stands).

A run over everything is the planner's: a million look-ups cost a million reads of a disk where a table is not in memory, and
reading it through, beside a hash, costs one.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from minzheng.exchange.clean.columns import quote
from minzheng.kernel.division import prefix
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import rulebook
from minzheng.stewardship.signals.declare import Kind


def found_sql(kind: Kind, *, narrow: bool, on: date) -> str:
    """The kind's query for a full or a narrow run (线索查询); ``UnknownStandardError`` for a value that is no number."""
    values = {name: _Parameter(key, default, on) for name, (key, default) in kind.parameters.items()}
    joins = {"each": _Each(), "any": _Any()} if narrow else {"each": _Join("JOIN"), "any": _Join("LEFT JOIN")}
    rows = (kind.of_asked if narrow else kind.of_all).format(**joins, **values)
    return kind.found.format(rows=rows, **joins, **values)


def looked_up(sql: str) -> str:
    """A kind's ``touched`` or ``closing`` (逐个查找)."""
    return sql.format(each=_Each(), any=_Any())


_LOOK_UP = re.compile(r"(\w+) (\w+) ON (.+?)(?: IF (.+))?", re.DOTALL)


class _Each:
    """A table joined to what stands before it, one look-up a row."""

    def __format__(self, said: str) -> str:
        rows, alias = _rows(said)
        return f"CROSS JOIN LATERAL ({rows}) {alias}"


class _Any:
    """The same where there may be none."""

    def __format__(self, said: str) -> str:
        rows, alias = _rows(said)
        return f"LEFT JOIN LATERAL ({rows}) {alias} ON true"


class _Join:
    """A table joined as the planner sees fit, where everything is looked at."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __format__(self, said: str) -> str:
        table, alias, key, condition = _read(said)
        return f"{self._word} {table} {alias} ON ({key}) AND ({condition})"


def _rows(said: str) -> tuple[str, str]:
    table, alias, key, condition = _read(said)
    by_key = f"SELECT {alias}.* FROM {table} {alias} WHERE {key} OFFSET 0"
    return f"SELECT * FROM ({by_key}) {alias} WHERE {condition}", alias


def _read(said: str) -> tuple[str, str, str, str]:
    """Table, alias, key, condition."""
    found = _LOOK_UP.fullmatch(said.strip())
    if found is None:
        raise ValueError(f"a look-up reads “table alias ON key IF condition”, not: {said}")
    table, alias, key, condition = found.groups()
    return table, alias, key, condition or "true"


@dataclass(frozen=True, slots=True)
class _Parameter:
    """The value that holds for a division: the most specific layer's, as one CASE over the code's beginning."""

    key: str
    default: int
    on: date

    def __format__(self, division: str) -> str:
        specs = [
            spec
            for spec in rulebook().parameters()
            if spec.key == self.key
            and (spec.effective_from or date.min) <= self.on < (spec.effective_to or date.max)
        ]
        everywhere = [spec for spec in specs if not spec.division_code]
        placed = sorted(
            (spec for spec in specs if spec.division_code),
            key=lambda spec: (len(prefix(spec.division_code)), spec.effective_from or date.min),
            reverse=True,
        )
        whens = " ".join(
            f"WHEN starts_with({division}, {quote(prefix(spec.division_code))}) THEN {_whole(spec.value, self.key)}"
            for spec in placed
        )
        latest = max(everywhere, key=lambda spec: spec.effective_from or date.min, default=None)
        value = _whole(latest.value, self.key) if latest else self.default
        return f"(CASE {whens} ELSE {value} END)" if whens else str(value)


def _whole(value: str, key: str) -> int:
    try:
        return int(Decimal(value))
    except InvalidOperation:
        raise UnknownStandardError(f"参数“{key}”的值“{value}”不是数字") from None
