"""Signals over a whole register and after a batch, beside one bare pass over the same tables.

The batches are ten thousand of the last payments with another amount, and ten thousand persons with another address,
brought in as any file is.
"""

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.node import bring_in, inside
from bench.register import Register
from bench.reporting import Figure, tell

BATCH = 10_000
PASSES = (
    "SELECT count(*), count(death_date), min(hukou_address_blind::text) FROM registry_person",
    "SELECT count(*), count(record_id), max(valid_from) FROM registry_personclaim WHERE recorded_to IS NULL",
    "SELECT count(*), sum(monthly_amount_fen), max(benefit_month) FROM relief_allowancepayment WHERE recorded_to IS NULL",
    "SELECT count(*), max(happened_on) FROM marriage_registration",
    "SELECT count(*), max(cremated_on) FROM funeral_cremation",
)


def run(register: Register) -> None:
    found = inside(register.home, "bench.signals", "all")
    at = f"{register}, {found['signals']:,} signals"
    tell(
        Figure(
            "all signals, the first time", at, found["first"], "s", "", None, "≤ 20 s", found["first"] <= 20
        )
    )
    tell(Figure("all signals, again", at, found["seconds"], "s",
                "one bare pass over the tables", found["bare"], "≤ 20 s", found["seconds"] <= 20))  # fmt: skip
    for feed in CHANGES:
        report, _ = bring_in(register.home, feed, changed(register.files, feed))
        batch = inside(register.home, "bench.signals", "batch", str(report["batch"]))
        tell(Figure("signals after a batch", f"{report['accepted']:,} {feed}, {register}", batch["seconds"], "s",
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


def measure_all() -> dict[str, Any]:
    """Inside the node: the bare pass, then the run."""
    from django.utils import timezone

    from minzheng.stewardship.signals.models import Signal
    from minzheng.stewardship.signals.run import run_all

    bare, seconds = min(_bare() for _ in range(2)), []
    for _ in range(2):
        started = time.monotonic()
        done = run_all(by="bench", at=timezone.now())
        seconds.append(time.monotonic() - started)
    kinds = {kind: counts.found for kind, counts in done.counts.items()}
    return {
        "first": seconds[0],
        "seconds": seconds[1],
        "bare": bare,
        "signals": Signal.objects.count(),
        "kinds": kinds,
    }


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


if __name__ == "__main__":
    from minzheng.cli.boot import boot

    boot()
    print(json.dumps(measure_all() if sys.argv[1] == "all" else measure_batch(sys.argv[2])))
