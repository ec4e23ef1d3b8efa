"""The commands as a script sees them: exit codes, one line on failure, JSON, the database that was named."""

import csv
import json
import subprocess

from tests.exchange.numbers import PERSON, number, people, person
from tests.node import Apart, MakeApart

REPORT = {
    "batch", "feed", "read", "accepted", "quarantined", "created", "updated", "unchanged", "review", "seconds", "rows_per_s"
}  # fmt: skip


def failed(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """One line in Chinese on standard error and a code that is not 0."""
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("错误: "), line
    assert all(word in line for word in words), line


def test_a_file_brought_in_reported_returned_and_refused(make_apart: MakeApart) -> None:
    node = make_apart()
    path = node.home.parent / "底册.csv"
    path.write_text(people(person(), person("李敏", 2, 性别="男")), encoding="utf-8")
    report = node.json("bring-in", "persons", path, "--source", "某局")
    assert set(report) >= REPORT
    assert [report[n] for n in ("feed", "read", "accepted", "quarantined", "created")] == [
        "persons",
        2,
        1,
        1,
        1,
    ]
    assert report["source"] == "某局" and report["stage"] == "finished"
    with node.connect() as connection:
        assert connection.execute("SELECT name FROM registry_person").fetchall() == [("王晓",)]
    assert not (node.home / "postgres").exists()  # the database named is used, none of our own is started

    again = node.run("bring-in", "persons", path, "--source", "某局")
    assert again.returncode == 0
    assert "读取 2  接收 1  隔离 1  新增 0  更新 0  未变 1  待核 0" in again.stdout
    assert "没有任何变化" in again.stdout

    out = node.home.parent / "隔离行.csv"
    assert node.json("quarantine", report["batch"], "--out", out)["rows"] == 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == [*PERSON, "隔离行号", "隔离原因"]
    assert row["公民身份号码"] == number(2) and "性别" in row["隔离原因"] and row["隔离行号"] == "2"

    path.write_text("姓名,性别\n王晓,男\n", encoding="utf-8")
    refused = node.run("bring-in", "persons", path, "--json")
    failed(refused, "没有写入任何数据", "户籍区划")
    assert json.loads(refused.stdout)["stage"] == "refused"
    assert_lists(node)


def assert_lists(node: Apart) -> None:
    assert [row["stage"] for row in node.json("batches")] == ["refused", "finished", "finished"]


def test_what_cannot_be_done_is_said_in_one_line(make_apart: MakeApart) -> None:
    node = make_apart()
    path = node.home.parent / "底册.csv"
    path.write_text(people(person()), encoding="utf-8")
    failed(node.run("bring-in", "weather", path), "没有数据集 weather", "persons(人口底册)")
    failed(
        node.run("quarantine", "no-such-batch", "--out", path.with_suffix(".out")), "没有批次 no-such-batch"
    )
    assert not path.with_suffix(".out").exists()
