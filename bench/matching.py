"""Matching of rows without a number against bare Splink on the same settings.

Ours: from the chunk's mentions in PostgreSQL to decisions (candidates fetched, scored, three-way, one-to-one). Bare:
Splink alone on the same two tables already in memory, the same model, blocking rules, term frequencies and threshold.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.node import bring_in, head, inside, node, sample
from bench.reporting import Figure, tell


def run(persons: int, mentions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        made = sample(Path(folder) / "sample", persons, 31)
        register = head(made / "persons.csv", Path(folder) / "register.csv", 1, persons + 1)
        with node() as home:
            bring_in(home, "persons", register)
            found = inside(home, "bench.matching", str(mentions))
    at = f"{found['mentions']:,} against {found['persons']:,}"
    tell(Figure("matching without a number", at, found["ours"], "s", "bare Splink, same settings", found["bare"], "≤ 1.3×",
                found["ours"] <= 1.3 * found["bare"]))  # fmt: skip


def measure(mentions: int) -> dict[str, float]:
    """Inside the node: mentions made from the register's own persons, their numbers taken away."""
    from minzheng.cli.boot import boot

    boot()
    from minzheng.foundation.database.arrow import bulk
    from minzheng.registry.linkage import features, link
    from minzheng.registry.linkage.model import current_model

    with bulk() as work:
        work.run("ANALYZE registry_person")
        work.run("CREATE TEMP TABLE gone (row_no int) ON COMMIT DROP")
        work.run(
            f"""CREATE TEMP TABLE m ON COMMIT DROP AS
            SELECT (row_number() OVER ())::int AS row_no, 'person'::text AS role, true AS creates, NULL::uuid AS id_number_blind,
                   name_key, name_pinyin, birth_date, sex_code, hukou_division_code, hukou_address_blind, phone_blind,
                   relation_to_head_code,
                   NULL::uuid AS household_key
            FROM (SELECT * FROM registry_person ORDER BY md5(id::text) LIMIT {mentions}) p"""
        )
        mentioned = features.mentions(work)
        persons = features.candidates(work, mentioned.num_rows, mentioned.num_rows)
        frequencies = features.name_frequencies(work, persons.num_rows)
        model = current_model()
        bare = []
        for _ in range(2):
            with link.workbench() as db:
                link.register_sides(db, mentioned, persons)
                started = time.perf_counter()
                link.predict(db, frequencies, model, persons.num_rows)
                bare.append(time.perf_counter() - started)
        work.run("DROP TABLE u")
        started = time.perf_counter()
        decided = link.link_mentions(work)
        ours = time.perf_counter() - started
    return {"ours": ours, "bare": min(bare), "mentions": mentioned.num_rows, "persons": persons.num_rows,
            "decided": decided.num_rows if decided is not None else 0}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
