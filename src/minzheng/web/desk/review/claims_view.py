"""What sources say of a person, as it is chosen from (来源记录的样子): alike statements of one source are one choice."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minzheng.exchange.declare import feeds
from minzheng.exchange.queries import timeline
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto.fields import open_text
from minzheng.kernel.masking import mask_id_number, mask_phone
from minzheng.registry.reading import ClaimLink
from minzheng.registry.sources import sources_of
from minzheng.registry.wording import Wording
from minzheng.web.desk.person_view import RULES


@dataclass(frozen=True, slots=True)
class Choice:
    """Statements that say the same of the person (一组来源记录). ``value``: their ids, as the form sends them."""

    value: str
    source: str
    role: str
    name: str
    id_number: str
    birth_date: datetime.date | None
    division: str
    phone: str
    title: str
    first_on: datetime.date
    last_on: datetime.date
    count: int
    rule: str


def choices(scope: Scope, claims: Sequence[Any]) -> list[Choice]:
    """The statements to choose from, those of one source together, the newest first."""
    sources, wording, known = sources_of({c.source_id for c in claims}), Wording(), feeds()
    titles = _titles(scope, claims, sources)
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for claim in claims:
        key = (
            claim.source_id, claim.role, claim.name, claim.id_number_blind, claim.birth_date, claim.phone_blind,
            claim.hukou_division_code, claim.household_id, titles.get(claim.record_id, ""),
        )  # fmt: skip
        groups.setdefault(key, []).append(claim)
    shown = []
    for (source_id, role, *_, title), alike in groups.items():
        first, feed = alike[0], known.get(sources[source_id].feed)
        number, phone = open_text("id_number", first.id_number_cipher), open_text("phone", first.phone_cipher)
        role_label = next((p.label for p in feed.persons if p.role == role), role) if feed else role
        shown.append(
            Choice(
                ",".join(str(c.id) for c in alike), sources[source_id].name, role_label, first.name or "",
                mask_id_number(number) if number else "", first.birth_date, wording.division(first.hukou_division_code),
                mask_phone(phone) if phone else "", title, min(c.valid_from for c in alike),
                max(c.valid_from for c in alike), len(alike), RULES.get(first.rule, first.rule),
            )
        )  # fmt: skip
    return sorted(shown, key=lambda choice: (choice.source, choice.role, choice.first_on))


def _titles(scope: Scope, claims: Sequence[Any], sources: Any) -> dict[UUID, str]:
    """Record → its title on the timeline."""
    links = [
        ClaimLink(
            feed=sources[c.source_id].feed, source=sources[c.source_id].name, record_id=c.record_id, role=c.role, rule=c.rule,
            score=c.score, recorded_from=c.recorded_from, recorded_to=c.recorded_to,
        )
        for c in claims
        if c.record_id
    ]  # fmt: skip
    return {record: f"{d.label} {d.title}" for d in timeline(scope, links) for record in d.records}


def chosen(values: Sequence[str]) -> list[UUID]:
    """The ids a form sends back; what is no id is left out."""
    ids = []
    for text in ",".join(values).split(","):
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids
