"""Measuring against the register (基础库比对): what a finished batch says of persons it knows by number.

A batch's claims and records bear identities of its own millisecond, so they are reached by their primary keys: the cost
follows from the batch, not from the register.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from minzheng.exchange.clean.fields import staged_name
from minzheng.exchange.declare import Column, Feed
from minzheng.exchange.load.staged import Stamp
from minzheng.exchange.models import Batch, ReviewItem
from minzheng.registry.models import Person, PersonClaim
from minzheng.standards.queries import DataSetSpec
from minzheng.stewardship.quality.rules import OF_REGISTER, Measure, measures_of
from minzheng.stewardship.quality.staged import Figure

# Attribute → the column in which a claim and the golden row are compared.
COMPARED = {"name": "name_key", "phone": "phone_blind", "hukou_address": "hukou_address_blind"} | {
    name: name
    for name in ("sex_code", "birth_date", "ethnic_code", "hukou_division_code", "marital_status_code", "death_date")
}  # fmt: skip


@dataclass(frozen=True)
class RegisterFailure:
    """A row that does not agree with the register (不一致行)."""

    measure: Measure
    row_no: int
    division_code: str


def register_measures(spec: DataSetSpec) -> list[Measure]:
    """The figures of a data set that need the register (基础库计量项)."""
    return [measure for measure in measures_of(spec) if measure.rule.rule in OF_REGISTER]


def against_register(
    batch: Batch, feed: Feed, spec: DataSetSpec
) -> tuple[list[Figure], list[RegisterFailure]]:
    """What the batch's claims come to, and every row that does not hold (比对)."""
    figures: list[Figure] = []
    failures: list[RegisterFailure] = []
    for measure in register_measures(spec):
        said = _said(feed, spec, measure)
        if said is None:
            continue
        counts: dict[str, list[int]] = {}
        for row_no, division, failed in _asked(batch, feed, measure, *said):
            count = counts.setdefault(division, [0, 0])
            count[0] += 1
            if failed:
                count[1] += 1
                failures.append(RegisterFailure(measure, row_no, division))
        figures += [Figure(measure, division, *count) for division, count in sorted(counts.items())]
    return figures, failures


def _said(feed: Feed, spec: DataSetSpec, measure: Measure) -> tuple[str, str] | None:
    """(role, attribute) that the feed takes from a measure's column; None where it takes nothing comparable."""
    (heading,) = measure.headings
    field = next(field for field in spec.fields if field.heading == heading)
    wanted = Column(staged_name(field.element, field.role))
    for party in feed.persons:
        for attribute, value in party.says.items():
            if value == wanted and (attribute in COMPARED or attribute == "id_number"):
                return party.role, attribute
    return None


def _asked(
    batch: Batch, feed: Feed, measure: Measure, role: str, attribute: str
) -> Iterator[tuple[int, str, bool]]:
    """(row, division, whether it fails) of the batch's mentions of one role that bear a number."""
    first, last = identities_of(batch)
    record = feed.record._meta.db_table if feed.record else None
    division = "coalesce(left(c.hukou_division_code, 6), %(node)s)"
    join = ""
    if record:
        division = "coalesce(left(r.division_code, 6), %(node)s)"
        join = f"LEFT JOIN {record} r ON r.id = c.record_id AND r.id BETWEEN %(first)s AND %(last)s"
    if measure.rule.rule == "known_to_register":
        failed, also, person = "c.rule = 'new'", "", ""
    else:
        column = COMPARED[attribute]
        failed, also = f"c.{column} <> p.{column}", f"AND c.{column} IS NOT NULL AND p.{column} IS NOT NULL"
        person = f"JOIN {Person._meta.db_table} p ON p.id = c.person_id AND c.rule = 'id_number'"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT c.row_no, {division}, {failed} FROM {PersonClaim._meta.db_table} c {person} {join}
            WHERE c.id BETWEEN %(first)s AND %(last)s AND c.batch_id = %(batch)s AND c.role = %(role)s
            AND c.id_number_blind IS NOT NULL {also} ORDER BY c.row_no""",
            {"first": first, "last": last, "batch": batch.id, "role": role, "node": batch.division_code},
        )
        yield from cursor.fetchall()
    if attribute == "name":  # a clearly different name was held back, and is the plainest failure of all
        held = ReviewItem.objects.filter(batch_id=batch.id, role=role, reason="name_differs")
        for row_no, code in held.values_list("row_no", "division_code").order_by("row_no"):
            yield row_no, (code or "")[:6] or batch.division_code, True


def identities_of(batch: Batch) -> tuple[UUID, UUID]:
    """The first and last identity that the batch's claims and records can bear (标识范围)."""
    at_ms = Stamp(batch.id, batch.source_id, batch.received_at, batch.division_code).at_ms
    return UUID(int=at_ms << 80), UUID(int=(at_ms + 1 << 80) - 1)
