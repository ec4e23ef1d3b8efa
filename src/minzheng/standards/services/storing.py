"""Writing a layer's rows set-based (批量写入): the layer's rows go, the new ones come by COPY."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db import models as django_models
from psycopg.types.json import Jsonb

from minzheng.standards import models
from minzheng.standards.packs import KINDS, Pack, Row
from minzheng.standards.services.indexing import search_entries

_MODELS: dict[str, type[django_models.Model]] = {
    "code_tables": models.CodeTable,
    "codes": models.Code,
    "code_mappings": models.CodeMapping,
    "elements": models.Element,
    "data_sets": models.DataSet,
    "data_set_fields": models.DataSetField,
    "data_set_checks": models.DataSetCheck,
    "quality_rules": models.QualityRule,
    "parameters": models.Parameter,
    "time_limits": models.TimeLimit,
    "workdays": models.Workday,
    "divisions": models.Division,
    "division_changes": models.DivisionChange,
    "ministry_townships": models.MinistryTownship,
    "name_variants": models.NameVariant,
    "vocabulary": models.Term,
}
_RENAMED = {("elements", "id"): "id_in_standard"}
_NOT_STORED = {"position"}  # every row has its place in the file; fields are ordered by their own


def store_rows(pack: Pack) -> dict[str, int]:
    """Replace the layer's rows by the pack's; returns how many of each kind (替换本层内容).

    Within the caller's transaction.
    """
    remove_rows(pack.id)
    counts = {}
    for kind, model in _MODELS.items():
        columns = [column.name for column in KINDS[kind].columns if column.name not in _NOT_STORED]
        names = ["pack_id", "position", *(_RENAMED.get((kind, name), name) for name in columns)]
        names += ["by_name"] if kind == "workdays" else []
        tail = ("",) if kind == "workdays" else ()
        rows = pack.rows[kind]
        place = _position(kind)
        _copy(
            model,
            names,
            ((pack.id, place(n, r), *(r.values[c] for c in columns), *tail) for n, r in enumerate(rows)),
        )
        counts[kind] = len(rows)
    _copy(models.DivisionArea, ["pack_id", "position", "code", "name", "geometry"], _areas(pack))
    entries = search_entries(pack)
    _copy(models.SearchEntry, ["pack_id", "position", *entries.columns], entries.rows(pack.id))
    return counts


def remove_rows(pack_id: str) -> None:
    """Take a layer's rows away (清除本层内容)."""
    tables: list[type[django_models.Model]] = [*_MODELS.values(), models.DivisionArea, models.SearchEntry]
    for model in tables:
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE pack_id = %s", [pack_id])  # noqa: S608 - the table's own name


def _position(kind: str) -> Callable[[int, Row], int]:
    if any(column.name == "position" for column in KINDS[kind].columns):
        return lambda place, row: row.values["position"] or place
    return lambda place, _row: place


def _copy(model: type[django_models.Model], names: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _areas(pack: Pack) -> Iterable[tuple[Any, ...]]:
    for place, feature in enumerate((pack.boundaries or {}).get("features", ())):
        properties = feature["properties"]
        code, name = str(properties["code"]), properties.get("name", "")
        yield pack.id, place, code, name, Jsonb(feature["geometry"])
