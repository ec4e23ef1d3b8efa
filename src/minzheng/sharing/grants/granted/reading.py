"""Rows as a grant lets them be seen (按授权读取): found by a number, or by what the outbox names.

Two nets: the queries carry the grant's scope and ask only for granted columns; and they are asked as that scope, so that
the database holds them to it (``row_security``). What a record says of a party who lives elsewhere is part of the record: the
parties of records already found are read as the node.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node, as_scope
from minzheng.foundation.crypto.fields import blind, open_text
from minzheng.registry.models import Household, OrganisationClaim, Person, PersonClaim
from minzheng.registry.queries import persons_in
from minzheng.sharing.grants.granted import sample
from minzheng.sharing.grants.granted.fields import Field, Shared, shared
from minzheng.sharing.grants.granted.masks import masked
from minzheng.sharing.grants.granted.row import Row
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import GrantError

OWN = {True: "person", False: "record"}  # where a data set keeps what rows can be bounded by
MOST_EACH = 100  # records of one person that one answer holds; the newest


def data_set_of(grant: Grant) -> Shared:
    """The data set a grant speaks of (授权的数据集). Raises ``GrantError`` where the node keeps no such records."""
    found = shared(grant.data_set)
    if found is None:
        raise GrantError(f"本节点没有数据集 {grant.data_set}")
    return found


def scope_of(grant: Grant) -> Scope:
    """How far a grant reaches (授权的数据范围): its division, its level, the data set's business."""
    business = frozenset({data_set_of(grant).spec.business_code})
    return Scope(grant.division_code, grant.data_level, business)


def granted_fields(grant: Grant) -> list[Field]:
    """The fields a grant names, in the standard's order (授权字段)."""
    return [field for name, field in data_set_of(grant).fields.items() if name in grant.fields]


def find(
    scope: Scope, grant: Grant, by: Field, wanted: Sequence[str], only: Iterable[str] | None = None
) -> dict[str, list[Row]]:
    """What a grant shows of each of the numbers asked about, newest first (按号码查找); ``only``: fewer fields than granted."""
    fields = _asked(grant, only)
    if grant.client.is_test:
        return {number: sample.by_number(grant, by, number) for number in wanted}
    if data_set_of(grant).feed.record is None:
        return _persons_by_number(scope, grant, fields, wanted)
    return _records_by_number(scope, grant, by, fields, wanted)


def by_ids(
    scope: Scope, grant: Grant, ids: Sequence[UUID], only: Iterable[str] | None = None,
    also: Mapping[str, Sequence[str]] | None = None,
) -> dict[UUID, Row]:  # fmt: skip
    """Of these persons or records those that a grant shows (按标识读取); ``also``: field → codes, fewer than granted."""
    fields = _asked(grant, only)
    narrower = _conditions(grant, OWN[data_set_of(grant).feed.record is None], also or {})
    if data_set_of(grant).feed.record is None:
        return {row.id: row for row in _persons(scope, grant, fields, Q(pk__in=ids) & narrower).values()}
    inside = _with_person_inside(scope, ids)
    return {row.id: row for row in _records(scope, grant, fields, ids, inside=inside, also=narrower)}


def shown(grant: Grant, row: Row) -> dict[str, Any]:
    """A row as it is given out (给出的值): dates as text, masked fields masked."""
    fields, said = data_set_of(grant).fields, {}
    for name, value in row.values.items():
        given = masked(fields[name], value) if name in grant.masked else value
        said[name] = given.isoformat() if isinstance(given, date) else given
    return said


def _asked(grant: Grant, only: Iterable[str] | None) -> list[Field]:
    wanted = None if only is None else set(only)
    return [field for field in granted_fields(grant) if wanted is None or field.name in wanted]


def _conditions(grant: Grant, where: str, codes_of: Mapping[str, Sequence[str]] | None = None) -> Q:
    found, fields = Q(), data_set_of(grant).fields
    for name, codes in (grant.condition if codes_of is None else codes_of).items():
        if fields[name].where == where:
            found &= Q(**{f"{fields[name].column}__in": codes})
    return found


def _opened(field: Field, stored: Any) -> Any:
    return open_text(field.kind, stored) if field.kind and stored is not None else stored


def _persons_by_number(
    scope: Scope, grant: Grant, fields: list[Field], wanted: Sequence[str]
) -> dict[str, list[Row]]:
    blinds = {blind("id_number", number): number for number in wanted}
    found: dict[str, list[Row]] = {number: [] for number in wanted}
    for stood_for, row in _persons(scope, grant, fields, Q(id_number_blind__in=list(blinds))).items():
        found[blinds[stood_for]].append(row)
    return found


def _persons(scope: Scope, grant: Grant, fields: list[Field], which: Q) -> dict[UUID, Row]:
    """By the blind index of their number, or by their id where they have none."""
    columns = dict.fromkeys(["id", "id_number_blind", *(field.column for field in fields)])
    with as_scope(scope):
        people = Person.objects.filter(persons_in(scope), which, superseded_by__isnull=True)
        rows: list[dict[str, Any]] = list(people.filter(_conditions(grant, "person")).values(*columns))
        heads = _heads(scope, [row["household_id"] for row in rows]) if "household_id" in columns else {}
    return {
        row["id_number_blind"] or row["id"]: Row(
            row["id"],
            {
                f.name: heads.get(row["household_id"]) if f.where == "head" else _opened(f, row[f.column])
                for f in fields
            },
        )
        for row in rows
    }


def _heads(scope: Scope, households: Iterable[UUID | None]) -> dict[UUID | None, str | None]:
    """Household → its head's number, where the head is within the scope."""
    keys = dict(Household.objects.filter(pk__in={h for h in households if h}).values_list("id", "key_blind"))
    heads = Person.objects.filter(
        persons_in(scope), id_number_blind__in=keys.values(), superseded_by__isnull=True
    )
    numbers = dict(heads.values_list("id_number_blind", "id_number_cipher"))
    return {household: open_text("id_number", numbers.get(key)) for household, key in keys.items()}


def _records_by_number(
    scope: Scope, grant: Grant, by: Field, fields: list[Field], wanted: Sequence[str]
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {number: [] for number in wanted}
    named, inside = _named_by(scope, grant, by, wanted)
    for row in _records(scope, grant, fields, list(named), inside=inside):
        for number in named[row.id]:
            if len(found[number]) < MOST_EACH:
                found[number].append(row)
    return found


def _named_by(
    scope: Scope, grant: Grant, by: Field, wanted: Sequence[str]
) -> tuple[dict[UUID, list[str]], set[UUID]]:
    """Record → the numbers that lead to it; and which of the records are seen for a person who lives within the scope.

    Asked as the node: who the number belongs to is no one's row but a step on the way; the records are asked as the scope.
    """
    named: dict[UUID, list[str]] = defaultdict(list)
    record = data_set_of(grant).feed.record
    with as_node():
        if by.where == "record" and record is not None:
            found = record._default_manager.filter(**{f"{by.column}__in": wanted}, recorded_to__isnull=True)
            for record_id, number in found.values_list("id", by.column):
                named[record_id].append(number)
            return named, _with_person_inside(scope, list(named))
        blinds = {blind("id_number", number): number for number in wanted}
        people = Person.objects.filter(id_number_blind__in=list(blinds), superseded_by__isnull=True)
        numbers: dict[UUID, str] = {}
        inside_persons: set[UUID] = set()
        for person_id, stood_for, place in people.values_list("id", "id_number_blind", "hukou_division_code"):
            if stood_for is not None:
                numbers[person_id] = blinds[stood_for]
            if scope.covers(place):
                inside_persons.add(person_id)
        claims = PersonClaim.objects.filter(
            person_id__in=list(numbers), role=by.role, record_id__isnull=False, recorded_to__isnull=True
        )
        inside: set[UUID] = set()
        for record_id, person_id in claims.values_list("record_id", "person_id"):
            if record_id is not None:
                named[record_id].append(numbers[person_id])
                if person_id in inside_persons:
                    inside.add(record_id)
    return named, inside


def _with_person_inside(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Records that speak of someone registered within the scope."""
    with as_node():
        claims = PersonClaim.objects.filter(record_id__in=list(ids), recorded_to__isnull=True)
        people = Person.objects.filter(persons_in(scope), pk__in=claims.values("person_id"))
        return set(claims.filter(person_id__in=people.values("id")).values_list("record_id", flat=True))  # type: ignore[arg-type]


def _records(
    scope: Scope,
    grant: Grant,
    fields: list[Field],
    ids: Sequence[UUID],
    *,
    inside: set[UUID],
    also: Q | None = None,
) -> list[Row]:
    """Records within the scope: those of its divisions, and those of persons registered there; newest first."""
    record = data_set_of(grant).feed.record
    if record is None or not ids:
        return []
    columns = dict.fromkeys(["id", "happened_on", *(f.column for f in fields if f.where == "record")])
    near = Q(division_code__startswith=scope.prefix) | Q(pk__in=inside)
    within = _conditions(grant, "record") & (also or Q())
    if grant.rows_from_on:
        within &= Q(happened_on__gte=grant.rows_from_on)
    if grant.rows_to_on:
        within &= Q(happened_on__lt=grant.rows_to_on)
    with as_scope(scope):
        found = record._default_manager.filter(near, within, pk__in=list(ids), recorded_to__isnull=True)
        rows: list[dict[str, Any]] = list(found.order_by("-happened_on", "-id").values(*columns))
    parties = _parties(fields, [row["id"] for row in rows])
    return [
        Row(
            row["id"],
            {
                f.name: _opened(f, row[f.column] if f.where == "record" else parties.get((row["id"], f.name)))
                for f in fields
            },
            row["happened_on"],
        )
        for row in rows
    ]


def _parties(fields: list[Field], records: list[UUID]) -> dict[tuple[UUID, str], Any]:
    """(record, field) → what the record says of a party, sealed as it is stored."""
    found: dict[tuple[UUID, str], Any] = {}
    with as_node():
        for where, claims in (("person", PersonClaim), ("organisation", OrganisationClaim)):
            asked = [field for field in fields if field.where == where]
            if not asked or not records:
                continue
            rows = claims._default_manager.filter(
                record_id__in=records, role__in={f.role for f in asked}, recorded_to__isnull=True
            )
            for row in rows.values("record_id", "role", *dict.fromkeys(f.column for f in asked)):
                for field in asked:
                    if field.role == row["role"]:
                        found[row["record_id"], field.name] = row[field.column]
    return found
