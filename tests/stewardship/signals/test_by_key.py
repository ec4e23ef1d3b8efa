"""A run goes from what it looks at to everything else by keys, whatever the planner believes of the tables."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.node import Node
from tests.stewardship.signals.files import bring, cremated, paid, person_rows

from minzheng.stewardship.signals.declare import Kind, kinds
from minzheng.stewardship.signals.sql import found_sql, looked_up

TEMPORARY = (
    "touched_record (id uuid, stands boolean)",
    "touched_claim (person_id uuid, role varchar, record_id uuid)",
    "touched_person (id uuid, renewed boolean)",
    "asked (id uuid)",
    "gone (signal_id bigint, subject_id uuid, person_ids uuid[], record_ids uuid[])",
)
SMALL = {"registry_source"}
NARROW = {
    "death_after_cremation": "person_claim_death",
    "member_marriage_changed": "person_claim_member",
    "paid_after_death": "person_claim_member",
    "shared_address": "person_claim_head",
}

# Persons with many claims of several roles: what the planner believes does not hang on what an earlier test left.
YEARS = """INSERT INTO registry_personclaim
        (id, person_id, source_id, role, record_id, batch_id, row_no, digest, rule, valid_from, recorded_from, death_date)
    SELECT gen_random_uuid(), md5('p' || n / 50)::uuid, 1, (ARRAY['member', 'head', 'subject', 'spouse'])[n % 4 + 1],
        gen_random_uuid(), gen_random_uuid(), n, gen_random_uuid(), 'id_number', '2020-01-01'::date + n % 2000,
        now() - n * interval '1 hour', CASE WHEN n % 100 = 0 THEN '2026-01-01'::date END
    FROM generate_series(1, 5000) n"""


def statements(kind: Kind) -> Iterator[str]:
    yield looked_up(kind.touched)
    yield found_sql(kind, narrow=True, on=timezone.localdate())
    yield looked_up(kind.closing)


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan that reads a table of the node's."""
    name = plan.get("Relation Name", "")
    if name not in SMALL and not name.startswith(tuple(one.split(" ")[0] for one in TEMPORARY)) and name:
        yield plan
    for below in plan.get("Plans", ()):
        yield from scans(below)


@pytest.mark.parametrize("believed", ["nothing yet", "that no one ever died, married or was paid"])
def test_every_table_is_reached_by_a_key(node: Node, believed: str) -> None:
    """As in the first hour of a node: a file of persons has come, the tables were looked at, and then come all others."""
    if believed == "nothing yet":
        forget_sizes()
    if believed != "nothing yet":
        bring(node, "persons", *person_rows(1, 2, 3, 4))
        paid(node, ["202601"], [1])  # without a card
        cremated(node, 2, "2026-01-10", "2026-01-12")
    with transaction.atomic(), connection.cursor() as cursor:
        if believed != "nothing yet":
            cursor.execute("UPDATE registry_person SET death_date = NULL")
            for table in ("registry_person", "registry_personclaim", "relief_allowancepayment"):
                cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        for table in TEMPORARY:
            cursor.execute(f"CREATE TEMP TABLE {table} ON COMMIT DROP")
        for kind in kinds().values():
            for sql in statements(kind):
                cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"))
                (plan,) = cursor.fetchone()
                for scan in scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
                    assert "Index Cond" in scan, (
                        kind.key,
                        scan["Relation Name"],
                        scan.get("Index Name"),
                        sql,
                    )
        transaction.set_rollback(True)


def nested(plan: dict[str, Any]) -> Iterator[str]:
    """Where a plan goes through one side for each row of the other, but for questions asked of a single row."""
    if plan.get("Parent Relationship") == "SubPlan":
        return
    if plan["Node Type"] == "Nested Loop":
        yield plan["Node Type"]
    for below in plan.get("Plans", ()):
        yield from nested(below)


@pytest.mark.usefixtures("node")
def test_a_look_at_everything_can_read_its_tables_through() -> None:
    """A million look-ups where a table is not in memory are a million reads: no join may demand them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        for kind in kinds().values():
            sql = found_sql(kind, narrow=False, on=timezone.localdate())
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"))
            (plan,) = cursor.fetchone()
            whole = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            assert not list(nested(whole)), (kind.key, sql)
        transaction.set_rollback(True)


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("key", NARROW)
def test_years_of_claims_are_answered_by_narrow_indexes(key: str) -> None:
    """What a batch asks of a person's claims by role is read off the index that holds nothing else."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("CREATE TEMP TABLE asked (id uuid) ON COMMIT DROP")
        cursor.execute(YEARS)
        cursor.execute("ANALYZE registry_personclaim")
        cursor.execute(
            "EXPLAIN " + found_sql(kinds()[key], narrow=True, on=timezone.localdate()).replace("%", "%%")
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        transaction.set_rollback(True)
    forget_sizes()
    assert NARROW[key] in plan


def forget_sizes() -> None:
    """As before the tables were ever looked at: how large one was found outlives the transaction that is taken back."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE registry_person, registry_personclaim, relief_allowancepayment")
