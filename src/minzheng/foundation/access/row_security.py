"""Row-level security (行级安全): each table says whose rows are whose; PostgreSQL holds every page to it.

A model carries ``row_scope``. ``policies`` writes it into the database after every migration, for two roles: one for scopes
that take in the whole node, to whom rows of no known division are shown too, one for all others. Requests stand as one of the
two (``standing``); jobs and commands are the node. This is the second net under ``Scope`` in the queries: a forgotten filter
leaks nothing.

The conditions are written for the planner: comparisons that are leakproof, so that indexes serve them, and limits that
are read once a statement (``(SELECT current_setting(…))``), not once a row.
"""

from dataclasses import dataclass
from typing import Protocol, cast

from django.apps import apps
from django.conf import settings
from django.db import models

from minzheng.kernel.division import prefix


def setting(name: str) -> str:
    """SQL of one of the session's limits, read once a statement; NULL or empty where none is set (会话设置)."""
    return f"(SELECT current_setting('minzheng.{name}', true))"


def province_prefix() -> str:
    """What the codes of the node's province begin with; empty for a node of the whole country (本省区划前缀)."""
    return prefix(settings.NODE_DIVISION_CODE)[:2]


class RowScope(Protocol):
    """Whose rows are whose (行的归属)."""

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """SQL true for a row that may be seen; ``whole`` for a scope that takes in the node."""
        ...


@dataclass(frozen=True, slots=True)
class ByDivision:
    """Rows of a division within the scope (按区划). Rows of no known division are the whole node's only."""

    column: str = "division_code"

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """As a range of codes: codes are digits, and ``:`` comes after 9.

        The province is one, and the planner is told which: it knows then that nearly all rows are meant.
        """
        column = _column(model, self.column)
        if whole:
            first = province_prefix()
            within = f"{column} ~>=~ '{first}' AND {column} ~<~ '{first}:'"
            return f"({column} IS NULL OR ({within}))" if first else "true"
        return f"({column} ~>=~ {setting('division_from')} AND {column} ~<~ {setting('division_to')})"


@dataclass(frozen=True, slots=True)
class Through:
    """Rows that lead to a row of another table which may be seen (经由); that table's own policy decides.

    ``to``: ``app.Model``; ``column`` of this table equals ``target`` there. ``where``: further SQL over this table's row
    (``{t}`` stands for it) and the other's (``o``).
    """

    to: str
    column: str
    target: str = "id"
    where: str = ""

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the other's policy knows
        """One look into the other table by its index: a scalar subquery, planned once where EXISTS is planned twice."""
        other = apps.get_model(self.to)
        also = f" AND {self.where.format(t=model._meta.db_table)}" if self.where else ""
        match = f"o.{_column_of(other, self.target)} = {_column(model, self.column)}"
        return f"(SELECT true FROM {other._meta.db_table} o WHERE {match}{also} LIMIT 1)"  # noqa: S608 - declared names


@dataclass(frozen=True, slots=True)
class Own:
    """Rows of the user who asks, whatever the scope (本人)."""

    column: str = "user_id"

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """By the account's number."""
        return f"({_column(model, self.column)} = (SELECT nullif(current_setting('minzheng.user', true), '')::bigint))"


@dataclass(frozen=True, slots=True)
class OfFeed:
    """Rows of a feed whose business the account may see (按业务): ``column`` holds the feed's key.

    A feed that no room declares belongs to no business, and only accounts of all businesses see it.
    """

    column: str = "feed"

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """By the businesses the rooms' feeds declare."""
        column = _column(model, self.column)
        whens = "".join(f" WHEN '{feed}' THEN '{code}'" for feed, code in sorted(_feed_business.items()))
        business = f"CASE {column}{whens} END" if whens else "NULL"
        return f"({ALL_BUSINESSES} OR {business} = ANY ({BUSINESSES}))"


@dataclass(frozen=True, slots=True)
class OfRoom:
    """Rows of a room's table, where the account may see the room's business (按业务)."""

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """True or false for the whole statement: it costs nothing a row."""
        codes = sorted(_table_businesses.get(model._meta.db_table, ()))
        listed = ", ".join(f"'{code}'" for code in codes)
        held = "current_setting('minzheng.businesses', true)"
        named = f" OR ARRAY[{listed}]::text[] && string_to_array({held}, ',')" if codes else ""
        return f"(SELECT {held} = '*'{named})"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rows that one of these allows (任一)."""

    scopes: tuple[RowScope, ...]

    def __init__(self, *scopes: RowScope) -> None:
        object.__setattr__(self, "scopes", scopes)

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """The cheapest first, as written."""
        said = [scope.condition(model, whole=whole) for scope in self.scopes]
        return "true" if "true" in said else f"({' OR '.join(said)})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rows that all of these allow (同时)."""

    scopes: tuple[RowScope, ...]

    def __init__(self, *scopes: RowScope) -> None:
        object.__setattr__(self, "scopes", scopes)

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """What is always true is left out."""
        said = [scope.condition(model, whole=whole) for scope in self.scopes]
        said = [one for one in said if one != "true"]
        return f"({' AND '.join(said)})" if said else "true"


@dataclass(frozen=True, slots=True)
class Where:
    """Rows of a kind (条件): SQL over this table's columns, ``{t}`` the table."""

    sql: str

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """As written."""
        return f"({self.sql.format(t=model._meta.db_table)})"


@dataclass(frozen=True, slots=True)
class Everyone:
    """Rows that every official may see (公开于全体), and why."""

    why: str

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """No bound."""
        return "true"


@dataclass(frozen=True, slots=True)
class NodeOnly:
    """Rows no page shows, and why (仅节点): only jobs, commands and what is done as the node."""

    why: str

    def condition(self, model: type[models.Model], *, whole: bool) -> str:  # noqa: ARG002 - the same for all
        """Never."""
        return "false"


@dataclass(frozen=True, slots=True)
class SaidAbove:
    """A lower floor's table whose owner a higher floor knows (由上层声明): it says so by ``say``; closed until then."""

    why: str

    def condition(self, model: type[models.Model], *, whole: bool) -> str:
        """What was said."""
        said = _said.get(model._meta.label)
        return said.condition(model, whole=whole) if said else "false"


BUSINESSES = "(SELECT string_to_array(current_setting('minzheng.businesses', true), ','))::text[]"
ALL_BUSINESSES = "(SELECT current_setting('minzheng.businesses', true) = '*')"

_feed_business: dict[str, str] = {}
_table_businesses: dict[str, set[str]] = {}
_said: dict[str, RowScope] = {}


def tell_business(feed: str, record: type[models.Model] | None, business_code: str) -> None:
    """Which business a feed and its table belong to; said as feeds are declared (登记业务)."""
    _feed_business[feed] = business_code
    if record is not None:
        _table_businesses.setdefault(record._meta.db_table, set()).add(business_code)


def say(label: str, scope: RowScope) -> None:
    """Whose rows a lower floor's table holds (声明下层表); ``label`` as ``app.Model``."""
    _said[label] = scope


def scope_of(model: type[models.Model]) -> RowScope | None:
    """What a model declares; None where it says nothing (表的声明)."""
    return getattr(model, "row_scope", None)


def effective(model: type[models.Model]) -> RowScope:
    """What holds for a model: its word; without one, its division where it has one, else closed (实际规则)."""
    said = scope_of(model)
    if said is not None:
        return said
    names = {field.name for field in model._meta.local_fields}
    return ByDivision() if "division_code" in names else NodeOnly("没有声明归属")


def ours() -> list[type[models.Model]]:
    """Every table of the product, in one order (全部表)."""
    found = [model for model in apps.get_models() if model.__module__.startswith("minzheng.")]
    return sorted(found, key=lambda model: model._meta.db_table)


def _column(model: type[models.Model], name: str) -> str:
    return f"{model._meta.db_table}.{_column_of(model, name)}"


def _column_of(model: type[models.Model], name: str) -> str:
    return str(cast("models.Field[object, object]", model._meta.get_field(name)).column)
