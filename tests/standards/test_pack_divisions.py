"""The province's division tree, its history and its areas, as committed (行政区划数据)."""

import json
import math
from collections import Counter
from itertools import pairwise

import pytest
from tests.standards.pack_csv import PACKS, rows

TREE = "zhejiang/divisions/divisions.csv"
CHANGES = "zhejiang/divisions/changes.csv"
MINISTRY = "zhejiang/divisions/townships_mca.csv"
DIGITS = {"province": 6, "city": 6, "county": 6, "township": 9, "village": 12}
ABOLISHED = {
    "330103", "330104", "330183", "330185", "330204", "330283", "330322", "330621", "330682", "331021",
}  # fmt: skip

Ring = list[list[float]]


def current(level: str) -> list[dict[str, str]]:
    return [row for row in rows(TREE) if row["level"] == level and not row["effective_to"]]


def counties_on(day: str) -> set[str]:
    return {
        row["code"]
        for row in rows(TREE)
        if row["level"] == "county"
        and row["effective_from"] <= day
        and (not row["effective_to"] or day < row["effective_to"])
    }


def test_the_tree_has_every_division_once() -> None:
    found = {level: [row["code"] for row in current(level)] for level in DIGITS}
    assert {level: len(codes) for level, codes in found.items()} == {
        "province": 1, "city": 11, "county": 90, "township": 1387, "village": 25547,
    }  # fmt: skip
    for level, codes in found.items():
        assert len(set(codes)) == len(codes)
        assert {len(code) for code in codes} == {DIGITS[level]}


def test_every_parent_stands_in_the_tree_and_begins_the_code() -> None:
    codes = {row["code"] for row in rows(TREE)}
    for row in rows(TREE):
        if row["level"] == "province":
            assert row["parent_code"] == ""
        else:
            assert row["parent_code"] in codes
            assert row["code"].startswith(row["parent_code"].rstrip("0") or "33")


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        ("county", {"市辖区": 37, "县级市": 20, "县": 32, "自治县": 1}),
        (
            "township",
            {"街道": 488, "镇": 618, "乡": 244, "民族乡": 14, "类似乡级": 22, "虚拟(市直辖村级)": 1},
        ),
        ("village", {"居委会": 5716, "村委会": 19708, "类似居委会": 71, "类似村委会": 52}),
    ],
)
def test_kinds(level: str, kinds: dict[str, int]) -> None:
    assert Counter(row["kind"] for row in current(level)) == kinds


def test_villages_by_city() -> None:
    wanted = {
        "3301": 3320, "3302": 3042, "3303": 3685, "3304": 1202, "3305": 1301, "3306": 2168,
        "3307": 3300, "3308": 1664, "3309": 428, "3310": 3429, "3311": 2008,
    }  # fmt: skip
    assert Counter(row["code"][:4] for row in current("village")) == wanted


def test_longgang_has_only_the_pseudo_township() -> None:
    below = [row for row in current("township") if row["parent_code"] == "330383"]
    assert [row["kind"] for row in below] == ["虚拟(市直辖村级)"]


@pytest.mark.parametrize(
    ("day", "count"),
    [("2013-01-01", 90), ("2014-01-01", 90), ("2015-12-31", 90), ("2016-12-31", 89), ("2018-12-31", 89),
     ("2019-12-31", 90), ("2020-12-31", 90), ("2021-04-08", 90), ("2021-04-09", 90), ("2026-01-01", 90)],
)  # fmt: skip
def test_counties_on_a_day(day: str, count: int) -> None:
    assert len(counties_on(day)) == count


def test_abolished_counties_stay_with_the_day_they_ended() -> None:
    ended = {row["code"] for row in rows(TREE) if row["effective_to"] and row["level"] == "county"} - {
        r["code"] for r in current("county")
    }
    assert ended == ABOLISHED


def test_stretches_of_a_code_follow_each_other() -> None:
    stretches: dict[str, list[tuple[str, str]]] = {}
    for row in rows(TREE):
        stretches.setdefault(row["code"], []).append((row["effective_from"], row["effective_to"]))
    for code, spans in stretches.items():
        for (_, ended), (began, _) in pairwise(spans):
            assert ended, code
            assert ended == began, code


def test_every_end_and_beginning_has_a_change() -> None:
    left = {(row["from_code"], row["changed_on"]) for row in rows(CHANGES)}
    reached = {(row["to_code"], row["changed_on"]) for row in rows(CHANGES)}
    for row in rows(TREE):
        assert not row["effective_to"] or (row["code"][:6], row["effective_to"]) in left, row["name"]
        assert not row["effective_from"] or (row["code"], row["effective_from"]) in reached, row["name"]


def test_changes_join_what_was_before_to_what_is_after() -> None:
    for row in rows(CHANGES):
        day = row["changed_on"]
        before = counties_on(f"{int(day[:4]) - 1}-12-31")
        assert row["from_code"] in before, row
        assert row["to_code"] in counties_on(day), row
        assert row["legal_basis"], row


def test_townships_that_lost_their_code_stand_in_the_county_they_went_to() -> None:
    ended = [row for row in rows(TREE) if row["level"] == "township" and row["effective_to"]]
    assert len(ended) == 49
    now = {(row["parent_code"], row["name"]) for row in current("township")}
    for row in ended:
        goes = [
            c
            for c in rows(CHANGES)
            if c["from_code"] == row["parent_code"] and c["changed_on"] == row["effective_to"]
        ]
        named = [c["to_code"] for c in goes if row["name"] in c["share"].split("、")]
        to = named or [c["to_code"] for c in goes if c["share"] in ("全部", "其余")]
        assert len(to) == 1, row
        assert (to[0], row["name"]) in now or to[0] == "330383", row  # which has no townships


def test_splits_name_the_part_that_went() -> None:
    for code in ("330110", "330104", "330621", "330327"):
        shares = [row["share"] for row in rows(CHANGES) if row["from_code"] == code]
        assert len(shares) == 2, code
        assert "全部" not in shares, code
        assert sum(share == "其余" for share in shares) == 1, code


def test_the_ministrys_townships() -> None:
    listed = rows(MINISTRY)
    assert len(listed) == 1362
    now = [row for row in listed if row["status"] == "现行"]
    assert Counter(row["kind"] for row in now) == {"镇": 621, "街道": 489, "乡": 235, "民族乡": 14}


def test_the_ministrys_townships_are_joined_to_the_tree_once() -> None:
    townships = {row["code"]: row for row in current("township")}
    joined = [row for row in rows(MINISTRY) if row["nbs_code"]]
    assert len({row["nbs_code"] for row in joined}) == len(joined)
    for row in joined:
        assert townships[row["nbs_code"]]["parent_code"] == row["county_code"]
        assert (townships[row["nbs_code"]]["name"] == row["name"]) == (row["match"] != "代码一致")
    unmatched = [row for row in rows(MINISTRY) if not row["nbs_code"]]
    assert {row["match"] for row in unmatched} == {"未匹配"}
    assert len([row for row in unmatched if row["status"] == "现行"]) == 8


def areas() -> dict[str, list[list[Ring]]]:
    document = json.loads((PACKS / "zhejiang/divisions/boundaries.geojson").read_text(encoding="utf-8"))
    return {f["properties"]["code"]: f["geometry"]["coordinates"] for f in document["features"]}


def inside(point: tuple[float, float], polygons: list[list[Ring]]) -> bool:
    x, y = point
    odd = False
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                odd = not odd
    return odd


def square_km(ring: Ring) -> float:
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
    middle = sum(y for _, y in ring) / len(ring)
    return abs(twice) / 2 * 111.32**2 * math.cos(math.radians(middle))


def test_every_city_and_county_has_an_area() -> None:
    assert set(areas()) == {row["code"] for level in ("city", "county") for row in current(level)}
    for polygons in areas().values():
        for ring in (ring for polygon in polygons for ring in polygon):
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert all(118 < x < 123 and 27 < y < 31.3 for x, y in ring)
            assert all(round(number, 5) == number for corner in ring for number in corner)


def test_the_areas_make_the_province() -> None:
    total = sum(
        square_km(polygon[0]) for code, area in areas().items() if code[4:] != "00" for polygon in area
    )
    assert 102_000 < total < 106_500  # official 105,500 square kilometres with islands left out here


def test_areas_do_not_overlap_and_lie_in_their_city() -> None:
    by_code = areas()
    hits = 0
    for column in range(118 * 8, 123 * 8):
        for line in range(27 * 8, 32 * 8):
            point = (column / 8 + 0.0123, line / 8 + 0.0171)
            found = [code for code, polygons in by_code.items() if inside(point, polygons)]
            counties = [code for code in found if code[4:] != "00"]
            assert len(counties) <= 1, (point, counties)
            if counties:
                hits += 1
                assert counties[0][:4] + "00" in found
    assert hits > 500
