"""Signals over a whole register and after a batch, beside one bare pass over the same tables.

The sample's payments are copied into earlier months until there are five records a person, with the claims that hang on
them: the shape stays the sample's, the size is that of many years. The batch is ten thousand of the last payments with
another amount, brought in as any file is.
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
PASSES = (
    "SELECT count(*), count(death_date), min(hukou_address_blind::text) FROM registry_person",
    "SELECT count(*), count(record_id), max(valid_from) FROM registry_personclaim WHERE recorded_to IS NULL",
    "SELECT count(*), sum(monthly_amount_fen), max(benefit_month) FROM relief_allowancepayment WHERE recorded_to IS NULL",
    "SELECT count(*), max(happened_on) FROM marriage_registration",
    "SELECT count(*), max(cremated_on) FROM funeral_cremation",
)


def run(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder, node() as home:
        made = sample(Path(folder) / "sample", rows, SEED)
        for feed in FEEDS:
            bring_in(home, feed, made / f"{feed}.csv")
        found = inside(home, "bench.signals", "all", str(rows * 5))
        last = changed(made / "allowances.csv", Path(folder) / "changed.csv")
        report, _ = bring_in(home, "allowances", last)
        batch = inside(home, "bench.signals", "batch", str(report["batch"]))
    at = f"{found['persons']:,} persons, {found['records']:,} records, {found['signals']:,} signals"
    tell(Figure("all signals", at, found["seconds"], "s", "one bare pass over the tables", found["bare"], "≤ 20 s",
                found["seconds"] <= 20))  # fmt: skip
    tell(Figure("signals after a batch", f"{report['accepted']:,} rows", batch["seconds"], "s",
                "one bare pass over the tables", found["bare"], "≤ 2 s", batch["seconds"] <= 2))  # fmt: skip


def changed(source: Path, target: Path) -> Path:
    """The last rows of the pay list with a yuan more."""
    with source.open(encoding="utf-8-sig") as file:
        heading, *rows = list(csv.reader(file))
    amount = next(n for n, name in enumerate(heading) if name.startswith("月保障金额"))
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(heading)
        for row in rows[-BATCH:]:
            said = row[amount].replace(",", "")
            row[amount] = str(float(said) + 1) if said.replace(".", "").isdigit() else row[amount]
            writer.writerow(row)
    return target


def measure_all(wanted: int) -> dict[str, Any]:
    """Inside the node: fill up to the records wanted, then the bare pass and the run."""
    from django.utils import timezone

    from minzheng.foundation.database.arrow import bulk
    from minzheng.stewardship.signals.run import run_all

    with bulk() as work:
        _fill(work, wanted)
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


def _fill(work: Any, wanted: int) -> None:
    """Copy the payments into earlier years, with their claims, until there are as many records as wanted."""
    have = int(work.scalar("SELECT count(*) AS n FROM relief_allowancepayment"))
    times = max(0, round((wanted - have) / max(1, have)))
    work.run(
        f"""CREATE TEMP TABLE copied AS SELECT id AS old_id, gen_random_uuid() AS new_id, make_interval(years => k) AS back
        FROM relief_allowancepayment, generate_series(1, {times}) k WHERE recorded_to IS NULL"""
    )
    own = {
        "id": "c.new_id", "key_digest": "gen_random_uuid()", "digest": "gen_random_uuid()",
        "benefit_month": "to_char(to_date(t.benefit_month, 'YYYYMM') - c.back, 'YYYYMM')",
        "happened_on": "(t.happened_on - c.back)::date",
    }  # fmt: skip
    _copy(work, "relief_allowancepayment", "t.id = c.old_id", own)
    own = {"id": "gen_random_uuid()", "record_id": "c.new_id", "valid_from": "(t.valid_from - c.back)::date"}
    _copy(work, "registry_personclaim", "t.record_id = c.old_id", own)


def _copy(work: Any, table: str, on: str, own: dict[str, str]) -> None:
    found = work.rows(
        f"SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = '{table}' "
        "AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position"
    )
    names = [row["name"] for row in found]
    values = ", ".join(own.get(name, f"t.{name}") for name in names)
    work.run(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM copied c JOIN {table} t ON {on}")


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("registry_personclaim", "relief_allowancepayment", "registry_person"):
            cursor.execute(f"VACUUM ANALYZE {table}")


if __name__ == "__main__":
    from minzheng.cli.boot import boot

    boot()
    print(json.dumps(measure_all(int(sys.argv[2])) if sys.argv[1] == "all" else measure_batch(sys.argv[2])))
