"""Data elements as JSON Schema (数据元的模式): type, length, codes, as the standard says them."""

from typing import Any

from minzheng.sharing.grants.granted.fields import Field
from minzheng.standards.formats import parse_format
from minzheng.standards.queries import code_book
from minzheng.standards.terms import DATA_TYPES, DIVISION_DOMAIN, RULES

MOST_CODES = 200
PATTERNS = {"id_number": r"^[0-9]{17}[0-9X]$", "uscc": r"^[0-9A-Z]{18}$"}


def schema_of(field: Field, *, masked: bool = False) -> dict[str, Any]:
    """What a field's values look like; null where nothing is known (字段模式)."""
    element = field.element
    said: dict[str, Any] = {
        "title": field.heading, "description": _described(field, masked), "x-element": element.id or element.key,
        "x-data-level": element.data_level,
    }  # fmt: skip
    if masked:
        return said | {"type": ["string", "null"]}
    if element.data_type in ("M", "N"):
        return said | {"type": ["integer", "null"]}
    said["type"] = ["string", "null"]
    if element.data_type == "D":
        return said | {"format": "date"}
    if element.data_type == "P":
        return said | {"pattern": "^[0-9]{6}$"}
    table = _table(element.value_domain)
    if table:
        codes = code_book().codes(table)
        if len(codes) <= MOST_CODES:
            said["enum"] = [*(code.code for code in codes), None]
        return said | {
            "x-code-table": table,
            "x-enum-descriptions": {code.code: code.name for code in codes[:MOST_CODES]},
        }
    if element.value_domain == DIVISION_DOMAIN:
        return said | {"pattern": "^[1-9][0-9]{5}([0-9]{3}){0,2}$"}
    if element.rule in PATTERNS:
        return said | {"pattern": PATTERNS[element.rule]}
    shape = parse_format(element.format)
    return said | ({"maxLength": shape.longest} if shape.longest else {})


def _described(field: Field, masked: bool) -> str:
    element = field.element
    words = [element.definition, DATA_TYPES.get(element.data_type, "")]
    words += [f"单位: {element.unit}"] if element.unit else []
    words += [RULES[element.rule]] if element.rule in RULES else []
    words += ["部分遮蔽后给出"] if masked else []
    return "; ".join(word for word in words if word)


def _table(domain: str | None) -> str:
    return domain if domain and domain in {table.table_id for table in code_book().tables()} else ""
