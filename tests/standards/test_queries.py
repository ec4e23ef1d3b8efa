"""What the published standards answer."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from minzheng.standards import queries, services
from minzheng.standards.errors import UnknownStandardError

from .conftest import AT, NATION, PROVINCE

MakePack = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("published")


def test_element_and_data_set() -> None:
    number = queries.element("id_number")
    assert (number.max_length, number.rule, number.sensitive, number.data_level) == (
        18,
        "id_number",
        True,
        "L3",
    )
    people = queries.data_set("people")
    assert [(f.heading, f.element, f.required) for f in people.fields][:2] == [
        ("姓名", "person_name", True),
        ("公民身份号码", "id_number", False),
    ]
    assert people.checks[0].fields == ("公民身份号码", "性别")
    with pytest.raises(UnknownStandardError, match="相近的有: person_name"):
        queries.element("person_nam")


def test_a_lower_layer_narrows_only_where_it_holds(make_pack: MakePack) -> None:
    city = {
        "pack.csv": "key,value\nid,city\nname,市\nlevel,市\ndivision_code,330100\n"
        "version,1\nparent,province\n",
        "elements.csv": NATION["elements.csv"].splitlines()[0] + "\n,person_name,,,,,,,,a..20,,,,1,L4,,,\n",
        "data_set_fields.csv": (
            NATION["data_set_fields.csv"].splitlines()[0]
            + "\npeople,2,公民身份号码,,,1,,证号\npeople,9,得分,score,person,0,0,\n"
        ),
    }
    services.publish(make_pack(city), by="x", at=AT, note="")
    assert queries.element("person_name").max_length == 50
    here = queries.catalogue(division_code="330106")
    name = here.element("person_name")
    assert (name.max_length, name.sensitive, name.data_level, name.name) == (20, True, "L4", "姓名")
    assert (name.pack, name.narrowed_by) == ("nation", ("city",))
    fields = here.data_set("people").fields
    assert [f.heading for f in fields] == ["姓名", "公民身份号码", "性别", "得分"]
    assert (fields[1].required, fields[1].aliases, fields[1].is_key) == (True, ("身份证号", "证号"), True)


def test_spellings_of_the_current_version() -> None:
    spelled = queries.spellings("EDU")
    assert spelled["10"] == spelled["研究生教育"] == spelled["研究生"] == "10"
    assert spelled["专科"] == "30"  # an alias written with a blank
    assert spelled["技工学校"] == spelled["技校"] == "40"  # names of the old version still mean something
    assert "38" not in spelled  # its codes do not: they may be other codes now
    assert queries.spellings("EDU", version="1984")["50"] == "40"


def test_a_column_in_the_old_version_can_be_recognised() -> None:
    (old,) = queries.old_versions("EDU")
    assert (old.version, old.only_here) == ("1984", frozenset({"38", "50"}))
    assert old.mapping == {"10": "10", "38": "30", "50": "40"}


def test_a_spelling_that_could_mean_two_codes_is_left_out(make_pack: MakePack) -> None:
    codes = NATION["codes/SEX@2003.csv"] + "8,男性,,女,,,\n"
    pack = NATION["pack.csv"].replace("version,1", "version,2")
    services.publish(
        make_pack(NATION, {"codes/SEX@2003.csv": codes, "pack.csv": pack}), by="x", at=AT, note=""
    )
    spelled = queries.spellings("SEX")
    assert "男性" not in spelled
    assert "女" not in spelled
    assert spelled["女性"] == "2"


def test_labels_also_of_old_codes() -> None:
    assert queries.label("EDU", "30") == "专科教育"
    assert queries.label("EDU", "38") == "相当大专"
    assert queries.label("EDU", "77") == "77"
    assert [code.code for code in queries.codes("EDU")] == ["10", "11", "30", "40"]
    with pytest.raises(UnknownStandardError, match="没有版本“1999”"):
        queries.codes("EDU", version="1999")


def test_parameter_most_specific_then_latest(make_pack: MakePack) -> None:
    rows = NATION["parameters.csv"].splitlines()[0] + (
        "\nallowance.fen,标准,60000,分/月,330000,2020-01-01,2021-01-01,x,confirmed,"
        "\nallowance.fen,标准,70000,分/月,330000,2021-01-01,,x,confirmed,"
        "\nallowance.fen,标准,80000,分/月,330100,2021-01-01,,x,confirmed,\n"
    )
    pack = PROVINCE["pack.csv"].replace("version,1", "version,2")
    services.publish(make_pack(PROVINCE, {"parameters.csv": rows, "pack.csv": pack}), by="x", at=AT, note="")

    def value(division_code: str, on: date) -> str:
        return queries.parameter("allowance.fen", division_code=division_code, on=on).value

    assert value("440000", date(2022, 1, 1)) == "50000"
    assert value("330300", date(2020, 5, 1)) == "60000"
    assert value("330300", date(2021, 1, 1)) == "70000"
    assert value("330106", date(2021, 1, 1)) == "80000"
    assert value("330106", date(2020, 12, 31)) == "60000"
    with pytest.raises(UnknownStandardError, match="没有有效的规定"):
        value("330106", date(2019, 1, 1))
    with pytest.raises(UnknownStandardError, match=r"相近的有: allowance\.fen"):
        queries.parameter("allowance.fe", division_code="330000", on=date(2021, 1, 1))


def test_divisions_with_their_history() -> None:
    counties = queries.divisions(level="county", under="330100")
    assert {c.name for c in counties} == {"上城区", "西湖区", "萧山区", "临安区", "钱塘区"}
    before = {c.name for c in queries.divisions(level="county", under="330100", on=date(2016, 1, 1))}
    assert before == {"上城区", "江干区", "西湖区", "萧山区", "临安市"}
    assert queries.divisions(level="township", under="330383") == []
    assert queries.division_name("330106002051") == "浙江省杭州市西湖区北山街道上保社区居委会"


def test_the_township_level_may_be_missing() -> None:
    children = queries.division_tree().children("330383")
    assert [child.name for child in children] == ["金钗河社区"]
    assert queries.division_name("330383198001") == "浙江省温州市龙港市金钗河社区"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330106", "330106"),
        ("330106000000", "330106"),
        ("330106000", "330106"),
        ("330104", "330104"),
        ("浙江省杭州市西湖区", "330106"),
        ("杭州市西湖区", "330106"),
        ("西湖区", "330106"),
        ("西湖", "330106"),
        ("浙江杭州西湖区", "330106"),
        ("浙江省杭州市江干区", "330104"),
        ("临安市", "330185"),
        ("临安", "330112"),
        ("杭州市西湖区北山街道", "330106002"),
        ("北山街道", "330106002"),
        ("浙江省杭州市西湖区北山街道上保社区", "330106002051"),
        ("温州市龙港市金钗河社区", "330383198001"),
        ("330106002000", "330106002"),
        ("杭州", "330100"),
    ],
)
def test_ways_to_write_a_division(text: str, code: str) -> None:
    assert queries.division_spellings()[text] == code


@pytest.mark.parametrize(
    ("code", "from_on", "to_on", "expected"),
    [
        (
            "330104",
            date(2020, 1, 1),
            date(2022, 1, 1),
            [("330102", "其余"), ("330114", "下沙街道、白杨街道")],
        ),
        ("330185", date(2015, 1, 1), date(2022, 1, 1), [("330112", "全部")]),
        ("330185", date(2022, 1, 1), date(2022, 2, 1), [("330112", "全部")]),
        ("330112", date(2022, 1, 1), date(2015, 1, 1), [("330185", "全部")]),
        ("330109", date(2020, 1, 1), date(2022, 1, 1), [("330114", "河庄街道"), ("330109", "其余")]),
        (
            "330114",
            date(2022, 1, 1),
            date(2020, 1, 1),
            [("330104", "下沙街道、白杨街道"), ("330109", "河庄街道")],
        ),
        ("330102", date(2022, 1, 1), date(2020, 1, 1), [("330104", "原江干区其余"), ("330102", "原上城区")]),
        ("330106", date(2015, 1, 1), date(2022, 1, 1), [("330106", "全部")]),
        ("330112001", date(2022, 1, 1), date(2022, 3, 1), [("330112001", "全部")]),
        (
            "330104999",
            date(2020, 1, 1),
            date(2022, 1, 1),
            [("330102", "其余"), ("330114", "下沙街道、白杨街道")],
        ),
    ],
)
def test_mapping_between_days(code: str, from_on: date, to_on: date, expected: list[tuple[str, str]]) -> None:
    assert [
        (part.code, part.share) for part in queries.map_division(code, from_on=from_on, to_on=to_on)
    ] == expected


def test_unknown_division() -> None:
    with pytest.raises(UnknownStandardError, match="没有区划代码“449999”"):
        queries.map_division("449999", from_on=date(2020, 1, 1), to_on=date(2022, 1, 1))


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("西湖", None, "330106"),
        ("xihuqu", None, "330106"),
        ("xhq", None, "330106"),
        ("330106", None, "330106"),
        ("杭州市西湖区", "division", "330106"),
        ("gmsf", None, "id_number"),
        ("身份号码", None, "id_number"),
        ("EDU", None, "EDU"),
        ("nvxing", "code", "SEX:2"),
        ("低保", "time_limit", "低保.公示"),
        ("shenfenhaoma", None, "id_number"),
    ],
)
def test_search(text: str, kind: str | None, key: str) -> None:
    assert key in [hit.key for hit in queries.search(text, kind)][:3]


def test_search_finds_nothing_for_nothing_and_takes_signs_as_they_are() -> None:
    assert queries.search("  ") == []
    assert queries.search("%") == []
    assert queries.search("_") == []


def test_answers_follow_a_new_edition(make_pack: MakePack) -> None:
    assert queries.label("SEX", "9") == "未说明"
    codes = NATION["codes/SEX@2003.csv"].replace("未说明", "未说明的性别")
    pack = NATION["pack.csv"].replace("version,1", "version,2")
    services.publish(
        make_pack(NATION, {"codes/SEX@2003.csv": codes, "pack.csv": pack}), by="x", at=AT, note=""
    )
    assert queries.label("SEX", "9") == "未说明的性别"
