"""What is said under a grant (应答): one looked up, a claim checked, what has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.grants.changes import Change, Cursor, changes_since
from minzheng.sharing.grants.granted.fields import Field
from minzheng.sharing.grants.granted.reading import by_ids, data_set_of, find, shown
from minzheng.sharing.grants.granted.row import Row
from minzheng.sharing.grants.granted.sample import FIRST_DAY, rows
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.values import comparable, looked_up

MOST_CHANGES = 1000
YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, how many were asked about and found, and which (应答)."""

    body: dict[str, Any]
    hits: int
    subjects: tuple[UUID, ...] = ()


def one(scope: Scope, grant: Grant, by: Mapping[str, Any]) -> Answer:
    """The granted fields of who or what a number names; more than one record where there are more (查询单条)."""
    field, number = asked_by(grant, by)
    found = find(scope, grant, field, [number])[number]
    records = [{"id": str(row.id), **shown(grant, row)} for row in found]
    return Answer(
        {"found": bool(found), "records": records}, int(bool(found)), tuple(row.id for row in found)
    )


def check(scope: Scope, grant: Grant, by: Mapping[str, Any], claims: Mapping[str, Any]) -> Answer:
    """Yes, no or unknown to each claimed value, and nothing of the data itself (核验)."""
    field, number = asked_by(grant, by)
    claimed = claimed_fields(grant, claims)
    found = find(scope, grant, field, [number], only=claims)[number]
    verdict = verdicts(claimed, claims, found)
    return Answer({"found": bool(found), "claims": verdict}, int(bool(found)), tuple(row.id for row in found))


def changes(scope: Scope, grant: Grant, since: str, *, limit: int) -> Answer:
    """What has changed after a cursor: the granted fields as they are now; withdrawn where nothing is shown any more (变更)."""
    try:
        start = Cursor.of(since)
    except ValueError as error:
        raise ProblemError("invalid-value", str(error), "#/since") from None
    if not 1 <= limit <= MOST_CHANGES:
        raise ProblemError("invalid-value", f"limit 应为 1 至 {MOST_CHANGES}", "#/limit")
    if grant.client.is_test:
        return _sample_changes(grant, start, limit)
    changed = changes_since(scope, grant.data_set, start, limit=limit)
    now = by_ids(scope, grant, list({change.subject_id for change in changed}))
    said = [_changed(grant, change, now.get(change.subject_id)) for change in changed]
    after = changed[-1].after if changed else start
    body = {"changes": said, "cursor": str(after), "more": len(changed) == limit}
    return Answer(body, len(changed), tuple(now))


def asked_by(grant: Grant, by: Mapping[str, Any]) -> tuple[Field, str]:
    """The one field that is looked up by, and its value (查询条件). Raises ``ProblemError``."""
    found = {field.name: field for field in data_set_of(grant).looked_up_by if field.name in grant.fields}
    if len(by) != 1 or next(iter(by)) not in found:
        raise ProblemError(
            "invalid-value",
            f"by 应写且只写下列字段之一: {'、'.join(found) or '(授权中没有可查询的字段)'}",
            "#/by",
        )
    ((name, said),) = by.items()
    return found[name], looked_up(found[name], said)


def claimed_fields(grant: Grant, claims: Mapping[str, Any] | Sequence[str]) -> list[Field]:
    """The fields that are claimed, all granted (被核验字段). Raises ``ProblemError``."""
    fields = data_set_of(grant).fields
    if not claims:
        raise ProblemError("invalid-value", "claims 至少写一个字段", "#/claims")
    for name in claims:
        if name not in grant.fields or name not in fields:
            raise ProblemError("field-not-granted", f"字段 {name[:60]} 不在授权内", f"#/claims/{name[:60]}")
    return [fields[name] for name in claims]


def verdicts(claimed: Sequence[Field], claims: Mapping[str, Any], found: Sequence[Row]) -> dict[str, str]:
    """Against the record that agrees most, of those that agree alike the newest (判定)."""
    wanted = {field.name: comparable(field, claims[field.name]) for field in claimed}
    best = {field.name: UNKNOWN for field in claimed}
    most = -1
    for row in found:
        verdict = {
            field.name: _verdict(wanted[field.name], comparable(field, row.values.get(field.name)))
            for field in claimed
        }
        agreed = sum(word == YES for word in verdict.values())
        if agreed > most:
            best, most = verdict, agreed
    return best


def _verdict(wanted: Any, kept: Any) -> str:
    if wanted is None or kept is None:
        return UNKNOWN
    return YES if wanted == kept else NO


def _changed(grant: Grant, change: Change, row: Row | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": str(change.subject_id), "at": change.at.isoformat(), "cursor": str(change.after),
        "operation": change.operation if row and change.operation != "withdrawn" else "updated" if row else "withdrawn",
    }  # fmt: skip
    return said | ({"record": shown(grant, row)} if row else {})


def _sample_changes(grant: Grant, start: Cursor, limit: int) -> Answer:
    made = [row for row in rows(grant) if row.id.int > start.position][:limit]
    said = [
        {
            "id": str(row.id), "at": f"{FIRST_DAY.isoformat()}T08:00:00+08:00", "cursor": f"{row.id.int}.1",
            "operation": "created", "record": shown(grant, row),
        }
        for row in made
    ]  # fmt: skip
    after = f"{made[-1].id.int}.1" if made else str(start)
    return Answer(
        {"changes": said, "cursor": after, "more": len(made) == limit}, len(made), tuple(r.id for r in made)
    )
