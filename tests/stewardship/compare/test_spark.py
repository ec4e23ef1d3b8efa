"""Spark says what DuckDB says: the same pairs, decisions and weights. A local cluster really starts."""

import csv
import io
import random

import pytest
from tests.stewardship.compare.lists import as_csv, people, two_lists, worn

from minzheng.stewardship.compare.run import Source, compared
from minzheng.stewardship.compare.spec import Spec
from minzheng.stewardship.compare.terms import Engine
from minzheng.stewardship.compare.writing import write_result

pytest.importorskip("pyspark", reason="Spark is not installed: `make spark` installs it and runs this test")

CHINESE = {
    "key": "编号",
    "columns": {"姓名": "name", "出生日期": "date", "住址": "address", "性别": "category"},
}
LETTERS = {
    "key": "no",
    "columns": [
        {"column": "given", "kind": "name", "part": "given"}, {"column": "family", "kind": "name", "part": "family"},
        {"column": "street", "kind": "address"}, {"column": "suburb", "kind": "text"},
        {"column": "income", "kind": "number", "tolerance": 50},
        {"column": "phone", "kind": "id"}, {"column": "备注", "kind": "text"},
    ],
}  # fmt: skip
GIVEN = [
    "JAMES",
    "MARY",
    "OLIVER",
    "CHARLOTTE",
    "WILLIAM",
    "SOPHIE",
    "THOMAS",
    "ISABELLA",
    "JOSHUA",
    "MATILDA",
]
FAMILY = [
    "SMITH",
    "WILLIAMS",
    "TAYLOR",
    "ANDERSON",
    "THOMPSON",
    "MITCHELL",
    "CAMPBELL",
    "ROBERTSON",
    "STEWART",
    "MORRISON",
]
STREETS = ["ACACIA", "BANKSIA", "CORAL", "DAINTREE", "EUCALYPT", "FRANKLIN", "GREVILLEA", "HAKEA"]
SUBURBS = ["BELCONNEN", "WODEN", "TUGGERANONG", "GUNGAHLIN", "WESTON", "KAMBAH"]


@pytest.fixture
def both(home, tmp_path):
    """A comparison's result rows by either engine."""

    def by_both(left: str, right: str | None, spec: dict, **how) -> list[list[dict[str, str]]]:
        sources = []
        for name, text in (("l.csv", left), ("r.csv", right)):
            (tmp_path / name).write_text(text or "", encoding="utf-8")
            sources.append(Source(tmp_path / name, name) if text else None)
        found = []
        for engine in Engine:
            out = tmp_path / f"{engine}.csv"
            with compared(sources[0], sources[1], Spec.of(spec), engine=engine, **how) as comparison:
                write_result(comparison, out)
            found.append(list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))))
        return found

    return by_both


def the_same(one: list[dict[str, str]], two: list[dict[str, str]]) -> None:
    """Row by row the same; weights to a thousandth of a bit, as they are written."""
    by_keys = [{(row["left_key"], row["right_key"]): row for row in rows} for rows in (one, two)]
    assert by_keys[0].keys() == by_keys[1].keys()
    for keys, row in by_keys[0].items():
        other = by_keys[1][keys]
        assert (row["decision"], row["rule"], row["detail"]) == (
            other["decision"],
            other["rule"],
            other["detail"],
        )
        assert float(row["match_weight"]) == pytest.approx(float(other["match_weight"]), abs=0.002)


def test_two_lists_one_to_one(both):
    left, right = two_lists()
    duckdb, spark = both(as_csv(left), as_csv(right), CHINESE, one_to_one=True)
    the_same(duckdb, spark)
    assert sum(row["decision"] == "link" for row in spark) >= 290


def test_one_list_in_letters_with_every_kind_of_column(both):
    chance = random.Random(6)
    rows = []
    for n, (_, _, note, _) in enumerate(people(500, 6)):
        row = [
            chance.choice(GIVEN), chance.choice(FAMILY), f"{chance.randint(1, 300)} {chance.choice(STREETS)} STREET",
            chance.choice(SUBURBS), str(chance.randint(100, 9000)), f"04{chance.randint(10**7, 10**8 - 1)}", note,
        ]  # fmt: skip
        rows.append([f"{n}a", *row])
        if n < 150:
            again = [
                value[:-1] + chance.choice("AEINORST") if i == n % 4 else value for i, value in enumerate(row)
            ]
            again[4] = str(int(row[4]) + n % 90)
            again[6] = worn(["x", "2000-01-01", note, ""], chance)[2]
            rows.append([f"{n}b", *again])
    headings = [LETTERS["key"], *(column["column"] for column in LETTERS["columns"])]
    duckdb, spark = both(as_csv(rows, headings), None, LETTERS)
    the_same(duckdb, spark)
    links = {(row["left_key"][:-1], row["right_key"][:-1]) for row in spark if row["decision"] == "link"}
    assert sum(one == two for one, two in links) >= 140
