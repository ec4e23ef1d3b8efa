"""Quality rules of a pack: whole in themselves, and never asking less than the layer above."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng.standards.diff import diff
from minzheng.standards.lint import lint
from minzheng.standards.packs import Finding, read_pack

from .conftest import AT, NATION, PROVINCE

MakePack = Callable[..., Path]
HEAD = "data_set,rule_id,dimension,fields,rule,arguments,weight,target,message\n"
RULES = HEAD + (
    "people,q.1,规范性,*,valid_format,,2,99,写法不对\n"
    "people,q.2,一致性,公民身份号码;性别,id_number_matches_sex,,3,99.5,性别与号码不一致\n"
    "people,q.3,时效性,,arrives_within,days=40,1,,逾期\n"
    "people,q.4,准确性,性别,within,min=0;max=9,1,,不在范围\n"
)
NATION_WITH_RULES = NATION | {"quality_rules.csv": RULES}


def errors(findings: list[Finding]) -> list[tuple[str, int, str, str]]:
    return [(f.file, f.line, f.column, f.message) for f in findings if f.severity == "error"]


def test_sound_rules_have_no_faults(make_pack: MakePack) -> None:
    assert errors(lint(read_pack(make_pack(NATION_WITH_RULES)))) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "said"),
    [
        ("people,q.1", "peoples,q.1", 2, "data_set", "“peoples”不存在"),
        ("规范性", "美观性", 2, "dimension", "不在允许值之内"),
        ("号码;性别", "号码;身高", 3, "fields", "没有列“身高”"),
        ("公民身份号码;性别", "性别", 3, "fields", "须写 2 列"),
        ("*,valid_format", ",valid_format", 2, "fields", "须写明列"),
        (",arrives_within", "姓名,arrives_within", 4, "fields", "列应为空"),
        ("valid_format", "is_nice", 2, "rule", "质量规则“is_nice”不存在"),
        ("days=40", "hours=4", 4, "arguments", "参数“hours=4”不可用"),
        ("days=40", "days=soon", 4, "arguments", "名称=数值"),
        ("days=40", "", 4, "arguments", "须写参数: days"),
        (",,2,99,", ",,0,99,", 2, "weight", "1 至 100"),
        (",,2,99,", ",,2,101,", 2, "target", "百分数"),
        ("q.2", "q.1", 3, "rule_id", "重复, 首见于 quality_rules.csv:2"),
        (",,2,99,写法不对", ",,2,99,", 2, "message", "提示语不能为空"),
    ],
)
def test_broken_in_itself(make_pack: MakePack, old: str, new: str, line: int, column: str, said: str) -> None:
    assert old in RULES
    found = errors(lint(read_pack(make_pack(NATION, {"quality_rules.csv": RULES.replace(old, new, 1)}))))
    assert any(f[:3] == ("quality_rules.csv", line, column) and said in f[3] for f in found), found


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("people,q.1,完整性,,,,,,", "dimension", "在上级为“规范性”"),
        ("people,q.1,,姓名,,,,,", "fields", "下级不能改"),
        ("people,q.1,,,present,,,,", "rule", "下级不能改"),
        ("people,q.1,,,,,1,,", "weight", "下级不能降为 1"),
        ("people,q.1,,,,,,98.9,", "target", "下级不能降为 98.9%"),
        ("people,q.3,,,,days=41,,,", "arguments", "下级不能放宽为“days=41”"),
        ("people,q.4,,,,min=-1;max=9,,,", "arguments", "下级不能放宽为“min=-1”"),
        ("people,q.4,,,,min=1,,,", "arguments", "下级不能去掉"),
    ],
)
def test_a_lower_layer_never_loosens(make_pack: MakePack, row: str, column: str, said: str) -> None:
    nation = read_pack(make_pack(NATION_WITH_RULES))
    found = errors(lint(read_pack(make_pack(PROVINCE, {"quality_rules.csv": f"{HEAD}{row}\n"})), [nation]))
    assert any(f[:3] == ("quality_rules.csv", 2, column) and said in f[3] for f in found), found


@pytest.mark.parametrize(
    "row",
    [
        "people,q.1,,,,,3,99.9,",
        "people,q.3,,,,days=30,,100,",
        "people,q.4,,,,min=1;max=8,,,",
        "people,s.1,唯一性,公民身份号码,unique,,1,,重复",
    ],
)
def test_a_lower_layer_may_add_and_tighten(make_pack: MakePack, row: str) -> None:
    nation = read_pack(make_pack(NATION_WITH_RULES))
    pack = read_pack(make_pack(PROVINCE, {"quality_rules.csv": f"{HEAD}{row}\n"}))
    assert errors(lint(pack, [nation])) == []


def test_what_is_published_is_merged_and_a_change_is_shown(db: None, make_pack: MakePack, settings) -> None:
    from minzheng.standards import models, queries, services

    settings.NODE_DIVISION_CODE = "330000"
    models.Pack.objects.update(published=None)
    services.publish(make_pack(NATION_WITH_RULES), by="张三", at=AT, note="")
    lower = {"quality_rules.csv": f"{HEAD}people,q.3,,,,days=30,,100,\n"}
    services.publish(make_pack(PROVINCE, lower), by="张三", at=AT, note="")
    rules = {rule.rule_id: rule for rule in queries.data_set("people").quality}
    assert list(rules) == ["q.1", "q.2", "q.3", "q.4"]
    assert (rules["q.3"].arguments["days"], rules["q.3"].target, rules["q.3"].weight) == (30, 100, 1)
    assert rules["q.3"].narrowed_by == ("province",)
    before, after = read_pack(make_pack(PROVINCE)), read_pack(make_pack(PROVINCE, lower))
    (change,) = diff(before, after)
    assert (change.kind, change.key, change.action) == ("quality_rules", "people / q.3", "added")
