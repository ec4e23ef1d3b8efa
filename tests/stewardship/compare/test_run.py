"""Comparing lists whose truth is known: links, duplicates, one-to-one, numbers, what can't be read or would be run."""

import csv
import io
import json
import random
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from tests.stewardship.compare.lists import HEADINGS, as_csv, people, two_lists, worn

from minzheng.exchange.errors import FileRefusedError
from minzheng.stewardship.compare.deciding import probability
from minzheng.stewardship.compare.model import spark_document
from minzheng.stewardship.compare.run import Source, compared
from minzheng.stewardship.compare.spec import Spec
from minzheng.stewardship.compare.writing import write_result

SPEC = {"key": "编号", "columns": {"姓名": "name", "出生日期": "date", "住址": "address", "性别": "category"}}


def written(folder: Path, name: str, text: str | bytes) -> Source:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Source(path, name)


def result(folder: Path, left: Source, right: Source | None, spec: dict, **how):
    """(rows of the result, the comparison's own account of itself)."""
    out = folder / "result.csv"
    steps: list[float] = []
    with compared(
        left, right, Spec.of(spec), progress=lambda _step, share: steps.append(share), **how
    ) as found:
        count = write_result(found, out)
        account = {
            "rules": [r.pairs for r in found.rules],
            "counts": found.counts(),
            "model": found.model,
            "skipped": found.skipped,
        }
    assert steps == sorted(steps) and steps[-1] == 1.0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert len(rows) == count == sum(account["counts"].values())
    return rows, account


@pytest.fixture(scope="module")
def linked(tmp_path_factory, request):
    """Two lists of 900 and 600, 300 persons in both; GB18030 and XLSX. One comparison serves several tests."""
    from django.conf import settings

    folder = tmp_path_factory.mktemp("lists")
    former, settings.HOME = settings.HOME, folder
    left, right = two_lists()
    book = openpyxl.Workbook()
    for row in [HEADINGS, *right]:
        book.active.append(row)
    book.save(folder / "right.xlsx")
    try:
        yield result(
            folder, written(folder, "left.csv", as_csv(left).encode("gb18030")), Source(folder / "right.xlsx", "right.xlsx"),
            SPEC, one_to_one=True,
        )  # fmt: skip
    finally:
        settings.HOME = former


def test_the_same_people_are_found_without_numbers(linked):
    rows, _ = linked
    links = [(row["left_key"][1:], row["right_key"][1:]) for row in rows if row["decision"] == "link"]
    right = sum(one == two for one, two in links)
    assert right / len(links) >= 0.99
    assert right / 300 >= 0.97


def test_one_to_one_takes_nobody_twice(linked):
    rows, _ = linked
    for side in ("left_key", "right_key"):
        assert max(Counter(row[side] for row in rows).values()) == 1


def test_a_row_says_how_sure_it_is_and_why(linked):
    rows, _ = linked
    for row in rows:
        assert probability(float(row["match_weight"])) == pytest.approx(float(row["probability"]), abs=2e-3)
        assert row["rule"] == "模型" and "姓名" in row["detail"]
    details = " ".join(row["detail"] for row in rows)
    assert "读音相同" in details and "月日颠倒" in details
    weights = [float(row["match_weight"]) for row in rows if row["decision"] == "link"]
    assert weights == sorted(weights, reverse=True)


def test_work_stays_in_proportion_to_the_rows(linked):
    _, account = linked
    assert (
        sum(account["rules"]) < 900 * 600
    )  # a small list may be looked at from every side, never all by all
    assert all(pairs <= 100_000 for pairs in account["rules"])


def test_the_model_speaks_spark_too(linked):
    _, account = linked
    text = json.dumps(spark_document(account["model"]))
    assert "bit_count(" in text and "jaro_winkler_similarity(" not in text
    levels = [level for one in account["model"]["comparisons"] for level in one["comparison_levels"]]
    assert all(
        0 < level["m_probability"] <= 1 and 0 < level["u_probability"] <= 1
        for level in levels
        if not level.get("is_null_level")
    )


def test_duplicates_within_one_list_are_found_and_grouped(home, tmp_path):
    chance = random.Random(8)
    first = people(400, 8)
    rows = [[f"{n}a", *person] for n, person in enumerate(first)]
    rows += [[f"{n}b", *worn(first[n], chance)] for n in range(80)] + [
        [f"{n}c", *worn(first[n], chance)] for n in range(20)
    ]
    found, _ = result(tmp_path, written(tmp_path, "list.csv", as_csv(rows)), None, SPEC)
    links = [row for row in found if row["decision"] == "link"]
    right = sum(row["left_key"][:-1] == row["right_key"][:-1] for row in links)
    truth = 80 + 2 * 20
    assert right / len(links) >= 0.98 and right / truth >= 0.95
    groups = {
        row["left_key"][:-1]: row["group"] for row in links if row["left_key"][:-1] == row["right_key"][:-1]
    }
    assert len(set(groups.values())) == len(groups)


NUMBERS = ["330199199003074414", "330199199105123424", "33019919880101001X"]


def test_numbers_alone_are_compared_by_rule(home, tmp_path):
    left = as_csv([["=1+1", NUMBERS[0]], ["@b", NUMBERS[1].lower()], ["-c", ""]], ("编号", "身份证"))
    right = as_csv([["r1", f" {NUMBERS[0]}"], ["r2", NUMBERS[2]], ["r3", ""]], ("编号", "证件号码"))
    spec = {"key": "编号", "columns": [{"left": "身份证", "right": "证件号码", "kind": "id"}]}
    rows, _ = result(tmp_path, written(tmp_path, "l.csv", left), written(tmp_path, "r.csv", right), spec)
    assert [(row["left_key"], row["right_key"], row["rule"], row["decision"]) for row in rows] == [
        ("'=1+1", "r1", "号码相同", "link")  # and no spreadsheet runs it
    ]


def test_the_same_number_under_another_name_is_looked_at_never_linked(home, tmp_path):
    persons = people(300, 11)
    number = [f"33010619{50 + n % 50}{1 + n % 9:02d}{1 + n % 28:02d}{n:04d}" for n in range(300)]
    left = [[f"L{n}", *person, number[n]] for n, person in enumerate(persons)]
    right = [[f"R{n}", *person, number[n]] for n, person in enumerate(persons[:200])]
    right[5][1:5] = ["欧阳一二", "1911-11-11", "宁波市鄞州区某村 9 号", "女"]
    spec = {"key": "编号", "columns": SPEC["columns"] | {"号码": "id"}}
    headings = (*HEADINGS, "号码")
    rows, _ = result(
        tmp_path,
        written(tmp_path, "l.csv", as_csv(left, headings)),
        written(tmp_path, "r.csv", as_csv(right, headings)),
        spec,
    )
    by_right = {row["right_key"]: row for row in rows if row["left_key"][1:] == row["right_key"][1:]}
    assert by_right["R5"]["decision"] == "review"
    assert {by_right[f"R{n}"]["decision"] for n in range(200) if n != 5} == {"link"}
    assert {by_right[f"R{n}"]["rule"] for n in range(200)} == {"号码相同"}


def test_lists_with_nobody_in_common_are_not_linked(home, tmp_path):
    left = [[f"L{n}", *person] for n, person in enumerate(people(500, 21))]
    right = [[f"R{n}", *person] for n, person in enumerate(people(400, 22))]
    rows, _ = result(
        tmp_path, written(tmp_path, "l.csv", as_csv(left)), written(tmp_path, "r.csv", as_csv(right)), SPEC
    )
    assert sum(row["decision"] == "link" for row in rows) <= 4


def test_rows_of_the_wrong_width_are_told_and_the_rest_is_compared(home, tmp_path):
    rows = [[f"{n}", *person] for n, person in enumerate(people(60, 3))]
    text = as_csv([*rows, ["dup", *rows[7][1:]]]) + "x,y,z,1,2,3,4,5\n"
    found, account = result(tmp_path, written(tmp_path, "list.csv", text), None, SPEC)
    assert account["skipped"] == {"left": [62]}
    assert ("7", "dup") in {(row["left_key"], row["right_key"]) for row in found if row["decision"] == "link"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "l.csv: 文件为空"),
        ("编号,姓名,住址\n1,王晓,某路\n".encode(), "l.csv: 缺少必需的列: 出生日期、性别"),
        (b"PK\x03\x04 broken", "损坏"),
        ((",".join(HEADINGS) + "\n").encode(), "没有数据行"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_one_line(home, tmp_path, content, said):
    with pytest.raises(FileRefusedError, match=said) as refused:
        result(tmp_path, written(tmp_path, "l.csv", content), None, SPEC)
    assert "\n" not in str(refused.value)
