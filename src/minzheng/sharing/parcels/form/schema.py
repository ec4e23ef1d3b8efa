"""``datapackage.json`` (数据包说明): Data Package v2 with a Table Schema, made from the standard's data elements."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minzheng.standards import queries as standards
from minzheng.standards.queries import ElementSpec

PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE = "https://datapackage.org/profiles/2.0/tableschema.json"
MOST_CATEGORIES = 300  # a longer code table (divisions) is named, not written out
TYPES = {"D": "date", "M": "number", "N": "number"}
MEDIA = {"csv": "text/csv", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class SchemaColumn:
    """A column as the Table Schema tells it (列): ``name`` is its tag in XML."""

    heading: str
    name: str
    element: ElementSpec
    required: bool


def datapackage(
    columns: Sequence[SchemaColumn], *, parcel_id: str, data_set: str, title: str, made_at: datetime.datetime,
    form: str, sm3: str, size: int,
) -> bytes:  # fmt: skip
    """The member ``datapackage.json`` (数据包说明)."""
    resource = {
        "name": data_set.replace("_", "-"),
        "type": "table",
        "path": f"data.{form}",
        "format": form,
        "mediatype": MEDIA[form],
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sm3:{sm3}",
        "schema": {"$schema": TABLE, "fields": [_field(c) for c in columns], "missingValues": [""]},
    }
    said = {
        "$schema": PACKAGE,
        "name": f"{data_set.replace('_', '-')}-{parcel_id}",
        "title": title,
        "created": made_at.isoformat(),
        "resources": [resource],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _field(column: SchemaColumn) -> dict[str, Any]:
    element = column.element
    said: dict[str, Any] = {
        "name": column.heading,
        "title": element.name,
        "description": element.definition,
        "type": TYPES.get(element.data_type, "string"),
        "minzheng:element": element.id,
        "minzheng:tag": column.name,
        "minzheng:format": element.format,
    }
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if said["type"] == "string" and element.max_length:
        constraints["maxLength"] = element.max_length
    if constraints:
        said["constraints"] = constraints
    if element.value_domain:
        said["minzheng:codeTable"] = element.value_domain
        said |= _categories(element.value_domain)
    return said


def _categories(table: str) -> dict[str, Any]:
    if table == "division":
        return {}
    codes = standards.codes(table)
    if len(codes) > MOST_CATEGORIES:
        return {}
    return {"categories": [{"value": one.code, "label": one.name} for one in codes]}
