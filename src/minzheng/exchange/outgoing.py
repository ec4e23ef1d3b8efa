"""Rows of a data set as the standard writes them (取数): put together from records and what sources said with them.

A feed says where the value of each column goes when a row comes in; read backwards, it says where to fetch it. A column that
went nowhere is not kept and cannot be given out. What is given out is what stands: versions that were replaced are left out.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from django.utils import timezone

from minzheng.exchange.clean.columns import SEALED_RULES, quote
from minzheng.exchange.clean.fields import staged_name
from minzheng.exchange.declare import Column, Feed, OrganisationParty, PersonParty, feed_named
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import Kind, open_column
from minzheng.foundation.database.arrow import bulk
from minzheng.kernel.division import prefix
from minzheng.registry.models import Source
from minzheng.standards import queries as standards
from minzheng.standards.queries import DataSetSpec, ElementSpec

PERSON_SEALED: dict[str, Kind] = {
    "id_number": "id_number",
    "phone": "phone",
    "hukou_address": "address",
    "residence_address": "address",
}
FEN_IN = {"万元": 1_000_000, "元": 100}
HEAD = "household_key"  # kept as a blind index only; the head of that household bears the number
OF_RECORDS = "t.recorded_to IS NULL"
HEADS = """ LEFT JOIN LATERAL (SELECT id_number_cipher FROM registry_person
    WHERE id_number_blind = household.key_blind ORDER BY superseded_by NULLS FIRST, id LIMIT 1) head ON true"""


class OutgoingRefusedError(ValueError):
    """These rows may not be read, or there is nothing to read; the message is the reason in Chinese (不予取数)."""


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column that can be given out (可取的列): SQL over the tables of ``_tables``; ``kind`` where it is sealed."""

    heading: str
    name: str
    element: ElementSpec
    required: bool
    sql: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows (取数范围): of a division, recorded at or after ``since``.

    ``from_on`` and ``to_on``: of what happened on these days, the last left out. ``codes``: column name → codes it may bear.
    """

    division: str
    since: datetime.date | None = None
    from_on: datetime.date | None = None
    to_on: datetime.date | None = None
    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()


def columns_kept(data_set: str) -> list[OutColumn]:
    """The columns of a data set that the node keeps, in the standard's order (可取的列). Raises ``UnknownFeedError``."""
    feed, spec = feed_named(data_set), standards.data_set(data_set)
    found = []
    for field in spec.fields:
        element, name = standards.element(field.element), staged_name(field.element, field.role)
        origin = _origin(feed, name, element, field.heading)
        if origin is not None:
            found.append(OutColumn(field.heading, name, element, field.required, *origin))
    return found


def rows_out(
    scope: Scope, data_set: str, columns: Sequence[OutColumn], wanted: Wanted
) -> Iterator[pa.RecordBatch]:
    """The rows in pieces, every cell text or null, columns named by heading (取数). Raises ``OutgoingRefusedError``.

    Read as the node, for a record of the division also says what it says of someone registered elsewhere; how far the
    asker may see is held against what is wanted first.
    """
    check_scope(scope, data_set, wanted)
    with bulk() as work:
        for piece in work.pieces(_sql(feed_named(data_set), columns, wanted)):
            if piece.num_rows:
                cells = [
                    _opened(column.kind, piece.column(n)).cast(pa.string())
                    for n, column in enumerate(columns)
                ]
                yield pa.RecordBatch.from_arrays(cells, names=[column.heading for column in columns])


def check_scope(scope: Scope, data_set: str, wanted: Wanted) -> DataSetSpec:
    """Whether what is wanted lies within the scope (核对范围). Raises ``OutgoingRefusedError``."""
    feed, spec = feed_named(data_set), standards.data_set(data_set)
    if not scope.covers(wanted.division):
        raise OutgoingRefusedError(f"区划 {wanted.division} 不在您的数据范围内")
    if not scope.allows_business(feed.business_code):
        raise OutgoingRefusedError(f"{feed.label}不在您的业务范围内")
    if not scope.allows_level(int(spec.data_level.removeprefix("L") or 4)):
        raise OutgoingRefusedError(f"{feed.label}的数据级别是 {spec.data_level}, 高于您的数据级别")
    return spec


def _opened(kind: Kind | None, cells: pa.Array) -> pa.Array:
    return open_column(kind, cells.cast(pa.binary())) if kind else cells


Origin = tuple[str, Kind | None]


def _origin(feed: Feed, name: str, element: ElementSpec, heading: str) -> Origin | None:
    """Where a staged column's value went: the record before what it says of persons and organisations."""
    for column, said in feed.fields.items():
        if said == Column(name):
            kind = SEALED_RULES.get(element.rule or "")
            sealed = kind is not None and _has(feed, f"{column}_cipher")
            return (f"t.{column}_cipher", kind) if sealed else (_text(f"t.{column}", element, heading), None)
    if feed.record is not None and feed.division == Column(name):
        return "coalesce(t.stated_division_code, t.division_code)", None
    if feed.record is not None and feed.happened_on == name and element.data_type == "D":
        return "t.happened_on::text", None
    parties: tuple[PersonParty | OrganisationParty, ...] = (*feed.persons, *feed.organisations)
    for last in (False, True):
        for party in parties:
            for attribute, said in party.says.items():
                if said == Column(name) and (attribute == HEAD) is last:
                    return _said_of(party, attribute, element, heading)
    return None


def _said_of(
    party: PersonParty | OrganisationParty, attribute: str, element: ElementSpec, heading: str
) -> Origin:
    if attribute == HEAD:
        return "head.id_number_cipher", "id_number"
    if isinstance(party, PersonParty) and attribute in PERSON_SEALED:
        return f"p_{party.role}.{attribute}_cipher", PERSON_SEALED[attribute]
    alias = f"{'p' if isinstance(party, PersonParty) else 'o'}_{party.role}"
    return _text(f"{alias}.{attribute}", element, heading), None


def _has(feed: Feed, column: str) -> bool:
    return feed.record is not None and column in {f.name for f in feed.record._meta.get_fields()}


def _text(column: str, element: ElementSpec, heading: str) -> str:
    """Money as the heading's unit says, everything else as PostgreSQL writes it (days as ISO 8601)."""
    if element.data_type == "M":
        fen = FEN_IN["万元" if "万元" in heading else "元"]
        return f"trim_scale({column}::numeric / {fen})::text"
    return f"{column}::text"


def _sql(feed: Feed, columns: Sequence[OutColumn], wanted: Wanted) -> str:
    first = prefix(wanted.division)
    own, joins, order = _tables(feed, columns)
    place = f"{own.place} ~>=~ {quote(first)} AND {own.place} ~<~ {quote(first + ':')}"
    since = ""
    if wanted.since is not None:
        midnight = timezone.make_aware(datetime.datetime.combine(wanted.since, datetime.time.min))
        since = f" AND {own.row}.recorded_from >= {quote(midnight.isoformat())}::timestamptz"
    since += _bounds(feed, wanted)
    cells = ", ".join(f"{column.sql} AS c{n}" for n, column in enumerate(columns))
    return f"SELECT {order}{cells} FROM {own.table}{joins} WHERE {own.where} AND {place}{since} {own.order}"  # noqa: S608


def _bounds(feed: Feed, wanted: Wanted) -> str:
    """What else the rows must be; only by plain columns of the rows themselves."""
    said = ""
    if feed.record is not None:
        for sign, day in ((">=", wanted.from_on), ("<", wanted.to_on)):
            said += f" AND t.happened_on {sign} {quote(day.isoformat())}" if day else ""
    columns = {column.name: column.sql for column in columns_kept(feed.key)} if wanted.codes else {}
    for name, codes in wanted.codes:
        if name not in columns:
            raise OutgoingRefusedError(f"不能按字段 {name} 限定")
        said += f" AND {columns[name]} IN ({', '.join(quote(code) for code in codes) or 'NULL'})"
    return said


@dataclass(frozen=True, slots=True)
class _Own:
    """The table the rows are of: its name and alias, what stands, whose they are, their order."""

    table: str
    row: str
    where: str
    place: str
    order: str


def _tables(feed: Feed, columns: Sequence[OutColumn]) -> tuple[_Own, str, str]:
    """(own table, joins, what distinguishes a row): only what the columns ask for is joined."""
    asked = {column.sql.partition(".")[0].rpartition("(")[2] for column in columns}
    joins = ""
    head_of = ""
    for person in feed.persons:
        if HEAD in person.says:
            head_of = f"p_{person.role}"
    if feed.record is None:
        role = feed.persons[0].role
        own = _claims(feed, role)
        joins = f" JOIN registry_person golden ON golden.id = p_{role}.person_id"
        distinct = f"DISTINCT ON (p_{role}.person_id) "
    else:
        table = feed.record._meta.db_table
        own = _Own(f"{table} t", "t", OF_RECORDS, "t.division_code", "ORDER BY t.id")
        distinct = ""
        wanted = asked | ({head_of} if "head" in asked else set())
        roles = [("person", party.role) for party in feed.persons]
        roles += [("organisation", party.role) for party in feed.organisations]
        for kind, role in roles:
            alias = f"{kind[0]}_{role}"
            if alias in wanted:
                joins += (
                    f" LEFT JOIN registry_{kind}claim {alias} ON {alias}.record_id = t.id"
                    f" AND {alias}.role = {quote(role)} AND {alias}.recorded_to IS NULL"
                )
    if "head" in asked:
        joins += f" LEFT JOIN registry_household household ON household.id = {head_of}.household_id{HEADS}"
    return own, joins, distinct


def _claims(feed: Feed, role: str) -> _Own:
    """Where the claim is the record: of each person what a source of the feed said last."""
    sources = ", ".join(str(pk) for pk in Source.objects.filter(feed=feed.key).values_list("pk", flat=True))
    alias = f"p_{role}"
    return _Own(
        f"registry_personclaim {alias}",
        alias,
        f"{alias}.source_id IN ({sources or 'NULL'}) AND {alias}.role = {quote(role)}"
        f" AND {alias}.record_id IS NULL AND {alias}.recorded_to IS NULL",
        "golden.hukou_division_code",
        f"ORDER BY {alias}.person_id, {alias}.valid_from DESC, {alias}.recorded_from DESC",
    )
