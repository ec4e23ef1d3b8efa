"""Finding persons, organisations and places by whatever was typed: the right ones, within the scope, page by page."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.stewardship.lookup import asked
from minzheng.stewardship.lookup.asked import Asked, Cursor
from minzheng.stewardship.lookup.queries import find_organisations, find_persons, find_places

PROVINCE, XIHU, NINGBO = Scope("330000", 3), Scope("330106", 3), Scope("330200", 3)
RARE, RARER = "李𬱖", "赵𤧛"
PEOPLE = [
    ("王晓", "330106"), ("王晓红", "330106"), ("欧阳建国", "330106"), ("单雄信", "330106"), ("买买提·艾力", "330106"),
    (RARE, "330106"), (RARER, "330106"), ("王建", "330203"), ("张䶮", "330106"), ("周建国", "330106"),
]  # fmt: skip
SOCIETY = (
    "社会组织名称", "统一社会信用代码", "社会组织类型", "登记管理机关区划", "成立登记日期", "法定代表人姓名", "状态",
)  # fmt: skip


def names(scope: Scope, text: str, **filters: Any) -> set[str]:
    return {hit.name for hit in find_persons(scope, Asked(text=text, **filters)).hits}


@pytest.fixture
def register(node: Node) -> Node:
    rows = [person(name, serial + 1, 户籍区划=division) for serial, (name, division) in enumerate(PEOPLE)]
    brought = node.bring("persons", people(*rows))
    assert brought.counts[:4] == (len(PEOPLE), len(PEOPLE), 0, len(PEOPLE)), brought.refused
    return node


def test_a_name_is_found_by_whatever_part_of_it_one_knows(register: Node) -> None:
    asked = {
        "王": {"王晓", "王晓红", "王建"}, "晓": {"王晓", "王晓红"}, "建国": {"欧阳建国", "周建国"}, "阳建": {"欧阳建国"},
        "wangxiao": {"王晓", "王晓红"}, "wangx": {"王晓", "王晓红"}, "wx": {"王晓", "王晓红"}, "wxh": {"王晓红"},
        "jianguo": {"欧阳建国", "周建国"}, "xiaoh": {"王晓红"}, "shanxiongxin": {"单雄信"}, "danxiongxin": set(),
        "艾力": {"买买提·艾力"}, "买买提艾": {"买买提·艾力"}, "王红": set(), "wangjianguo": set(),
        # Rare characters, beyond the basic plane too; in the form the other systems write; by their sound.
        "𬱖": {RARE}, "李頔": {RARE}, "lidi": {RARE}, "𤧛": {RARER}, "zhaodi": {RARER}, "zd": {RARER},
        "di": {RARE, RARER}, "䶮": {"张䶮"}, "張": {"张䶮"}, "zhangyan": {"张䶮"},
    }  # fmt: skip
    assert {text: names(PROVINCE, text) for text in asked} == asked


def test_a_scope_and_a_filter_leave_out_the_rest(register: Node) -> None:
    assert names(NINGBO, "wang") == {"王建"}
    assert names(XIHU, "王") == {"王晓", "王晓红"}
    assert names(PROVINCE, "王", division="330203") == {"王建"}
    assert names(XIHU, "王", division="330203") == set()
    assert names(NINGBO, number(1)) == set() and names(XIHU, number(1)) == {"王晓"}
    assert names(PROVINCE, "13800000002") == {"王晓红"}
    with as_scope(NINGBO):  # and the database says the same, when a query forgot
        assert names(PROVINCE, "王") == {"王建"} and names(PROVINCE, number(1)) == set()


def test_states_and_dealings_narrow_the_result(register: Node) -> None:
    marriage = (
        "登记类型", "登记证字号", "登记机关区划", "登记日期",
        "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
    )  # fmt: skip
    couple = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "王晓", number(1), "王晓红", number(2))
    register.bring("marriages", csv_text(marriage, couple))
    register.rows("UPDATE registry_person SET death_date = '2026-01-01' WHERE name = '王建' RETURNING 1")
    assert names(PROVINCE, "王", state="deceased") == {"王建"}
    assert names(PROVINCE, "王", state="alive") == {"王晓", "王晓红"}
    assert names(PROVINCE, "王", business="marriages") == {"王晓", "王晓红"}
    assert names(PROVINCE, "J330106-2020-000001") == {"王晓", "王晓红"}
    since, until = date(2020, 5, 20), date(2020, 5, 19)
    assert names(PROVINCE, "王", business="marriages", since=since) == {"王晓", "王晓红"}
    assert names(PROVINCE, "王", business="marriages", until=until) == set()
    other = Scope("330000", 3, businesses=frozenset({"01"}))
    assert names(other, "王", business="marriages") == set()


def test_pages_neither_repeat_nor_skip_while_rows_arrive(node: Node) -> None:
    """Forty at first; between two pages others come in, before the cursor and behind it."""
    letters = "安白蔡陈邓丁董杜范方冯傅高郭韩何侯胡黄贾江姜蒋金孔雷黎李梁林刘龙卢陆罗吕马毛孟苗"
    first = [person(f"{letter}晓", n + 1) for n, letter in enumerate(letters)]
    node.bring("persons", people(*first))
    page = find_persons(PROVINCE, Asked(text="晓"), size=15)
    seen = [hit.name for hit in page.hits]
    assert not page.exact and 15 < page.estimate <= 80
    node.bring("persons", people(person("艾晓", 901), person("周晓", 903), person("倪晓", 905)))
    while page.next:
        page = find_persons(PROVINCE, Asked(text="晓"), after=Cursor.of(page.next.token()), size=15)
        seen += [hit.name for hit in page.hits]
    assert len(seen) == len(set(seen))
    assert set(seen) == {f"{letter}晓" for letter in letters} | {"周晓", "倪晓"}
    assert page.exact and page.estimate == len(seen)


def test_one_goes_back_by_the_pages_one_came_by(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = "安白蔡陈邓丁董杜范方冯傅高郭韩何侯胡黄贾江"
    node.bring("persons", people(*(person(f"{letter}晓", n + 1) for n, letter in enumerate(letters))))
    pages, after = [], None
    while True:
        pages.append(find_persons(PROVINCE, Asked(text="晓"), after=after, size=4))
        if pages[-1].next is None:
            break
        after = Cursor.of(pages[-1].next.token())
    assert [page.page for page in pages] == [1, 2, 3, 4, 5, 6]
    for place in range(5, 1, -1):
        cursor = pages[place].at
        assert cursor is not None and cursor.previous is not None
        back = find_persons(PROVINCE, Asked(text="晓"), after=Cursor.of(cursor.previous.token()), size=4)
        assert back == pages[place - 1]
    assert pages[1].at is not None and pages[1].at.previous is None and pages[0].at is None
    monkeypatch.setattr(asked, "WAY_BACK", 2)
    kept = Cursor(("a",), 9, 2).following(("b",)).following(("c",)).following(("d",))
    assert kept.before == (("b",), ("c",)) and kept.page == 5


def test_names_are_learnt_once_and_a_batch_of_the_same_adds_none(register: Node) -> None:
    known = register.value("SELECT count(*) FROM lookup_personname")
    assert known == len(PEOPLE)
    register.bring("persons", people(person("王晓", 77), person("王小二", 78)))
    assert register.value("SELECT count(*) FROM lookup_personname") == known + 1
    missing = """SELECT count(*) FROM registry_person p WHERE name_key IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM lookup_personname n WHERE n.name_key = p.name_key)"""
    assert register.value(missing) == 0


def test_the_index_is_what_finds_a_part_of_a_name(register: Node) -> None:
    """Told not to read whole tables the planner must still have a way: none would show as a disabled scan."""
    register.rows("SELECT set_config('enable_seqscan', 'off', false)")
    try:
        plan = register.rows(
            "EXPLAIN SELECT 1 FROM lookup_personname WHERE units @> ARRAY['晓'] AND strpos(name_key, '晓') > 0"
        )
    finally:
        register.rows("SELECT set_config('enable_seqscan', 'on', false)")
    assert "lookup_person_name_units" in str(plan)


def test_organisations_are_found_by_part_pinyin_and_code(node: Node) -> None:
    from tests.stewardship.lookup.societies import bring_societies

    from minzheng.registry.models import Organisation

    code = bring_societies(node)
    both = {"杭州市阳光公益服务中心", "宁波市阳光志愿者协会"}

    def found(scope: Scope, text: str) -> set[str]:
        return {hit.name for hit in find_organisations(scope, Asked(text=text)).hits}

    assert Organisation.objects.count() == 2
    assert found(PROVINCE, "阳光") == both == found(PROVINCE, "yangguang")
    assert found(NINGBO, "阳光") == {"宁波市阳光志愿者协会"} == found(PROVINCE, "ningbo")
    assert found(PROVINCE, code) == {"杭州市阳光公益服务中心"} and found(NINGBO, code) == set()
    with as_scope(NINGBO):
        assert found(PROVINCE, "阳光") == {"宁波市阳光志愿者协会"}


def test_places_are_found_by_name_and_code_within_the_scope(node: Node) -> None:
    from django.utils import timezone

    from minzheng.registry.places import ensure_division_places

    ensure_division_places(at=timezone.now())
    assert [hit.name for hit in find_places(PROVINCE, Asked(text="330106")).hits] == ["西湖区"]
    assert {"西湖区", "南湖区"} <= {hit.name for hit in find_places(PROVINCE, Asked(text="湖区")).hits}
    assert find_places(NINGBO, Asked(text="西湖区")).hits == ()
    first = find_places(PROVINCE, Asked(text="村"))
    assert not first.exact and first.next is not None
    second = find_places(PROVINCE, Asked(text="村"), after=first.next)
    assert not {hit.id for hit in first.hits} & {hit.id for hit in second.hits}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_place")
    with CaptureQueriesContext(connection) as said, as_scope(XIHU):
        find_places(PROVINCE, Asked(text="湖区"))
        plan = node.rows(f"EXPLAIN {said[-1]['sql'].replace('%', '%%')}")
    assert "lookup_place_characters" in str(plan)
