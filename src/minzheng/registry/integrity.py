"""Whether the register hangs together (基础库完整性): what foreign keys would hold, asked set-based and on demand.

Bulk tables carry no foreign keys in the database (docs/decisions); this is the check in their place.
"""

from dataclasses import dataclass

from django.db import connection

from minzheng.registry.models import BusinessRecord

CHECKS = {
    "来源主张所指人员不存在": "SELECT c.id FROM registry_personclaim c"
    " LEFT JOIN registry_person p ON p.id = c.person_id WHERE p.id IS NULL",
    "来源主张所指机构不存在": "SELECT c.id FROM registry_organisationclaim c LEFT JOIN registry_organisation o"
    " ON o.id = c.organisation_id WHERE o.id IS NULL",
    "来源主张所指来源不存在": "SELECT c.id FROM registry_personclaim c"
    " LEFT JOIN registry_source s ON s.id = c.source_id WHERE s.id IS NULL",
    "人员没有任何来源主张": "SELECT p.id FROM registry_person p WHERE p.superseded_by IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM registry_personclaim c WHERE c.person_id = p.id)",
    "人员所在户不存在": "SELECT p.id FROM registry_person p LEFT JOIN registry_household h ON h.id = p.household_id"
    " WHERE p.household_id IS NOT NULL AND h.id IS NULL",
    "并入的人员不存在": "SELECT p.id FROM registry_person p LEFT JOIN registry_person q ON q.id = p.superseded_by"
    " WHERE p.superseded_by IS NOT NULL AND q.id IS NULL",
}


@dataclass(frozen=True)
class Finding:
    """One kind of break: how many rows, and a few of their identities (完整性问题)."""

    what: str
    rows: int
    examples: tuple[str, ...]


def check() -> list[Finding]:
    """Every break there is; an empty list where the register hangs together (完整性检查)."""
    checks = dict(CHECKS)
    tables = " UNION ALL ".join(
        f"SELECT id FROM {model._meta.db_table}" for model in BusinessRecord.__subclasses__()
    )
    if tables:
        checks["来源主张所指业务记录不存在"] = (
            f"SELECT c.id FROM registry_personclaim c LEFT JOIN ({tables}) r ON r.id = c.record_id"
            " WHERE c.record_id IS NOT NULL AND r.id IS NULL"
        )
    placed = " UNION ALL ".join(
        f"SELECT id, place_id FROM {model._meta.db_table} WHERE place_id IS NOT NULL"
        for model in BusinessRecord.__subclasses__()
        if any(field.name == "place_id" for field in model._meta.get_fields())
    )
    if placed:
        checks["业务记录所指地点不存在"] = (
            f"SELECT r.id FROM ({placed}) r LEFT JOIN registry_place p ON p.id = r.place_id WHERE p.id IS NULL"
        )
    findings = []
    with connection.cursor() as cursor:
        for what, query in checks.items():
            cursor.execute(f"SELECT count(*), (array_agg(id::text))[1:5] FROM ({query}) broken")
            rows, examples = cursor.fetchone()
            if rows:
                findings.append(Finding(what, rows, tuple(examples)))
    return findings
