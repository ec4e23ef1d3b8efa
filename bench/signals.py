"""Signals over a whole register and after a batch, beside one bare pass over the same tables.

The sample's payments are copied, with the claims that hang on them, until there are five records a person: to other
households and into earlier years, or, as a second case, all to the same households. The batches are ten thousand of the
last payments with another amount, and ten thousand persons with another address, brought in as any file is.
"""

import csv
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.node import bring_in, inside, node, sample
from bench.reporting import Figure, tell

SEED = 31
FEEDS = ("persons", "marriages", "allowances", "cremations", "societies")
BATCH = 10_000
# Where the j-th copy of the sample's year of payments goes: how many years back, to which other households. The sample pays
# nine persons in a thousand in any month. The first shape pays twice as many, and others every eight years, as over a long
# time there are; the second pays those of the sample for as many years as it takes, so that each one's history is very long.
SHAPES = {"many households": ("j / 2", "2 * (j / 16) + j % 2"), "few households for decades": ("j", "0")}
PASSES = (
    "SELECT count(*), count(death_date), min(hukou_address_blind::text) FROM registry_person",
    "SELECT count(*), count(record_id), max(valid_from) FROM registry_personclaim WHERE recorded_to IS NULL",
    "SELECT count(*), sum(monthly_amount_fen), max(benefit_month) FROM relief_allowancepayment WHERE recorded_to IS NULL",
    "SELECT count(*), max(happened_on) FROM marriage_registration",
    "SELECT count(*), max(cremated_on) FROM funeral_cremation",
)


def run(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        made = sample(Path(folder) / "sample", rows, SEED)
        for shape in SHAPES:
            _measure(made, rows, shape)


def _measure(made: Path, rows: int, shape: str) -> None:
    with node() as home:
        for feed in FEEDS:
            bring_in(home, feed, made / f"{feed}.csv")
        found = inside(home, "bench.signals", "all", str(rows * 5), shape)
        at = f"{found['persons']:,} persons, {found['records']:,} records, {shape}, {found['signals']:,} signals"
        tell(Figure("all signals", at, found["seconds"], "s", "one bare pass over the tables", found["bare"], "≤ 20 s",
                    found["seconds"] <= 20))  # fmt: skip
        for feed in CHANGES:
            report, _ = bring_in(home, feed, changed(made, feed))
            batch = inside(home, "bench.signals", "batch", str(report["batch"]))
            tell(Figure("signals after a batch", f"{report['accepted']:,} {feed}, {shape}", batch["seconds"], "s",
                        "one bare pass over the tables", found["bare"], "≤ 2 s", batch["seconds"] <= 2))  # fmt: skip


def _a_yuan_more(amount: str) -> str:
    said = amount.replace(",", "")
    return str(float(said) + 1) if said.replace(".", "").isdigit() else amount


CHANGES = {
    "allowances": ("月保障金额", _a_yuan_more),
    "persons": ("现居地址", lambda address: f"{address}东侧"),
}


def changed(made: Path, feed: str) -> Path:
    """The last rows of a file with one column changed."""
    target, (named, change) = made / f"{feed}-changed.csv", CHANGES[feed]
    with (made / f"{feed}.csv").open(encoding="utf-8-sig") as file:
        heading, *rows = list(csv.reader(file))
    column = next(n for n, name in enumerate(heading) if name.startswith(named))
    with target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [heading, *([*r[:column], change(r[column]), *r[column + 1 :]] for r in rows[-BATCH:])]
        )
    return target


def measure_all(wanted: int, shape: str) -> dict[str, Any]:
    """Inside the node: fill up to the records wanted, then the bare pass and the run."""
    from django.utils import timezone

    from minzheng.foundation.database.arrow import bulk
    from minzheng.stewardship.signals.run import run_all

    with bulk() as work:
        _fill(work, wanted, shape)
        work.commit()
    _vacuum()
    bare = min(_bare() for _ in range(2))
    started = time.monotonic()
    done = run_all(by="bench", at=timezone.now())
    seconds = time.monotonic() - started
    with bulk() as work:
        counts = work.rows(
            "SELECT (SELECT count(*) FROM registry_person) AS persons, (SELECT count(*) FROM relief_allowancepayment)"
            " + (SELECT count(*) FROM marriage_registration) + (SELECT count(*) FROM funeral_cremation)"
            " + (SELECT count(*) FROM societies_society) AS records, (SELECT count(*) FROM signals_signal) AS signals"
        )[0]
    return counts | {"seconds": seconds, "bare": bare, "kinds": {k: c.found for k, c in done.counts.items()}}


def measure_batch(batch_id: str) -> dict[str, Any]:
    """Inside the node: what following one batch costs; it was followed once, and doing it again is the same work."""
    from minzheng.exchange.services import batch_named
    from minzheng.stewardship.signals.run import run_batch

    batch, best = batch_named(batch_id), []
    for _ in range(2):
        started = time.monotonic()
        run_batch(batch)
        best.append(time.monotonic() - started)
    return {"seconds": min(best)}


def _bare() -> float:
    from minzheng.foundation.database.arrow import bulk

    started = time.monotonic()
    with bulk() as work:
        for sql in PASSES:
            work.table(sql)
    return time.monotonic() - started


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
    for name in ("copied", "numbered"):
        work.run(f"ANALYZE {name}")
    own = {
        "id": "c.new_id", "key_digest": "gen_random_uuid()", "digest": "gen_random_uuid()",
        "benefit_month": "to_char(to_date(t.benefit_month, 'YYYYMM') - c.back, 'YYYYMM')",
        "happened_on": "(t.happened_on - c.back)::date",
        "certificate_no": "t.certificate_no || CASE WHEN c.others > 0 THEN '-' || c.others ELSE '' END",
        "bank_account_blind":
            "CASE WHEN c.others > 0 THEN md5(t.bank_account_blind || ' ' || c.others)::uuid ELSE t.bank_account_blind END",
    }  # fmt: skip
    _copy(work, "relief_allowancepayment", "JOIN relief_allowancepayment t ON t.id = c.old_id", own)
    own = {
        "id": "gen_random_uuid()", "record_id": "c.new_id", "valid_from": "(t.valid_from - c.back)::date", "person_id": "q.id",
    }  # fmt: skip
    # The neighbours in a list by household are a household's, so that a shift of the list makes households of others.
    shift = "(p.n + c.others * (SELECT count(*) / 16 FROM numbered)) % (SELECT count(*) FROM numbered)"
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
    print(
        json.dumps(
            measure_all(int(sys.argv[2]), sys.argv[3]) if sys.argv[1] == "all" else measure_batch(sys.argv[2])
        )
    )
