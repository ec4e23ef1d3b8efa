"""What travels (随行内容): which columns of which tables, and how each is written on a line.

Identifiers are sealed under the node's own keys, so a cipher leaves as its text under the name without ``_cipher`` and is
sealed anew by the receiver; a blind index is not sent, it comes back with the sealing. Everything else travels as text.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.db import models

from minzheng.exchange.declare import feeds
from minzheng.exchange.queries import sealed_kinds
from minzheng.foundation.crypto.fields import Kind
from minzheng.registry.models import BusinessRecord, OrganisationClaim, PersonClaim
from minzheng.standards.queries.asking import catalogue
from minzheng.standards.queries.catalogue import Catalogue

PERSON_KINDS: dict[str, Kind] = {
    "id_number": "id_number", "hukou_address": "address", "residence_address": "address", "phone": "phone", "extra": "extra",
}  # fmt: skip
SqlType = Literal[
    "uuid",
    "text",
    "date",
    "timestamptz",
    "integer",
    "bigint",
    "double precision",
    "boolean",
    "bytea",
    "jsonb",
]
SQL_TYPES: dict[type[models.Field], SqlType] = {  # type: ignore[type-arg]
    models.UUIDField: "uuid", models.CharField: "text", models.TextField: "text", models.DateField: "date",
    models.DateTimeField: "timestamptz", models.IntegerField: "integer", models.BigIntegerField: "bigint",
    models.SmallIntegerField: "integer", models.FloatField: "double precision", models.BooleanField: "boolean",
    models.JSONField: "jsonb",
}  # fmt: skip


@dataclass(frozen=True)
class Carried:
    """A table whose rows travel (随行表).

    ``plain``: column → SQL type; ``sealed``: name without ``_cipher`` → kind; ``blind``: those of them that have a blind index.
    ``source_id`` travels as the source's feed and name. ``changing``: columns that a later version of the row may alter.
    """

    name: str
    table: str
    plain: dict[str, SqlType]
    sealed: dict[str, Kind]
    blind: tuple[str, ...]
    changing: tuple[str, ...]


@lru_cache(maxsize=1)
def persons() -> Carried:
    """What sources say of persons (人员主张)."""
    return _carried("person", PersonClaim, PERSON_KINDS, ("person_id", "record_id", "rule", "recorded_to"))


@lru_cache(maxsize=1)
def organisations() -> Carried:
    """What sources say of organisations (机构主张)."""
    return _carried(
        "organisation", OrganisationClaim, {}, ("organisation_id", "record_id", "rule", "recorded_to")
    )


def records() -> tuple[Carried, ...]:
    """The rooms' records (业务记录), each table once."""
    return _records(catalogue())


@lru_cache(maxsize=2)
def _records(_: Catalogue) -> tuple[Carried, ...]:
    """Worked out once an edition of the standard, which says what is sealed: every batch asks."""
    found: dict[str, Carried] = {}
    for feed in feeds().values():
        if feed.record is not None and feed.record._meta.db_table not in found:
            kinds: dict[str, Kind] = sealed_kinds(feed) | {"extra": "extra"}
            found[feed.record._meta.db_table] = _carried(
                feed.record._meta.db_table,
                feed.record,
                kinds,
                ("recorded_to", "division_code", "stated_division_code"),
            )
    return tuple(found.values())


def record_feeds() -> dict[str, type[BusinessRecord]]:
    """Data set → its table's model, for data sets that have one (数据集与业务表)."""
    return {feed.key: feed.record for feed in feeds().values() if feed.record is not None}


def going(claim: str) -> str:
    """SQL, true of a claim that goes to its person's county: with a record only in a role its data set declares (随行角色)."""
    roles = [f"('{feed.key}', '{role}')" for feed in feeds().values() for role in feed.goes_with]
    said = ", ".join(roles) or "('', '')"
    return (
        f"({claim}.record_id IS NULL OR (SELECT (o.feed, {claim}.role) IN ({said}) "
        f"FROM registry_source o WHERE o.id = {claim}.source_id))"
    )


def _carried(
    name: str, model: type[models.Model], kinds: dict[str, Kind], changing: tuple[str, ...]
) -> Carried:
    columns = {str(field.column): field for field in model._meta.local_concrete_fields}
    sealed = {base: kind for base, kind in kinds.items() if f"{base}_cipher" in columns}
    blind = tuple(base for base in sealed if f"{base}_blind" in columns)
    hidden = {f"{base}_cipher" for base in sealed} | {f"{base}_blind" for base in blind} | {"source_id"}
    plain = {column: SQL_TYPES[_kind(field)] for column, field in columns.items() if column not in hidden}
    return Carried(name, model._meta.db_table, plain, sealed, blind, changing)


def _kind(field: object) -> type[models.Field]:  # type: ignore[type-arg]
    for kind in type(field).__mro__:
        if kind in SQL_TYPES:
            return kind
    raise TypeError(f"{field}: how such a column travels is not said")
