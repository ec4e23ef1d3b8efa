"""List comparison: speed against bare Splink on the same settings, and the same pairs on Spark.

Bare Splink gets the prepared columns as Parquet files, the same settings and the same training, and ends with its own single best
links; ours begins with two CSV files and ends with the written result. Progress goes to stderr.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bench.node import COMMAND, environment, head, inside, sample
from bench.reporting import Figure, tell

PERSONS = {
    "columns": [
        {"column": "姓名", "kind": "name"}, {"column": "出生日期", "kind": "date"}, {"column": "性别", "kind": "category"},
        {"column": "户籍地址", "kind": "address"}, {"column": "联系电话", "kind": "id"},
    ],
}  # fmt: skip
SPARK_ROWS = 200_000


def note(text: str) -> None:
    """What is being done, for whoever watches."""
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def speed(left: int, right: int) -> None:
    """Two lists of persons without numbers against bare Splink on the same settings, and our peak memory."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        lists = _person_lists(Path(folder), left, right)
        note("ours, then bare Splink")
        home = Path(folder) / "home"
        home.mkdir()
        found = inside(home, "bench.compare_speed", *map(str, lists))
    at = f"{left:,} × {right:,}"
    ours, bare, peak = found["ours"], found["bare"], found["peak_mib"]
    against = "bare Splink, same settings"
    tell(Figure("compare: two lists", at, ours, "s", against, bare, "≤ 1.3×", ours <= 1.3 * bare))
    tell(Figure("compare: peak memory", at, peak, "MiB", "", None, "≤ 3072 MiB", peak <= 3072))
    note(
        f"links {found['link']:,}, review {found['review']:,}; steps {found['timings']}; bare {found['steps']}"
    )


def on_spark(home: Path, rows: int = SPARK_ROWS) -> None:
    """The share of pairs of which DuckDB and Spark say the same, and how long either takes."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        lists = _person_lists(Path(folder), rows, rows // 10)
        for engine in ("duckdb", "spark"):
            note(f"{rows:,} × {rows // 10:,} on {engine}")
            pairs, report = result_of(home, lists, PERSONS, one_to_one=True, engine=engine)
            found[engine] = {(row["left_key"], row["right_key"]): row["decision"] for row in pairs}
            seconds[engine] = report["seconds"]
            note(f"{engine}: {len(found[engine]):,} pairs in {report['seconds']} s")
    either = found["duckdb"].keys() | found["spark"].keys()
    same = sum(found["duckdb"].get(keys) == found["spark"].get(keys) for keys in either) / max(1, len(either))
    at = f"{rows:,} × {rows // 10:,}, {len(either):,} pairs"
    tell(Figure("compare: pairs decided alike by Spark and DuckDB", at, same, "", "", None, "all", same == 1))
    name, told = "compare: on Spark, local cluster", "the same links"
    tell(Figure(name, at, seconds["spark"], "s", "DuckDB", seconds["duckdb"], told, same == 1))


def result_of(
    home: Path, lists: list[Path], spec: dict[str, Any], *, one_to_one: bool, engine: str = "duckdb"
) -> tuple[list[dict[str, str]], Any]:
    """The result and report of the command."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        spec_file, out = Path(folder) / "spec.yaml", Path(folder) / "result.csv"
        spec_file.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
        command = [COMMAND, "compare", *map(str, lists), "--columns", str(spec_file), "--engine", engine]
        command += ["--purpose", "性能测试", "--out", str(out), "--json", *["--one-to-one"] * one_to_one]
        done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        with out.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file)), json.loads(done.stdout)


def _person_lists(folder: Path, left: int, right: int) -> list[Path]:
    """A list of persons, and another of which a part stands in the first too."""
    note(f"a sample of {left + right // 2:,} persons")
    made = sample(folder / "sample", left + right // 2, 31)
    one = head(made / "persons.csv", folder / "left.csv", 1, left + 1)
    two = head(made / "persons.csv", folder / "right.csv", left - right // 2 + 1, left + right // 2 + 1)
    return [one, two]


def measure(left: Path, right: Path) -> dict[str, Any]:
    """Ours from two CSV files to a written result, then bare Splink from the same prepared columns to its links."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    import django

    django.setup()
    from minzheng.stewardship.compare.run import Source, compared
    from minzheng.stewardship.compare.spec import Spec
    from minzheng.stewardship.compare.writing import write_result

    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as name:
        folder = Path(name)
        started = time.perf_counter()
        with compared(
            Source(left, left.name), Source(right, right.name), Spec.of(PERSONS), one_to_one=True
        ) as found:
            write_result(found, folder / "result.csv")
            ours = time.perf_counter() - started
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            counts, timings, features, rules = found.counts(), found.timings, found.features, found.rules
            prior = (found.model or {})["probability_two_random_records_match"]
            for side in ("left_side", "right_side"):
                found.db.execute(f"COPY {side} TO '{folder / side}.parquet'")
        note(f"ours {ours:.0f} s; bare Splink begins")
        steps = _bare(folder, features, rules, prior)
    bare = sum(steps.values())
    return {"ours": ours, "bare": bare, "steps": steps, "peak_mib": peak, "timings": timings} | counts


def _bare(folder: Path, features: Any, rules: Any, prior: float) -> dict[str, float]:
    """Seconds of each step of Splink alone, from the prepared columns to its links as a file."""
    import duckdb

    from minzheng.stewardship.compare import deciding, model
    from minzheng.stewardship.compare.workbench import MEMORY_LIMIT

    sides = ["left_side", "right_side"]
    marks = [("", time.perf_counter())]
    config: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "temp_directory": str(folder / "spill")}
    with duckdb.connect(str(folder / "bare.duckdb"), config=config) as db, model.quiet():
        db.execute("SET preserve_insertion_order = false")
        for side in sides:
            db.execute(f"CREATE TABLE {side} AS FROM '{folder / side}.parquet'")
        marks.append(("load", time.perf_counter()))
        linker = model.linker_over(db, model.first_settings(features, rules, two_lists=True, prior=prior))
        model.estimate(linker, rules, features)
        marks.append(("estimate", time.perf_counter()))
        found = linker.inference.predict(threshold_match_weight=deciding.LOWEST_BITS, warning_mode="never")
        marks.append(("predict", time.perf_counter()))
        linked = linker.clustering.cluster_using_single_best_links(
            found, duplicate_free_datasets=sides, threshold_match_weight=deciding.SUREST_LINK
        )
        db.execute(f"COPY (FROM {linked.physical_name}) TO '{folder}/bare.csv'")
        marks.append(("link", time.perf_counter()))
    return {name: round(at - marks[i][1], 3) for i, (name, at) in enumerate(marks[1:])}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2])), ensure_ascii=False))
