"""The catalogue: the standard's word, found by name, code and pinyin; a node's own settings with their history."""

import csv
import io
from typing import Any

import pytest
from django.utils import timezone
from tests.node import Node

from minzheng.exchange import figures
from minzheng.exchange.figures import DataSetFigure
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.models import AuditEntry
from minzheng.stewardship.resources import services
from minzheng.stewardship.resources.exporting import HEADINGS, write_catalogue
from minzheng.stewardship.resources.models import ResourceSetting
from minzheng.stewardship.resources.queries.catalogue import items, resource, resources
from minzheng.stewardship.resources.queries.settings import setting_history
from minzheng.stewardship.resources.terms import Punctuality

PROVINCE = Scope("330000", 3)


def found(**asked: str) -> set[str]:
    return {one.spec.key for one in resources(PROVINCE, at=timezone.now(), **asked)}


def test_every_data_set_says_who_provides_it_and_how_it_is_shared(node: Node) -> None:
    for one in resources(PROVINCE, at=timezone.now()):
        spec = one.spec
        assert (
            spec.summary
            and spec.provider
            and spec.data_format
            and spec.share_method_labels
            and spec.issued_on
        )
        assert one.business and one.share and one.opened and one.cycle and spec.share_basis
        assert spec.share_condition or spec.share_type != "2"
        assert not spec.confirmed, "no provider has confirmed the defaults"
        assert one.standing.state == Punctuality.ABSENT and one.last_at is None


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("婚姻", {"marriages"}),
        ("marriages", {"marriages"}),
        ("hunyindengji", {"marriages"}),
        ("hydj", {"marriages"}),
        ("HYDJ", {"marriages"}),
        ("殡仪馆", {"cremations"}),
        ("dibaozhenghao", {"allowances"}),  # an item of information
        ("没有这个", set()),
    ],
)
def test_it_is_found_by_name_key_and_pinyin(node: Node, text: str, keys: set[str]) -> None:
    assert found(text=text) == keys


def test_it_is_narrowed_by_business_and_share_type(node: Node) -> None:
    assert found(business="05") == {"marriages"}
    assert found(share="1") == {"societies"}
    assert found(share="1", business="05") == set()


def test_items_carry_their_value_domains(node: Node) -> None:
    by_heading = {item.heading: item for item in items(PROVINCE, "persons")}
    sex, place, name = by_heading["性别"], by_heading["户籍区划"], by_heading["姓名"]
    assert (sex.domain_kind, sex.domain, sex.domain_label) == ("table", "GBT2261.1", "人的性别代码")
    assert (place.domain_kind, place.domain_label) == ("division", "行政区划")
    assert (name.domain_kind, name.required, name.max_length) == ("", True, 50)


def test_what_others_tell_of_a_data_set_is_shown(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_told", {})
    figures.tell_figures("quality", lambda _: {"persons": DataSetFigure("质量", "98.5", "/quality/", "ok")})
    one = resource(PROVINCE, "persons", at=timezone.now())
    other = resource(PROVINCE, "marriages", at=timezone.now())
    assert one is not None and [figure.text for figure in one.figures] == ["98.5"]
    assert other is not None and other.figures == []


def keep(by: Any, key: str = "persons", source: str = "", **values: Any) -> Any:
    expected = values.pop("expected", True)
    return services.set_resource(
        key=key, source=source, values=values, expected=expected, by=by, at=timezone.now()
    )


def test_a_setting_is_kept_with_those_before_it(node: Node, make_user: Any) -> None:
    admin = make_user("admin", "administrator")
    assert keep(
        admin, owner_office="省大数据中心", owner_contact="李明", owner_phone="0571-88880000", cycle_code="3"
    )
    assert keep(admin, owner_office="省民政厅信息中心", cycle_code="3")
    assert keep(admin, owner_office=" 省民政厅信息中心 ", cycle_code="3") is None, "nothing changed"
    one = resource(PROVINCE, "persons", at=timezone.now())
    assert one is not None and one.provider == "省民政厅信息中心"
    assert (one.cycle, one.cycle_in_standard, one.cycle_is_own) == ("每周", "每月", True)
    assert [(h.owner_office, h.recorded_to is None) for h in setting_history(PROVINCE, "persons")] == [
        ("省民政厅信息中心", True), ("省大数据中心", False),
    ]  # fmt: skip
    acts = AuditEntry.objects.filter(action="resources.set").order_by("id")
    assert [act.detail["changed"] for act in acts] == [
        ["cycle_code", "owner_contact", "owner_office", "owner_phone"],
        ["owner_contact", "owner_office", "owner_phone"],
    ]


def test_only_this_nodes_administrator_sets_and_only_what_makes_sense(node: Node, make_user: Any) -> None:
    admin, clerk = make_user("admin", "administrator"), make_user("clerk", "data_officer")
    city = make_user("city", "administrator", division="330100")
    for by in (clerk, city):
        with pytest.raises(services.SettingError, match="系统管理员"):
            keep(by, owner_office="甲")
    for wrong, said in (
        ({"cycle_code": "77"}, "不在代码表"),
        ({"owner_phone": "1" * 33}, "不能超过 32 字"),
        ({"key": "none"}, "没有数据集"),
        ({"source": "某来源", "owner_office": "甲"}, "来源只能设定"),
    ):
        with pytest.raises(services.SettingError, match=said):
            keep(admin, **wrong)
    assert not ResourceSetting.objects.exists()


def test_the_catalogue_goes_out_as_a_table_and_runs_no_formula(node: Node, make_user: Any) -> None:
    admin = make_user("admin", "administrator")
    keep(admin, owner_contact="=1+1", owner_phone="+86 571")
    lines = io.StringIO()
    everything = resources(PROVINCE, at=timezone.now())
    count = write_catalogue(PROVINCE, everything, lines, by=admin, at=timezone.now())
    head, *rows, last = csv.reader(io.StringIO(lines.getvalue()))
    assert tuple(head) == HEADINGS and len(rows) == count == sum(len(one.spec.fields) for one in everything)
    first = dict(zip(head, rows[0], strict=True))
    assert (first["信息资源名称"], first["信息项名称"], first["共享类型"], first["核实情况"]) == (
        "人口底册", "姓名", "受限共享", "待核",
    )  # fmt: skip
    assert (first["联系人"], first["联系电话"]) == ("'=1+1", "'+86 571")
    assert last[0].startswith("admin员 于 ")
    assert AuditEntry.objects.filter(action="resources.export").count() == 1
