"""Data lineage as OpenLineage events (数据血缘): what each batch brought in, and each exchange between nodes, read and wrote.

Told from the logs, once a minute, to a file or an address; off unless ``MINZHENG_OPENLINEAGE`` names one. At least once: what was
told is kept after it was told, and an event that comes twice is the same event. No personal data: names of data sets and
offices, numbers of rows; of a failure its stage, not its words, for these may name someone.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
from django.conf import settings

from minzheng import __version__
from minzheng.exchange.models import Batch as BroughtIn
from minzheng.foundation.members.services import own_code
from minzheng.sharing.between.models import Batch as Exchanged
from minzheng.sharing.between.terms import Direction, Received
from minzheng.sharing.watching.models import LineageRun, Position
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import data_set, element

PRODUCER = f"urn:minzheng:{__version__}"
SPEC = "https://openlineage.io/spec"
SCHEMA_URL = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
RUNS = UUID("6d696e7a-6865-5e67-8000-6c696e656167")  # names of exchange batches' runs stand in this space
LOOK_BACK = timedelta(days=7)
MOST = 1_000
LOG = "lineage"
TYPES = {"M": "decimal", "N": "decimal", "D": "date", "B": "boolean"}


class LineageError(RuntimeError):
    """Events that could not be told, in one sentence (血缘未送出)."""


def tell(*, at: datetime) -> int:
    """Tell what has begun or ended since the last time (告知); how many events. Raises ``LineageError``."""
    where = str(settings.OPENLINEAGE)
    if not where:
        return 0
    runs = [*_of_files(at), *_of_exchanges(at)]
    begun = set(
        LineageRun.objects.filter(run_id__in=[run["id"] for run in runs]).values_list("run_id", flat=True)
    )
    events = [event for run in runs for event in _events(run, begun=run["id"] in begun)]
    _out(where, events)
    LineageRun.objects.bulk_create(
        [
            LineageRun(run_id=run["id"], log_id=run["log_id"], begun_at=run["begun_at"], ended=run["end"] is not None)
            for run in runs
        ],
        update_conflicts=True, unique_fields=["run_id"], update_fields=["ended"],
    )  # fmt: skip
    _move_on(runs)
    LineageRun.objects.filter(begun_at__lt=at - 4 * LOOK_BACK).delete()
    return len(events)


def _of_files(at: datetime) -> list[dict[str, Any]]:
    over = LineageRun.objects.filter(ended=True, log_id=None).values("run_id")
    fresh = BroughtIn.objects.filter(received_at__gte=at - LOOK_BACK).exclude(id__in=over).defer("plan")
    return [_brought_in(batch) for batch in fresh.order_by("received_at")[:MOST]]


def _of_exchanges(at: datetime) -> list[dict[str, Any]]:
    """By number: the log has no order by time, and what is before the first that has not ended need not be read again."""
    floor = Position.objects.filter(key=LOG).values_list("number", flat=True).first() or 0
    over = LineageRun.objects.filter(ended=True, log_id__gt=floor).values("log_id")
    fresh = Exchanged.objects.filter(id__gt=floor, made_at__gte=at - LOOK_BACK).exclude(id__in=over)
    return [_exchanged(batch) for batch in fresh.order_by("id")[:MOST] if batch.head]


def _move_on(runs: list[dict[str, Any]]) -> None:
    numbers = [(run["log_id"], run["end"]) for run in runs if run["log_id"] is not None]
    if numbers:
        open_ones = [number for number, end in numbers if end is None]
        floor = min(open_ones) - 1 if open_ones else max(number for number, _ in numbers)
        Position.objects.update_or_create(key=LOG, defaults={"number": floor})


def _brought_in(batch: BroughtIn) -> dict[str, Any]:
    ended = {"finished": "COMPLETE", "refused": "FAIL", "cancelled": "ABORT"}.get(batch.stage)
    counts = batch.counts
    return {
        "id": batch.id, "log_id": None, "job": f"bring-in.{batch.feed}", "begun_at": batch.received_at,
        "end": (ended, batch.finished_at or batch.received_at) if ended else None,
        "failure": f"批次在“{batch.get_stage_display()}”结束",
        "inputs": [_dataset(f"source/{batch.feed}", batch.source_name, batch.feed)],
        "outputs": [_dataset("register", batch.feed, batch.feed) | _statistics(counts.get("accepted"))],
    }  # fmt: skip


def _exchanged(batch: Exchanged) -> dict[str, Any]:
    out = batch.direction == Direction.OUT
    done, refused = batch.acknowledged_at, batch.state == Received.REFUSED
    end = ("FAIL", batch.came_at or batch.made_at) if refused else ("COMPLETE", done) if done else None
    sets: dict[str, int] = batch.counts.get("sets", {})
    road = f"{batch.head.get('sender')}-{batch.head.get('receiver')}"
    stream = [_dataset("stream", f"{road}/{key}", key) for key in sets]
    own = [_dataset("register", key, key) for key in sets]
    rows = list(sets.values())
    counted = [one | _statistics(n, batch.size) for one, n in zip(stream if out else own, rows, strict=True)]
    return {
        "id": uuid5(RUNS, f"{own_code()}/{batch.direction}/{batch.peer_code}/{batch.seq}/{batch.root}/{batch.id}"),
        "log_id": batch.id,
        "job": f"exchange.{'send' if out else 'take'}.{batch.peer_code}", "begun_at": batch.came_at or batch.made_at,
        "end": end, "failure": "交换批被拒收", "inputs": own if out else stream, "outputs": counted,
    }  # fmt: skip


def _events(run: dict[str, Any], *, begun: bool) -> Iterator[dict[str, Any]]:
    if not begun:
        yield _event(run, "START", run["begun_at"], inputs=run["inputs"], outputs=[])
    if run["end"]:
        kind, at = run["end"]
        yield _event(
            run, kind, at, inputs=run["inputs"], outputs=run["outputs"] if kind == "COMPLETE" else []
        )


def _event(
    run: dict[str, Any],
    kind: str,
    at: datetime,
    *,
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
) -> dict[str, Any]:
    facets = {}
    if kind == "FAIL":
        said = {"message": run["failure"], "programmingLanguage": "PYTHON"}
        facets["errorMessage"] = _facet("facets/1-0-1/ErrorMessageRunFacet.json", said)
    job_type = {"processingType": "BATCH", "integration": "MINZHENG", "jobType": "JOB"}
    return {
        "eventType": kind, "eventTime": at.isoformat(), "producer": PRODUCER, "schemaURL": SCHEMA_URL,
        "run": {"runId": str(run["id"]), "facets": facets},
        "job": {
            "namespace": _namespace(), "name": run["job"],
            "facets": {"jobType": _facet("facets/2-0-3/JobTypeJobFacet.json", job_type)},
        },
        "inputs": inputs, "outputs": outputs,
    }  # fmt: skip


def _dataset(kind: str, name: str, key: str) -> dict[str, Any]:
    fields = _fields(key)
    facets = {"schema": _facet("facets/1-1-1/SchemaDatasetFacet.json", {"fields": fields})} if fields else {}
    return {"namespace": f"{_namespace()}/{kind}", "name": name, "facets": facets}


def _fields(key: str) -> list[dict[str, str]]:
    try:
        spec = data_set(key)
    except UnknownStandardError:
        return []
    return [
        {"name": field.heading, "type": TYPES.get(element(field.element).data_type, "string")}
        for field in spec.fields
    ]


def _statistics(rows: int | None, size: int | None = None) -> dict[str, Any]:
    said = {name: value for name, value in (("rowCount", rows), ("size", size)) if value is not None}
    facet = _facet("facets/1-0-2/OutputStatisticsOutputDatasetFacet.json", said)
    return {"outputFacets": {"outputStatistics": facet}}


def _facet(where: str, said: dict[str, Any]) -> dict[str, Any]:
    name = where.rpartition("/")[2].removesuffix(".json")
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/{where}#/$defs/{name}"} | said


def _namespace() -> str:
    return f"minzheng://{own_code()}"


def _out(where: str, events: Iterable[dict[str, Any]]) -> None:
    if where.startswith(("http://", "https://")):
        _post(where, events)
        return
    with Path(where).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def _post(where: str, events: Iterable[dict[str, Any]]) -> None:
    with httpx.Client(timeout=10, trust_env=False) as line:
        for event in events:
            try:
                line.post(where, json=event).raise_for_status()
            except httpx.HTTPError as error:
                raise LineageError(
                    f"血缘事件没有送到 {where.partition('?')[0]}: {type(error).__name__}"
                ) from error
