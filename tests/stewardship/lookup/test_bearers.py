"""The road to the bearers of a name: every person once and in order, however much is gone through, and by index."""

from typing import Any

import pytest
from django.db import connection, transaction
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.clauses import names_meant, run
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


def test_pages_follow_each_other_whatever_is_gone_through(
    county: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_scope(XIHU):
        found = {text: pages(text) for text in TEXTS}
        assert len(found["晓"]) > 3 and found["wx"] != [[]] and found["查无"] == [[]]
        everyone = [one for page in found["晓"] for one in page]
        assert len(everyone) == len(set(everyone)) and len(everyone) == there(county, "晓")
        # Where the first names do not fill a page, all of them are gone through.
        monkeypatch.setattr(bearers, "NAMES_AT_FIRST", 3)
        assert {text: pages(text) for text in TEXTS} == found


def test_filters_narrow_the_county_too(county: Node) -> None:
    county.rows("UPDATE registry_person SET death_date = '2026-01-01' WHERE name = '白晓' RETURNING 1")
    assert len(pages("晓", state="deceased")[0]) == 1
    assert pages("晓", division="330105") == [[]]


def test_how_many_there_may_be_is_told_from_the_names_gone_through(county: Node) -> None:
    with as_scope(XIHU):
        page = find_persons(XIHU, Asked(text="晓"), size=7)
    assert not page.exact and there(county, "晓") / 1.5 < page.estimate < there(county, "晓") * 1.5


def test_a_county_reads_no_row_of_a_namesake_elsewhere(county: Node) -> None:
    """In the role of a clerk: the limits of row-level security are conditions of the index, not a filter behind it."""
    names = names_meant(Asked(text="晓").recognised)
    sql = bearers.BY_NAMES.format(names=names.sql, persons="p.superseded_by IS NULL", after="true")
    with transaction.atomic(), connection.cursor() as cursor:
        # Of few persons any index will do: within this transaction there is no other.
        cursor.execute("UPDATE pg_index SET indisvalid = indexrelid = 'person_name_division'::regclass "
                       "WHERE indrelid = 'registry_person'::regclass")  # fmt: skip
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        with as_scope(XIHU):
            plan = "\n".join(row[0] for row in run(f"EXPLAIN (COSTS off) {sql}", [*names.values, 4000, 31]))
        transaction.set_rollback(True)
    condition = plan.split("Index Scan using person_name_division", 1)[1].split("\n")[1]
    assert "name_key" in condition and "hukou_division_code)::text ~>=~" in condition, plan


def there(county: Node, part: str) -> int:
    return county.value(
        "SELECT count(*) FROM registry_person WHERE name ~ %s AND hukou_division_code = '330106'", part
    )
