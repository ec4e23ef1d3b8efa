"""The packs that come with the product: sound, and right where the facts are known."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from minzheng.standards import queries, services
from minzheng.standards.due import due
from minzheng.standards.lint import lint
from minzheng.standards.packs import Pack, read_pack
from minzheng.standards.terms import LEVELS

PACKS = [path.parent for path in sorted(Path(django_settings.PACKS_DIR).rglob("pack.csv"))]


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Published into a node that had none or others; taken back after the last test here."""
    with django_db_blocker.unblock(), transaction.atomic():
        services.publish_shipped_packs()
        yield
        transaction.set_rollback(True)


def above(packs: dict[str, Pack], pack: Pack) -> list[Pack]:
    upper = packs.get(pack.parent)
    return [*above(packs, upper), upper] if upper else []


def test_every_layer_keeps_within_those_above() -> None:
    packs = {pack.id: pack for pack in map(read_pack, PACKS)}
    assert {"national", "zhejiang"} <= packs.keys()
    for pack in sorted(packs.values(), key=lambda pack: LEVELS.index(pack.level)):
        assert [str(f) for f in lint(pack, above(packs, pack)) if f.severity == "error"] == []


def test_published_from_nothing(shipped: None) -> None:
    assert [layer.level for layer in queries.layers()][:2] == ["部", "省"]
    assert services.publish_shipped_packs() == []


def test_the_tree_of_the_province(shipped: None) -> None:
    counts = {
        level: len(queries.divisions(level=level)) for level in ("province", "city", "county", "village")
    }
    assert counts == {"province": 1, "city": 11, "county": 90, "village": 25547}
    assert [len(queries.divisions(level="county", on=date(year, 7, 1))) for year in (2014, 2017, 2020)] == [
        90,
        89,
        90,
    ]
    spelled = queries.division_spellings()
    assert spelled["浙江省杭州市西湖区"] == spelled["西湖区"] == "330106"
    assert spelled["330103"] == spelled["杭州市下城区"] == "330103"
    assert all(child.level == "village" for child in queries.division_tree().children("330383"))


def test_every_abolished_county_is_mapped_to_today(shipped: None) -> None:
    today, past = date(2026, 1, 1), date(2013, 1, 1)
    codes = {spec.code for spec in queries.divisions(level="county", on=past)}
    now = {spec.code for spec in queries.divisions(level="county", on=today)}
    for code in codes:
        parts = queries.map_division(code, from_on=past, to_on=today)
        assert parts, code
        assert {part.code for part in parts} <= now


def test_the_1984_education_codes_are_mapped_whole(shipped: None) -> None:
    (old,) = queries.old_versions("GBT4658")
    assert set(old.mapping) == {code.code for code in queries.codes("GBT4658", version="1984")}
    assert "59" in old.only_here
    assert queries.spellings("GBT4658")["大专"] in {code.code for code in queries.codes("GBT4658")}


def test_limits_of_the_appendix(shipped: None) -> None:
    found = due("低保.乡镇调查初审", start=date(2025, 9, 25), division_code="330106")
    assert (found.due, found.confidence_label) == (date(2025, 10, 22), "已核")
    assert due("离婚.冷静期", start=date(2025, 1, 1), division_code="330106").due == date(2025, 2, 5)


def test_every_limit_can_be_counted(shipped: None) -> None:
    for limit in queries.rulebook().time_limits():
        start = limit.effective_from or date(2024, 1, 1)
        found = due(limit.step, start=start, division_code=limit.division_code or "330000")
        assert found.counted
        assert found.due is not None or limit.unit == "hour"


def test_every_element_of_a_data_set_is_known(shipped: None) -> None:
    for data_set in queries.data_sets():
        for field in data_set.fields:
            element = queries.element(field.element)
            if element.value_domain and element.value_domain != "division":
                assert queries.codes(element.value_domain)
