"""A whole register for the figures that ask it: the sample brought in as any file is, then five records a person.

The sample's payments are copied, with the claims that hang on them, until there are records enough: to other households and
into earlier years, or, as a second case, all to the same households.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.node import bring_in, inside, node, sample

SEED = 31
FEEDS = ("persons", "marriages", "allowances", "cremations", "societies")
RECORDS_EACH = 5
# Where the j-th copy of the sample's year of payments goes: how many years back, to which other households. The sample pays
# nine persons in a thousand in any month. The first shape pays twice as many, and others every eight years, as over a long
# time there are; the second pays those of the sample for as many years as it takes, so that each one's history is very long.
SHAPES = {"many households": ("j / 2", "2 * (j / 16) + j % 2"), "few households for decades": ("j", "0")}


@dataclass(frozen=True)
class Register:
    """Where it lies, the files it came from, and what it holds."""

    home: Path
    files: Path
    shape: str
    persons: int
    records: int

    def __str__(self) -> str:
        return f"{self.persons:,} persons, {self.records:,} records, {self.shape}"


@contextmanager
def register(persons: int, shape: str = "many households") -> Iterator[Register]:
    """A node of the benchmark's own that holds it."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder, node() as home:
        files = sample(Path(folder) / "sample", persons, SEED)
        for feed in FEEDS:
            bring_in(home, feed, files / f"{feed}.csv")
        yield Register(
            home, files, shape, **inside(home, "bench.register", str(persons * RECORDS_EACH), shape)
        )


def fill(wanted: int, shape: str) -> dict[str, int]:
    """Inside the node: copies until there are so many records; what there is then."""
    from minzheng.foundation.database.arrow import bulk

    with bulk() as work:
        _fill(work, wanted, shape)
        work.commit()
    _vacuum()
    with bulk() as work:
        return work.rows(
            "SELECT (SELECT count(*) FROM registry_person) AS persons, (SELECT count(*) FROM relief_allowancepayment)"
            " + (SELECT count(*) FROM marriage_registration) + (SELECT count(*) FROM funeral_cremation)"
            " + (SELECT count(*) FROM societies_society) AS records"
        )[0]


def _fill(work: Any, wanted: int, shape: str) -> None:
    """Copy the payments, with their claims, to other households and into earlier years until there are records enough."""
    have = int(work.scalar("SELECT count(*) AS n FROM relief_allowancepayment"))
    times = max(0, round((wanted - have) / max(1, have)))
    years, others = SHAPES[shape]
    work.run(
        f"""CREATE TEMP TABLE copied AS
        SELECT id AS old_id, gen_random_uuid() AS new_id, make_interval(years => {years}) AS back, {others} AS others, j
        FROM relief_allowancepayment, generate_series(1, {times}) j WHERE recorded_to IS NULL"""
    )
    work.run(
        "CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER (ORDER BY household_id, id) - 1 AS n FROM registry_person"
    )
    work.run("CREATE INDEX ON numbered (id)")
    work.run("CREATE INDEX ON numbered (n)")
    for name in ("copied", "numbered"):
        work.run(f"ANALYZE {name}")
    # The neighbours in a list by household are a household's, so that a shift of the list makes households of others.
    shift = "(p.n + c.others * (SELECT count(*) / 16 FROM numbered)) % (SELECT count(*) FROM numbered)"
    # A record lies where the one who now draws it is registered, as nearly all do.
    where = f"""LEFT JOIN LATERAL (SELECT r.hukou_division_code AS division FROM registry_personclaim h
        JOIN numbered p ON p.id = h.person_id JOIN numbered q ON q.n = {shift} JOIN registry_person r ON r.id = q.id
        WHERE h.record_id = c.old_id AND h.role = 'member' LIMIT 1) held ON true"""
    own = {
        "id": "c.new_id", "key_digest": "gen_random_uuid()", "digest": "gen_random_uuid()",
        "benefit_month": "to_char(to_date(t.benefit_month, 'YYYYMM') - c.back, 'YYYYMM')",
        "happened_on": "(t.happened_on - c.back)::date",
        "division_code": "COALESCE(held.division, t.division_code)",
        "certificate_no": "t.certificate_no || CASE WHEN c.others > 0 THEN '-' || c.others ELSE '' END",
        "bank_account_blind":
            "CASE WHEN c.others > 0 THEN md5(t.bank_account_blind || ' ' || c.others)::uuid ELSE t.bank_account_blind END",
    }  # fmt: skip
    _copy(work, "relief_allowancepayment", f"JOIN relief_allowancepayment t ON t.id = c.old_id {where}", own)
    own = {
        "id": "gen_random_uuid()", "record_id": "c.new_id", "valid_from": "(t.valid_from - c.back)::date", "person_id": "q.id",
    }  # fmt: skip
    joined = f"""JOIN registry_personclaim t ON t.record_id = c.old_id
        JOIN numbered p ON p.id = t.person_id JOIN numbered q ON q.n = {shift}"""
    _copy(work, "registry_personclaim", joined, own)


def _copy(work: Any, table: str, joined: str, own: dict[str, str]) -> None:
    """The oldest first, as they would have come."""
    found = work.rows(
        f"SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = '{table}' "
        "AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position"
    )
    names = [row["name"] for row in found]
    values = ", ".join(own.get(name, f"t.{name}") for name in names)
    work.run(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM copied c {joined} ORDER BY c.j DESC"
    )


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("registry_personclaim", "relief_allowancepayment", "registry_person"):
            cursor.execute(f"VACUUM ANALYZE {table}")


if __name__ == "__main__":
    from minzheng.cli.boot import boot

    boot()
    print(json.dumps(fill(int(sys.argv[1]), sys.argv[2])))
