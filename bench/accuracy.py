"""Accuracy of linking rows without a number, on a sample's own truth.

The sample re-enters a tenth of its persons without their number, and lists others without one who stand nowhere else, so
that there is as much to link as to leave alone. A link is right if the person it names owns a numbered row of the same
true person. Recall is over the rows whose true person has a numbered row in the register.
"""

import csv
import json
import sys
import tempfile
from pathlib import Path

from bench.node import bring_in, inside, node, sample
from bench.reporting import Figure, tell

SEED = 23  # not the seed the model was estimated on


def run(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        made = sample(Path(folder) / "sample", rows, SEED, "reentered=0.1", "number_missing_reentered=1")
        with node() as home:
            bring_in(home, "persons", made / "persons.csv")
            found = inside(home, "bench.accuracy", str(made / "truth" / "rows_persons.csv"))
    at = f"{rows:,} persons, {found['unnumbered']:,} rows without a number, {found['partnered']:,} with a partner"
    tell(
        Figure(
            "linkage precision", at, found["precision"], "", "", None, "≥ .999", found["precision"] >= 0.999
        )
    )
    tell(Figure("linkage recall", at, found["recall"], "", "", None, "≥ .97", found["recall"] >= 0.97))
    print(f"  to review: {found['review']:,}")


def measure(truth_file: str) -> dict[str, float]:
    """Inside the node: hold the register's links against the truth."""
    from minzheng.cli.boot import boot

    boot()
    from minzheng.exchange.models import ReviewItem
    from minzheng.registry.models import PersonClaim

    truth, unnumbered = {}, set()
    with Path(truth_file).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            truth[int(row["row"])] = row["person_id"]
            if "number_missing" in row["dirt"].split(";"):
                unnumbered.add(int(row["row"]))
    claims = list(PersonClaim.objects.values_list("person_id", "row_no", "rule"))
    owner = {person: truth[row] for person, row, rule in claims if rule != "model" and row not in unnumbered}
    known = set(owner.values())
    links = [(person, row) for person, row, rule in claims if rule == "model"]
    right = sum(owner.get(person) == truth[row] for person, row in links)
    partnered = sum(truth[row] in known for row in unnumbered)
    return {
        "unnumbered": len(unnumbered), "partnered": partnered, "linked": len(links), "right": right,
        "review": ReviewItem.objects.filter(reason="uncertain").count(),
        "precision": right / max(1, len(links)), "recall": right / max(1, partnered),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
