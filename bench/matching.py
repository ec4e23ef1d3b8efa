"""Matching of rows without a number against bare Splink on the same settings.

Both go from two tables in storage to one-to-one links. Ours: mentions and register in PostgreSQL, candidates fetched,
scored, decided three-way. Bare: the same two tables as Parquet files, read into DuckDB, Splink with the same model,
blocking rules, threshold and term frequencies, then Splink's own single best links.
"""

import json
import logging
import sys
import tempfile
import time
import warnings
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
        total = features.register_size(work)
        persons = features.candidates(work, mentioned.num_rows, total)
        with tempfile.TemporaryDirectory() as folder:
            bare = min(_bare(mentioned, persons, total, Path(folder)) for _ in range(3))
        del persons
        ours = []
        for _ in range(3):
            work.run("DROP TABLE u")
            started = time.perf_counter()
            decided = link.link_mentions(work)
            ours.append(time.perf_counter() - started)
    return {
        "ours": min(ours), "bare": bare, "mentions": mentioned.num_rows, "persons": total,
        "decided": decided.num_rows if decided is not None else 0,
    }  # fmt: skip


def _bare(mentioned, persons, total: int, folder: Path) -> float:  # type: ignore[no-untyped-def]
    """Seconds of Splink alone, from Parquet to links."""
    import duckdb
    from splink import DuckDBAPI, Linker

    from minzheng.registry.linkage import link
    from minzheng.registry.linkage.model import current_model

    for name, side in (("left_side", mentioned), ("right_side", persons)):
        if not (folder / f"{name}.parquet").exists():
            with link.workbench() as db:
                link.register_sides(db, mentioned, persons)
                db.execute(f"COPY (FROM {name}) TO '{folder / name}.parquet'")
            del side
    logging.getLogger("splink").setLevel(logging.ERROR)
    model = current_model()
    started = time.perf_counter()
    with duckdb.connect(config={"memory_limit": link.MEMORY_LIMIT}) as db, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("left_side", "right_side"):
            db.execute(f"CREATE TABLE {name} AS FROM '{folder / name}.parquet'")
        api = DuckDBAPI(connection=db)
        sides = [api.register(name, dataset_display_name=name) for name in ("left_side", "right_side")]
        linker = Linker(sides, model.splink_settings(persons=total), log_level=None, validate_settings=False)
        found = linker.inference.predict(threshold_match_weight=model.review_from, warning_mode="never")
        linked = linker.clustering.cluster_using_single_best_links(
            found, duplicate_free_datasets=["left_side", "right_side"], threshold_match_weight=model.link_from
        )
        db.sql(f"FROM {linked.physical_name}").to_arrow_table()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
