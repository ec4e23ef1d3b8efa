"""The committed packs: whole, consistent and as the issue and the standards say (标准包文件)."""

import csv
import importlib.util
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.standards.pack_csv import LAYERS, PACKS, ROOT, codes, labels, layered, rows

HEADINGS = {
    "persons": "姓名* 公民身份号码 性别 出生日期 民族 户籍区划* 户籍地址 现居地址 联系电话 婚姻状况 文化程度 "
    "与户主关系 户主公民身份号码",
    "marriages": "登记类型* 登记证字号* 登记机关区划* 登记日期* 男方姓名* 男方公民身份号码* 女方姓名* "
    "女方公民身份号码*",
    "allowances": "低保证号* 户主姓名* 户主公民身份号码* 成员姓名* 成员公民身份号码 与户主关系 属地区划* "
    "月保障金额(元)* 发放月份* 银行卡号",
    "cremations": "火化证号* 殡仪馆* 逝者姓名* 逝者公民身份号码 性别 死亡日期* 火化日期* 户籍地址 经办人姓名 "
    "经办人联系电话",
    "societies": "名称* 统一社会信用代码* 类型* 登记机关区划* 业务范围 法定代表人* 法定代表人公民身份号码 "
    "成立登记日期* 注册资金(万元) 住所 状态*",
}


def pack_files() -> list[Path]:
    return sorted(path for path in PACKS.rglob("*.csv"))


def described_columns() -> dict[str, str]:
    """File name (with codes and mappings by folder) to its columns, from the format's description."""
    text = (ROOT / "docs/reference/packs.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([^`]+\.csv)` \| `([^`]+)`", text, flags=re.MULTILINE))


@pytest.mark.parametrize("path", pack_files(), ids=lambda path: str(path.relative_to(PACKS)))
def test_a_file_has_the_described_columns_and_plain_form(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert "\ufeff" not in text
    assert "://" not in text, "a fact's source is named, not linked"
    name = path.relative_to(PACKS).as_posix()
    name = next(name.removeprefix(f"{layer}/") for layer in reversed(LAYERS) if name.startswith(f"{layer}/"))
    name = re.sub(r"^codes/.*", "codes/<table_id>@<version>.csv", name)
    name = re.sub(r"^code_mappings/.*", "code_mappings/<table_id>@<from>__<to>.csv", name)
    header, *body = csv.reader(text.splitlines())
    assert header == described_columns()[name].split(",")
    assert {len(cells) for cells in body} <= {len(header)}
    assert all(cell == cell.strip() for cells in body for cell in cells)


def test_the_layers_hang_together() -> None:
    heads = [{row["key"]: row["value"] for row in rows(f"{layer}/pack.csv")} for layer in LAYERS]
    assert [head["level"] for head in heads] == ["部", "省", "市"]
    assert [head["division_code"] for head in heads] == ["", "330000", "330100"]
    assert [head["parent"] for head in heads] == ["", "national", "zhejiang"]
    assert tuple(head["id"] for head in heads) == LAYERS


# Code tables


def test_every_table_version_has_a_file_and_every_file_a_table() -> None:
    named = {f"{row['table_id']}@{row['version']}" for row in layered("code_tables.csv")}
    assert named == {path.stem for layer in LAYERS for path in (PACKS / layer / "codes").glob("*.csv")}
    assert len(named) >= 30


@pytest.mark.parametrize("path", sorted((PACKS / "national/codes").glob("*.csv")), ids=lambda path: path.stem)
def test_codes_are_unique_and_no_spelling_means_two(path: Path) -> None:
    listed = rows(path.relative_to(PACKS).as_posix())
    known = {row["code"] for row in listed}
    assert len(known) == len(listed)
    assert {row["parent"] for row in listed} <= known | {""}
    spellings = [label for row in listed for label in (row["name"], *filter(None, row["aliases"].split(";")))]
    assert [label for label, times in Counter(spellings).items() if times > 1] == []
    assert not (known & set(spellings)), "a spelling must not look like another code"


@pytest.mark.parametrize(
    ("table", "said", "code"),
    [
        ("GBT2261.1@2003", "男", "1"), ("GBT2261.1@2003", "M", "1"), ("GBT2261.1@2003", "女性", "2"),
        ("GBT2261.2@2003", "有配偶", "20"), ("GBT2261.2@2003", "离异", "40"),
        ("GBT3304@1991", "汉", "01"), ("GBT3304@1991", "畲族", "22"), ("GBT3304@1991", "SH", "22"),
        ("GBT4658@2006", "大专", "30"), ("GBT4658@2006", "中专", "40"), ("GBT4658@2006", "文盲", "90"),
        ("GBT4658@1984", "技校", "50"), ("GBT4761@2008", "户主", "02"), ("GBT4761@2008", "老婆", "12"),
        ("GBT4761@2008", "儿子", "20"), ("GBT4761@2008", "长子", "22"), ("GBT4761@1984-1", "配偶", "1"),
        ("ORG_TYPE@1", "社团", "1"), ("ORG_TYPE@1", "民办非企业单位", "2"),
        ("ORG_TYPE@1", "社会服务机构", "2"),
        ("ORG_STATUS@1", "已注销", "2"), ("MARRIAGE_REGISTRATION_KIND@1", "结婚登记", "11"),
        ("MARRIAGE_REGISTRATION_KIND@1", "BL", "32"), ("DISASTER_KIND@2020", "台风", "03"),
    ],
)  # fmt: skip
def test_what_older_systems_send_is_understood(table: str, said: str, code: str) -> None:
    assert labels(table)[said] == code


@pytest.mark.parametrize(
    ("table", "count"),
    [("GBT3304@1991", 58), ("GBT4762@1984", 13), ("BUSINESS_DOMAIN@1", 27), ("DISASTER_KIND@2020", 15),
     ("ORG_FIELD@1", 14), ("MILITARY_DISABILITY@2024", 29), ("GBT26341-class@2010", 7),
     ("GBT4761@1984-1", 9)],
)  # fmt: skip
def test_tables_are_whole(table: str, count: int) -> None:
    assert len(codes(table)) == count


def test_the_twelve_place_classes_have_five_digit_codes_below() -> None:
    classes = {code for code, row in codes("PLACE_CLASS@1").items() if not row["parent"]}
    assert classes == {f"{number:02d}" for number in range(1, 13)}
    below = [row for row in codes("PLACE_CLASS@1").values() if row["parent"]]
    assert {row["parent"] for row in below} == classes
    assert all(re.fullmatch(r"\d{5}", row["code"]) for row in below)


@pytest.mark.parametrize(
    "path", sorted((PACKS / "national/code_mappings").glob("*.csv")), ids=lambda p: p.stem
)
def test_a_mapping_takes_every_old_code_to_one_that_exists(path: Path) -> None:
    table, old, new = re.fullmatch(r"(.+)@(.+)__(.+)", path.stem).groups()  # type: ignore[union-attr]
    pairs = rows(path.relative_to(PACKS).as_posix())
    assert Counter(row["from_code"] for row in pairs) == Counter(list(codes(f"{table}@{old}")))
    assert {row["to_code"] for row in pairs} <= set(codes(f"{table}@{new}"))


# Elements and data sets


def test_elements_are_named_by_their_rule_and_point_at_what_exists() -> None:
    elements = layered("elements.csv")
    added = [row for row in elements if row["id"]]
    assert len([row for row in added if row["owner_level"] == "部"]) >= 80
    assert len({row["id"] for row in added}) == len(added) == len({row["key"] for row in added})
    letters = {"部": "B", "省": "S", "市": "D", "县": "X"}
    domains = {row["code"] for row in rows("national/codes/BUSINESS_DOMAIN@1.csv")} | {"00"}
    tables = {row["table_id"] for row in layered("code_tables.csv")} | {"division", ""}
    for row in added:
        match = re.fullmatch(r"ZJ(\d\d)(\d\d)\d{3}([BSDX])", row["id"])
        assert match, row["id"]
        assert match[1] in domains
        assert "01" <= match[2] <= "10"
        assert match[3] == letters[row["owner_level"]]
        assert row["data_level"] in {"L1", "L2", "L3", "L4"}
    assert {row["value_domain"] for row in elements} <= tables


def test_what_is_most_sensitive_is_marked_so() -> None:
    by_key = {row["key"]: row for row in rows("national/elements.csv")}
    for key in ("bank_account", "health_status_code", "military_disability_code", "financial_assets_fen"):
        assert by_key[key]["data_level"] == "L4", key
    for key in ("citizen_id_number", "phone", "hukou_address", "residence_address", "bank_account"):
        assert by_key[key]["sensitive"] == "1", key
    for row in by_key.values():
        assert row["sensitive"] == "0" or row["data_level"] in {"L3", "L4"}, row["key"]
        assert (row["data_type"] == "M") == row["key"].endswith("_fen"), row["key"]


@pytest.mark.parametrize("data_set", HEADINGS)
def test_a_data_set_has_exactly_the_agreed_headings(data_set: str) -> None:
    fields = [row for row in rows("national/data_set_fields.csv") if row["data_set"] == data_set]
    assert " ".join(row["heading"] + "*" * (row["required"] == "1") for row in fields) == HEADINGS[data_set]
    assert [int(row["position"]) for row in fields] == list(range(1, len(fields) + 1))
    spellings = [name for row in fields for name in (row["heading"], *row["aliases"].split(";"))]
    assert [name for name, times in Counter(spellings).items() if times > 1] == []
    assert {row["element"] for row in fields} <= {row["key"] for row in rows("national/elements.csv")}
    assert any(row["is_key"] == "1" for row in fields)
    columns = [(row["role"], row["element"]) for row in fields]
    assert len(set(columns)) == len(columns), "role and element together name a column"


def test_headings_with_a_unit_come_with_either_parentheses() -> None:
    with_unit = [row for row in rows("national/data_set_fields.csv") if "(" in row["heading"]]
    assert len(with_unit) == 2
    for row in with_unit:
        assert row["heading"].replace("(", "（").replace(")", "）") in row["aliases"].split(";")


def test_checks_speak_of_headings_that_are_there() -> None:
    headings = {(row["data_set"], row["heading"]) for row in rows("national/data_set_fields.csv")}
    checks = rows("national/data_set_checks.csv")
    assert len({row["check_id"] for row in checks}) == len(checks)
    for row in checks:
        assert {(row["data_set"], name) for name in row["fields"].split(";")} <= headings
        assert row["message"]


def test_societies_are_open_and_persons_are_not() -> None:
    for row in rows("national/data_sets.csv"):
        assert (row["share_type"], row["open_type"]) == (
            ("1", "1") if row["key"] == "societies" else ("2", "3")
        )


# Characters in names


def test_a_variant_never_joins_two_standard_characters() -> None:
    variants = rows("national/name_variants.csv")
    found = {row["variant"]: row["standard"] for row in variants}
    assert len(found) == len(variants) > 3000
    assert all(len(variant) == len(standard) == 1 for variant, standard in found.items())
    assert not set(found) & set(found.values())
    assert {found[char] for char in "峯陳華楊黃"} == set("峰陈华杨黄")
    assert not set(found) & set("喆哲昇升淼堃邨犇甯昊於乾徵后云里")


def test_the_sources_name_the_versions_the_tools_fetch() -> None:
    spec = importlib.util.spec_from_file_location("pack_sources", ROOT / "tools/packs/sources.py")
    assert spec and spec.loader
    tools: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tools)
    said = (PACKS / "SOURCES.md").read_text(encoding="utf-8")
    for name, (_, version, _) in tools.PACKAGES.items():
        assert re.search(rf"^\| {name} .*⟳ \| {re.escape(version)}[;, ]", said, re.MULTILINE), name
    assert "CC BY 4.0" in said
    assert "审图号" in said


def test_old_terms_lead_to_current_ones() -> None:
    terms = {row["old_term"]: row["new_term"] for row in rows("national/vocabulary.csv")}
    assert terms["五保"] == "特困人员"
    assert terms["民非"] == "社会服务机构"
    assert all(old != new for old, new in terms.items())


@pytest.mark.parametrize(("name", "key"), [("parameters.csv", "key"), ("time_limits.csv", "step")])
def test_validity_never_overlaps_for_one_place(name: str, key: str) -> None:
    spans: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in layered(name):
        spans.setdefault((row[key], row["division_code"]), []).append(
            (row["effective_from"], row["effective_to"])
        )
    for where, stretches in spans.items():
        for (_, ended), (began, _) in pairwise(sorted(stretches)):
            assert ended, where
            assert ended <= began, where
