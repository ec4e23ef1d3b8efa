"""The shape of an OpenLineage RunEvent as its JSON schema 2-0-2 publishes it: what is required, of what type and form."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

KINDS = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+")
REQUIRED_OF_FACETS = {
    "errorMessage": ("message", "programmingLanguage"),
    "jobType": ("processingType", "integration"),
    "schema": (),
    "outputStatistics": (),
}


def faults_of(event: dict[str, Any]) -> list[str]:
    """What does not hold; empty for an event that fits."""
    found = [
        f"{name} is missing"
        for name in ("eventTime", "producer", "schemaURL", "run", "job")
        if name not in event
    ]
    if found:
        return found
    if event.get("eventType") not in KINDS:
        found.append("eventType")
    if datetime.fromisoformat(event["eventTime"]).tzinfo is None:
        found.append("eventTime has no offset")
    found += [name for name in ("producer", "schemaURL") if not URI.fullmatch(event[name])]
    if not event["schemaURL"].endswith("OpenLineage.json#/$defs/RunEvent"):
        found.append("schemaURL is another")
    if str(UUID(event["run"]["runId"])) != event["run"]["runId"]:
        found.append("runId")
    found += _facets(event["run"].get("facets", {}))
    found += _named(event["job"])
    for side, own in (("inputs", "inputFacets"), ("outputs", "outputFacets")):
        for dataset in event.get(side, []):
            found += _named(dataset) + _facets(dataset.get(own, {}))
    unknown = set(event) - {
        "eventType",
        "eventTime",
        "producer",
        "schemaURL",
        "run",
        "job",
        "inputs",
        "outputs",
    }
    return found + sorted(unknown)


def _named(thing: dict[str, Any]) -> list[str]:
    wrong = [
        f"{name} is no name"
        for name in ("namespace", "name")
        if not isinstance(thing.get(name), str) or not thing[name]
    ]
    return wrong + _facets(thing.get("facets", {}))


def _facets(facets: dict[str, Any]) -> list[str]:
    wrong = []
    for name, facet in facets.items():
        needed = ("_producer", "_schemaURL", *REQUIRED_OF_FACETS.get(name, ("not a known facet",)))
        wrong += [f"{name} has no {one}" for one in needed if one not in facet]
        wrong += [
            f"{name}.{one}" for one in ("_producer", "_schemaURL") if not URI.fullmatch(facet.get(one, ""))
        ]
        for column in facet.get("fields", []) if name == "schema" else ():
            if not isinstance(column.get("name"), str):
                wrong.append("a field has no name")
        if name == "outputStatistics" and not all(
            isinstance(facet.get(n, 0), int) for n in ("rowCount", "size")
        ):
            wrong.append("statistics are integers")
    return wrong
