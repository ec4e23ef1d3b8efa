"""The sample's words are the standard's: headings of the data sets, codes and labels of the code tables."""

import csv
from pathlib import Path

import pytest

from minzheng_sample import codes
from minzheng_sample.command import find_pack
from minzheng_sample.feeds import allowances, cremations, marriages, persons, societies

NATIONAL = find_pack().parents[2] / "national"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(name: str) -> dict[str, str]:
    """Every code, name and alias of a code table, to its code."""
    found: dict[str, str] = {}
    for row in table(NATIONAL / "codes" / f"{name}.csv"):
        for word in (row["code"], row["name"], *row["aliases"].split(";")):
            found.setdefault(word, row["code"])
    return found


@pytest.mark.parametrize(
    "feed", [allowances, cremations, marriages, persons, societies], ids=lambda m: m.__name__[22:]
)
def test_headings_are_those_of_the_data_set(feed) -> None:
    name = feed.__name__.rpartition(".")[2]
    fields = [row for row in table(NATIONAL / "data_set_fields.csv") if row["data_set"] == name]
    assert [row["heading"] for row in sorted(fields, key=lambda row: int(row["position"]))] == feed.HEADINGS


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("GBT2261.1@2003", list(codes.SEX["code"].values()), list(codes.SEX["label"].values())),
        ("GBT3304@1991", codes.ETHNIC, codes.ETHNIC_LABELS),
        ("GBT2261.2@2003", codes.MARITAL, codes.MARITAL_LABELS),
        ("GBT4658@2006", codes.EDUCATION, codes.EDUCATION_LABELS),
        ("GBT4761@2008", [f"{code:02d}" for code in codes.RELATIONS], list(codes.RELATIONS.values())),
    ],
)
def test_labels_mean_their_codes(name: str, code: list[str], label: list[str]) -> None:
    known = words(name)
    assert [known.get(word) for word in label] == code
    assert set(code) <= set(known.values())


def test_old_education_codes_and_other_words_are_known() -> None:
    assert set(codes.EDUCATION_1984) <= set(words("GBT4658@1984").values())
    assert set(marriages.KINDS) <= set(words("MARRIAGE_REGISTRATION_KIND@1"))
    assert set(societies.TYPES) <= set(words("ORG_TYPE@1"))
    assert set(societies.STATES) <= set(words("ORG_STATUS@1"))
