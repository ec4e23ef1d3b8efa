"""One person looked up for a purpose (综合查询): found, logged, told whole."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from minzheng.exchange.queries import Dealing, persons_by_certificate, timeline
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.services import record
from minzheng.registry.queries import find_persons, person_record, persons_by_id
from minzheng.registry.reading import PersonHit, PersonRecord


class PersonLookupError(LookupError):
    """No one, or more than one, answers to what was asked (查无此人或不唯一)."""


def search(scope: Scope, text: str, *, limit: int = 50) -> list[PersonHit]:
    """Persons by ID number, name or certificate number within a scope (检索)."""
    found = find_persons(scope, text, limit=limit)
    if found or not any(c.isdigit() for c in text):
        return found
    return persons_by_id(scope, persons_by_certificate(scope, text, limit=limit))


def the_one(
    scope: Scope,
    text: str,
    *,
    action: str,
    purpose: str,
    detail: dict[str, Any] | None = None,
    by: str | None = None,
) -> PersonHit:
    """The one person a number, name or certificate means; logged, also in vain. Raises ``PersonLookupError`` (查一人)."""
    hits = search(scope, text)
    record(
        by=by, action=action, object_kind="person", object_id=str(hits[0].id) if len(hits) == 1 else "",
        purpose=purpose, result="ok" if len(hits) == 1 else "not_found",
        detail=(detail or {}) | {"hits": len(hits)}, at=timezone.now(),
    )  # fmt: skip
    if not hits:
        raise PersonLookupError("没有查到此人")
    if len(hits) > 1:
        raise PersonLookupError(f"查到 {len(hits)} 人, 请用公民身份号码查询")
    return hits[0]


def one_person(text: str, *, purpose: str, known_on: date | None, reveal: bool) -> dict[str, Any]:
    """The whole record of the one person a number, name or certificate means, for the node itself; logged.

    Raises ``PersonLookupError``.
    """
    scope = Scope.system(settings.NODE_DIVISION_CODE)
    detail = {"reveal": reveal, "known_on": known_on.isoformat() if known_on else None}
    person = the_one(scope, text, action="person_show", purpose=purpose, detail=detail)
    found = person_record(scope, person.id, known_on=known_on, reveal=reveal)
    if found is None:
        raise PersonLookupError("没有查到此人")
    return as_dict(found, timeline(scope, found.links))


def as_dict(found: PersonRecord, dealings: list[Dealing]) -> dict[str, Any]:
    """A person's record as plain data, for JSON (综合信息数据)."""
    return {
        "id": str(found.id),
        "name": found.name,
        "known_on": found.known_on,
        "superseded_by": found.superseded_by,
        "attributes": [
            {
                "attribute": a.attribute, "label": a.label, "value": a.value, "masked": a.masked,
                "source": a.stated.source if a.stated else None,
                "valid_from": a.stated.valid_from if a.stated else None,
                "recorded_at": a.stated.recorded_from if a.stated else None,
                "others": [
                    {"value": o.value, "source": o.source, "valid_from": o.valid_from, "recorded_at": o.recorded_from}
                    for o in a.others
                ],
            }
            for a in found.attributes
        ],
        "household": [
            {"id": str(m.id), "name": m.name, "relation": m.relation, "birth_date": m.birth_date, "death_date": m.death_date}
            for m in found.members
        ],
        "dealings": [
            {
                "feed": d.feed, "label": d.label, "role": d.role, "title": d.title, "certificate": d.certificate,
                "first_on": d.first_on, "last_on": d.last_on, "count": d.count, "amount_fen": d.amount_fen,
                "division": d.division, "rule": d.rule, "score": d.score, "recorded_at": d.recorded_from,
            }
            for d in dealings
        ],
    }  # fmt: skip
