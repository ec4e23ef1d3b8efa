"""The two roads to the bearers of a name: the same persons in the same order, whichever is taken, and the county's by index."""

from typing import Any

import pytest
from django.db import connection
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.clauses import run
from minzheng.stewardship.lookup.queries import bearers, find_persons

XIHU = Scope("330106", 3)
LETTERS = "安白蔡陈邓丁董杜范方冯傅高郭韩何侯胡黄贾江姜蒋金孔雷黎李梁林刘龙卢陆罗吕马毛孟苗"
OTHERS = ("王晓", "晓王", "王晓红", "欧阳晓", "单晓明", "买买提·晓", "Wang Xiao", "小晓", "晓晓", "王建国")
TEXTS = (
    "晓",
    "王",
    "王晓",
    "xiao",
    "wangxiao",
    "wx",
    "xx",
    "wxh",
    "xia",
    "阳晓",
    "提晓",
    "wang",
    "shan",
    "dan",
    "建",
    "查无",
)


@pytest.fixture
def county(node: Node) -> Node:
    """Two thirds in the county, the same names beyond it, some twice."""
    names = [f"{letter}晓" for letter in LETTERS] + list(OTHERS) + list(OTHERS[:4])
    rows = [
        person(name, serial + 1, 户籍区划="330203" if serial % 3 == 0 else "330106")
        for serial, name in enumerate(names)
    ]
    assert node.bring("persons", people(*rows)).counts[3] == len(names)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_person; ANALYZE lookup_personname")
    return node


def pages(text: str, **filters: Any) -> list[list[object]]:
    found, after = [], None
    while True:
        page = find_persons(XIHU, Asked(text=text, **filters), after=after, size=7)
        found.append([hit.id for hit in page.hits])
        if (after := page.next) is None:
            return found


def test_both_roads_give_the_same_pages(county: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_scope(XIHU):
        by_names = {text: pages(text) for text in TEXTS}
        assert len(by_names["晓"]) > 3 and by_names["wx"] != [[]] and by_names["查无"] == [[]]
        monkeypatch.setattr(bearers, "FEW_NAMES", 0)
        taken: list[str] = []
        road = bearers._by_county
        monkeypatch.setattr(bearers, "_by_county", lambda *said: taken.append(said[2]) or road(*said))
        assert {text: pages(text) for text in TEXTS} == by_names
        assert "330106" in taken
        # Where the county's first persons do not fill a page, the list of names is asked after all.
        monkeypatch.setattr(bearers, "BY_COUNTY", bearers.BY_COUNTY.replace("LIMIT 5000", "LIMIT 9"))
        assert {text: pages(text) for text in TEXTS} == by_names


def test_filters_narrow_the_county_too(county: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    county.rows("UPDATE registry_person SET death_date = '2026-01-01' WHERE name = '白晓' RETURNING 1")
    monkeypatch.setattr(bearers, "FEW_NAMES", 0)
    assert len(pages("晓", state="deceased")[0]) == 1
    assert pages("晓", division="330105") == [[]]


def test_how_many_there_may_be_is_told_from_statistics(county: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearers, "FEW_NAMES", 0)
    with as_scope(XIHU):
        page = find_persons(XIHU, Asked(text="晓"), size=7)
    there = county.value(
        "SELECT count(*) FROM registry_person WHERE name ~ '晓' AND hukou_division_code = '330106'"
    )
    assert not page.exact and there / 1.5 < page.estimate < there * 1.5


def test_a_county_is_read_in_the_order_of_its_index(county: Node) -> None:
    """In the role of a clerk, whose limits the planner knows nothing of: no sort of the county, no scan of the register."""
    sql = bearers.BY_COUNTY.format(bearers="true", persons="true", after="true")
    explained = "EXPLAIN " + sql
    with as_scope(XIHU):
        plan = str(bearers._run_in_order(explained, ["330106", "", 31]))
        assert run("SHOW enable_sort", []) == [("on",)]
    assert "Index Scan using lookup_county_order" in plan and 'Index Cond: (("left"' in plan
    assert "Incremental Sort" in plan and "Disabled" not in plan
