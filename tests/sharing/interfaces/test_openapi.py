"""OpenAPI 3.1 of each data set: whole, generated from the standard, and true of what is answered."""

import json
import re
from typing import Any

from tests.node import Node, standards_of_this_run
from tests.sharing.making import cities, granted, node, officer, system, transactional_db

from minzheng.sharing.grants.granted.fields import shared, shared_sets
from minzheng.sharing.grants.granted.reading import shown
from minzheng.sharing.grants.granted.sample import rows
from minzheng.sharing.interfaces.openapi import document

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]


def every(said: Any) -> Any:
    """Every object of a document."""
    if isinstance(said, dict):
        yield said
        for part in said.values():
            yield from every(part)
    elif isinstance(said, list):
        for part in said:
            yield from every(part)


def meets(value: Any, schema: dict[str, Any]) -> bool:
    """The parts of JSON Schema that the documents use for a value."""
    if value is None:
        return "null" in schema["type"]
    kind = "integer" if isinstance(value, int) else "string"
    if kind not in schema["type"] or ("enum" in schema and value not in schema["enum"]):
        return False
    if "format" in schema and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return False
    return re.search(schema.get("pattern", ""), str(value)) is not None and len(str(value)) <= schema.get(
        "maxLength", 999
    )


def test_every_reference_leads_somewhere_and_every_call_is_described(node: Node) -> None:
    for found in shared_sets():
        said = json.loads(json.dumps(document(found)))
        assert said["openapi"] == "3.1.0" and len(said["paths"]) == 13 and said["webhooks"]
        for part in every(said):
            if "$ref" in part:
                target: Any = said
                for name in part["$ref"].removeprefix("#/").split("/"):
                    target = target[name]
        for path in said["paths"].values():
            for operation in path.values():
                assert operation["summary"] and {"default"} < set(operation["responses"])


def test_a_field_is_described_as_the_standard_says(node: Node) -> None:
    found = shared("persons")
    assert found is not None
    said = document(found)["components"]["schemas"]["Record"]["properties"]
    assert said["person_sex_code"]["title"] == "性别"
    assert said["person_sex_code"]["x-enum-descriptions"]["1"].startswith("男")
    assert said["person_citizen_id_number"]["pattern"] and said["person_birth_date"]["format"] == "date"
    assert said["person_hukou_address"]["maxLength"] == 200
    fen = document(shared("allowances"))["components"]["schemas"]["Record"]["properties"][
        "monthly_amount_fen"
    ]
    assert fen["type"] == ["integer", "null"] and "分" in fen["description"]


def test_a_grant_describes_no_more_than_it_gives(node: Node) -> None:
    found = shared("persons")
    said = document(found, fields=["person_person_name"], methods=["changes"])
    assert list(said["paths"]) == ["/data/persons/changes"]
    assert set(said["components"]["schemas"]["Record"]["properties"]) == {"id", "person_person_name"}
    assert "webhooks" not in said and "Event" not in said["components"]["schemas"]


def test_what_is_given_is_as_described(node: Node) -> None:
    by = officer(level=4)
    client = system(by, is_test=True)
    for found in shared_sets():
        grant = granted(client, by, data_set=found.spec.key)
        said = document(found, fields=grant.fields)["components"]["schemas"]["Record"]["properties"]
        for row in rows(grant):
            for name, value in shown(grant, row).items():
                assert meets(value, said[name]), (name, value, said[name])
