"""Tokens kept as bits measure what lists of tokens would."""

import re
from itertools import combinations
from statistics import mean

from tests.stewardship.compare.lists import people

from minzheng.stewardship.compare.prepare import BITS, FEWEST_WORDS, MOST_WORDS, prepare
from minzheng.stewardship.compare.spec import Spec
from minzheng.stewardship.compare.workbench import workbench

SPEC = Spec.of({"columns": {"住址": "address", "说明": "text"}})


def prepared(rows: list[tuple[str, str]]):
    """(words a column's map has, the maps of every row, how many bits it says are set) by column."""
    with workbench() as (db, _):
        db.execute("CREATE TABLE raw_left (row_no INTEGER, c0 VARCHAR, c1 VARCHAR)")
        db.executemany("INSERT INTO raw_left VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
        found = {}
        for feature in prepare(db, SPEC, [{"住址": 0, "说明": 1}]):
            columns = ", ".join([f"{feature.name}_k", *feature.maps])
            read = db.execute(f"SELECT {columns} FROM left_side ORDER BY unique_id").fetchall()
            maps = [sum(word << (BITS * i) for i, word in enumerate(row[1:])) for row in read]
            found[feature.column.left] = feature.words, maps, [row[0] for row in read]
        return found


def tokens(value: str) -> set[str]:
    """What the bits stand for: runs of digits and letters, and every two characters that stand together."""
    runs = re.findall("[^0-9A-Z]+", value)
    return set(re.findall("[0-9A-Z]+", value)) | {run[i : i + 2] for run in runs for i in range(len(run) - 1)}


def test_the_share_of_bits_is_the_share_of_tokens(home):
    places = [person[2] for person in people(60, 17)]
    words, maps, counts = prepared([(place, "无事") for place in places])["住址"]
    assert words >= FEWEST_WORDS and counts == [one.bit_count() for one in maps]
    wrong = []
    for i, j in combinations(range(len(places)), 2):
        one, two = tokens(places[i]), tokens(places[j])
        exact = 2 * len(one & two) / (len(one) + len(two))
        wrong.append(2 * (maps[i] & maps[j]).bit_count() / (counts[i] + counts[j]) - exact)
    assert max(map(abs, wrong)) <= 0.2 and abs(mean(wrong)) <= 0.04


def test_a_value_too_short_for_tokens_is_like_no_other(home):
    _, maps, counts = prepared([("某路1号", "甲"), ("某路2号", "乙"), ("某路3号", "")])["说明"]
    assert maps == [0, 0, 0] and counts == [None, None, None]


def test_long_texts_have_longer_maps(home):
    long = [
        ("某路1号", "".join(chr(0x4E00 + (n * 997 + i * 131) % 20000) for i in range(300))) for n in range(5)
    ]
    words, maps, _ = prepared(long)["说明"]
    assert words == MOST_WORDS
    shares = [2 * (a & b).bit_count() / (a.bit_count() + b.bit_count()) for a, b in combinations(maps, 2)]
    assert max(shares) < 0.5  # nothing in common, and far from looking half the same
