"""What a pack may not do: be broken in itself, or redefine or loosen what stands above it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng.standards.lint import lint
from minzheng.standards.packs import Finding, read_pack

from .conftest import NATION, PROVINCE

MakePack = Callable[..., Path]
ELEMENTS = NATION["elements.csv"].splitlines()[0] + "\n"
FIELDS = NATION["data_set_fields.csv"].splitlines()[0] + "\n"
LIMITS = NATION["time_limits.csv"].splitlines()[0] + "\n"
TABLES = NATION["code_tables.csv"].splitlines()[0] + "\n"
CODES = "code,name,parent,aliases,note,effective_from,effective_to\n"


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def test_sound_packs_have_no_faults(make_pack: MakePack) -> None:
    nation = read_pack(make_pack(NATION))
    assert lint(nation) == []
    assert lint(read_pack(make_pack(PROVINCE)), [nation]) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "column", "said"),
    [
        ("code_tables.csv", "SEX,性别", "SEXX,性别", 0, "", "没有在 code_tables.csv 登记"),
        ("code_tables.csv", "1984-10-01,2006-10-01", "1984-10-01,", 3, "effective_from", "重叠"),
        ("codes/SEX@2003.csv", "2,女性", "1,女性", 3, "code", "重复, 首见于 codes/SEX@2003.csv:2"),
        ("codes/EDU@2006.csv", "11,博士毕业,10", "11,博士毕业,19", 3, "parent", "上级代码“19”不存在"),
        ("code_mappings/EDU@1984__2006.csv", "38,30", "38,31", 3, "to_code", "新代码“31”不在"),
        ("elements.csv", "C,n1,SEX", "C,n1,SEXX", 4, "value_domain", "不是已有的代码表"),
        ("elements.csv", "an18,,id_number", "an18,,id_no", 3, "rule", "校验规则“id_no”不存在"),
        ("elements.csv", "C,a..50", "C,a..", 2, "format", "缺少最大长度"),
        ("elements.csv", "ZJ002B,id_number", "ZJ001B,id_number", 3, "id", "内部标识符“ZJ001B”重复"),
        ("elements.csv", "C,an18", "X,an18", 3, "data_type", "不在允许值之内"),
        ("data_set_fields.csv", "性别,sex_code", "性别,sexcode", 4, "element", "数据元“sexcode”不存在"),
        (
            "data_set_fields.csv",
            "sex_code,person,0,0,",
            "sex_code,person,0,0,名字",
            4,
            "aliases",
            "已指“姓名”",
        ),
        ("data_set_checks.csv", "号码;性别", "号码;出生", 2, "fields", "没有列"),
        ("data_set_checks.csv", "id_number_matches_sex", "matches", 2, "rule", "校验规则“matches”不存在"),
        ("parameters.csv", "to_check", "", 2, "confidence", "核实情况不能为空"),
        ("time_limits.csv", "15,WD", "15,XX", 2, "unit", "单位“XX”"),
        ("time_limits.csv", "15,WD", "十五,WD", 2, "length", "不为负的整数"),
        ("time_limits.csv", "03-31", "02-30", 5, "length", "MM-DD"),
        (
            "time_limits.csv",
            "2014-11-01,,某条例第11条",
            "2014-11-01,2014-01-01,x",
            2,
            "effective_to",
            "不晚于",
        ),
        ("pack.csv", "level,部", "level,国", 4, "level", "应为"),
    ],
)
def test_broken_in_itself(
    make_pack: MakePack, path: str, old: str, new: str, line: int, column: str, said: str
) -> None:
    assert old in NATION[path]
    findings = errors(lint(read_pack(make_pack(NATION, {path: NATION[path].replace(old, new, 1)}))))
    assert any(f.line == line and f.column == column and said in f.message for f in findings), findings


@pytest.mark.parametrize(
    ("old", "new", "column", "said"),
    [
        ("330106,西湖区,county,330100", "330106,西湖区,county,330900", "parent_code", "不在区划表内"),
        ("330106,西湖区,county,330100", "330106,西湖区,county,330300", "parent_code", "不是 330106 的上级"),
        ("330106,西湖区,county", "330106,西湖区,city", "level", "应为 county"),
        ("330106,西湖区", "440106,西湖区", "code", "不在本标准包的区划"),
        (
            "330114,钱塘区,county,330100,市辖区,2021-04-09",
            "330104,钱塘区,county,330100,市辖区,2020-01-01",
            "effective_from",
            "重叠",
        ),
    ],
)
def test_broken_tree(make_pack: MakePack, old: str, new: str, column: str, said: str) -> None:
    path = "divisions/divisions.csv"
    pack = read_pack(make_pack(PROVINCE, {path: PROVINCE[path].replace(old, new, 1)}))
    findings = errors(lint(pack, [read_pack(make_pack(NATION))]))
    assert any(f.file == path and f.column == column and said in f.message for f in findings), findings


REFUSED = {
    "rename an element": (
        {"elements.csv": ELEMENTS + ",sex_code,性别代码,,,,,,,,,,,,,,,\n"},
        "name",
        "不能改为",
    ),
    "another type": ({"elements.csv": ELEMENTS + ",sex_code,,,,,,,N,,,,,,,,,\n"}, "data_type", "不能改为"),
    "longer": ({"elements.csv": ELEMENTS + ",person_name,,,,,,,,a..80,,,,,,,,\n"}, "format", "宽于上级"),
    "not sensitive": ({"elements.csv": ELEMENTS + ",id_number,,,,,,,,,,,,0,,,,\n"}, "sensitive", "不能取消"),
    "lower level": ({"elements.csv": ELEMENTS + ",id_number,,,,,,,,,,,,,L1,,,\n"}, "data_level", "不能降为"),
    "other rule": ({"elements.csv": ELEMENTS + ",id_number,,,,,,,,,,uscc,,,,,,\n"}, "rule", "不能改为“uscc”"),
    "wider range": (
        {"elements.csv": ELEMENTS + ",score,,,,,,,,,0..150,,,,,,,\n"},
        "value_domain",
        "宽于上级",
    ),
    "other domain": (
        {"elements.csv": ELEMENTS + ",sex_code,,,,,,,,,EDU,,,,,,,\n"},
        "value_domain",
        "超出上级",
    ),
    "owned above": (
        {"elements.csv": ELEMENTS + "ZJ9S,local,本地,,,,,,C,a..5,,,,0,L1,部,,1\n"},
        "owner_level",
        "归属层级不能是“部”",
    ),
    "redefine a code": ({"codes/SEX@2003.csv": CODES + "1,雄性,,,,,\n"}, "name", "不能重新定义"),
    "own version": (
        {
            "code_tables.csv": TABLES + "SEX,性别代码,GB 2,2025,,,,,,,\n",
            "codes/SEX@2025.csv": CODES + "1,男性,,,,,\n",
        },
        "version",
        "不能另立版本",
    ),
    "field not required": (
        {"data_set_fields.csv": FIELDS + "people,1,姓名,,,0,,\n"},
        "required",
        "不能改为选填",
    ),
    "other element": (
        {"data_set_fields.csv": FIELDS + "people,1,姓名,id_number,,,,\n"},
        "element",
        "不能改为“id_number”",
    ),
    "milder check": (
        {"data_set_checks.csv": "data_set,check_id,fields,rule,severity,message\npeople,p.1,,,warn,\n"},
        "severity",
        "不能放宽",
    ),
    "longer limit": (
        {"time_limits.csv": LIMITS + "低保.审核,20,WD,,,330000,,,x,confirmed,\n"},
        "length",
        "只能缩短",
    ),
    "months for days": (
        {"time_limits.csv": LIMITS + "低保.公示,1,M,,,330000,,,x,confirmed,\n"},
        "length",
        "只能缩短",
    ),
    "elsewhere": (
        {"time_limits.csv": LIMITS + "低保.审核,5,WD,,,440000,,,x,confirmed,\n"},
        "division_code",
        "不在",
    ),
    "nowhere": (
        {"time_limits.csv": LIMITS + "低保.审核,5,WD,,,,,,x,confirmed,\n"},
        "division_code",
        "须写明适用区划",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_lower_layer_never_redefines_or_loosens(make_pack: MakePack, name: str) -> None:
    files, column, said = REFUSED[name]
    findings = errors(lint(read_pack(make_pack(PROVINCE, files)), [read_pack(make_pack(NATION))]))
    assert any(f.line == 2 and f.column == column and said in f.message for f in findings), findings


ALLOWED = {
    "shorter": {"elements.csv": ELEMENTS + ",person_name,,,,,,,,a..20,,,,1,L4,,,\n"},
    "tighter range": {"elements.csv": ELEMENTS + ",score,,,,,,,,,10..90,,,,,,,\n"},
    "subset of codes": {
        "code_tables.csv": TABLES + "SEX2,两性,,1,,,,项目,,,\n",
        "codes/SEX2@1.csv": CODES + "1,男性,,,,,\n2,女性,,,,,\n",
        "elements.csv": ELEMENTS + ",sex_code,,,,,,,,,SEX2,,,,,,,\n",
    },
    "a code more": {"codes/SEX@2003.csv": CODES + "8,其他,,,,,\n"},
    "an element more": {"elements.csv": ELEMENTS + "ZJ9S,local,本地,,,,,,C,a..5,,,,0,L1,省,,1\n"},
    "required": {"data_set_fields.csv": FIELDS + "people,2,公民身份号码,,,1,,证号\n"},
    "stricter check": {
        "data_set_checks.csv": "data_set,check_id,fields,rule,severity,message\npeople,p.1,,,refuse,\n"
    },
    "shorter limit": {"time_limits.csv": LIMITS + "低保.审核,10,WD,,,330000,,,x,confirmed,\n"},
    "days for workdays": {"time_limits.csv": LIMITS + "低保.审核,15,CD,,,330000,,,x,confirmed,\n"},
    "days below a month": {"time_limits.csv": LIMITS + "低保.公示,5,CD,,,330000,,,x,confirmed,\n"},
}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_lower_layer_may_add_and_narrow(make_pack: MakePack, name: str) -> None:
    pack = read_pack(make_pack(PROVINCE, ALLOWED[name]))
    assert errors(lint(pack, [read_pack(make_pack(NATION))])) == []


def test_fewer_days_of_notice_are_pointed_out(make_pack: MakePack) -> None:
    files = {"time_limits.csv": LIMITS + "募捐.备案,7,CD,,before,330000,,,x,confirmed,\n"}
    findings = lint(read_pack(make_pack(PROVINCE, files)), [read_pack(make_pack(NATION))])
    assert [(f.severity, f.column) for f in findings] == [("warning", "length")]
