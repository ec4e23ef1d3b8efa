"""The dirt of old systems comes out as the standard writes it: one value, however it is spelt."""

from tests.exchange.cleaning.dirt import FULL, full, wide
from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node

from minzheng.foundation.crypto.fields import open_text

GOLDEN = (
    "name, sex_code, birth_date::text, ethnic_code, hukou_division_code, marital_status_code, education_code, "
    "relation_to_head_code"
)
NUMBER_DIRT = [
    wide,
    lambda n: f" {n[:6]} {n[6:14]}\n{n[14:]}\t",
    lambda n: f"'{n}",
    lambda n: n[:6] + n[8:17],
    lambda n: f"\u200b{n}\ufeff",
    str.lower,
]
PHONE_DIRT = [
    lambda p: f"{p[:3]}-{p[3:7]}-{p[7:]}",
    lambda p: f"+86 {p}",
    wide,
    lambda p: f"0086{p}",
    lambda p: f"{p}\n",
]
DIRT = [
    ("出生日期", ["1990.3.7", "19900307", "1990年3月7日", "1990/03/07", "１９９０－０３－０７", "1990-03-07 00:00:00", "32939"]),
    ("性别", ["1", "男性", " 男 \n", "１"]),
    ("民族", ["01", "1", "汉", "HA"]),
    ("户籍区划", ["330106000000", "浙江省杭州市西湖区", " 330106 ", "３３０１０６"]),
    ("婚姻状况", ["10", "1", "从未结婚", "未 婚"]),
    ("文化程度", ["20", "本科", "大学"]),
    ("与户主关系", ["01", "自己", "本 人"]),
    ("姓名", ["王\u3000晓", "王 晓\n", "\u200b王晓", "'王晓"[1:]]),
]  # fmt: skip


def test_every_spelling_means_the_same(node: Node) -> None:
    rows = [[], *([heading, spelling] for heading, spellings in DIRT for spelling in spellings)]
    said = [full(2 * i + 1, **({row[0]: row[1]} if row else {})) for i, row in enumerate(rows)]
    for i, dirty in enumerate([*NUMBER_DIRT, *PHONE_DIRT], start=len(rows)):
        serial = 2 * i + 1
        clean = number(serial) if i < len(rows) + len(NUMBER_DIRT) else f"1380000{serial:04d}"
        heading = "公民身份号码" if i < len(rows) + len(NUMBER_DIRT) else "联系电话"
        said.append(full(serial, **{heading: dirty(clean)}))
    brought = node.bring("persons", csv_text(FULL, *said))
    assert brought.refused == []
    assert brought.report["created"] == len(said)
    expected = [
        (
            "王晓",
            "1",
            "1990-03-07",
            "01",
            "330106",
            "10",
            "20",
            "01",
            number(serial),
            f"1380000{serial:04d}",
            "文三路1号",
        )
        for serial in range(1, 2 * len(said), 2)
    ]
    assert golden(node) == sorted(expected)


def golden(node: Node) -> list[tuple[object, ...]]:
    """Every person's row, opened."""
    found = node.rows(
        f"SELECT {GOLDEN}, id_number_cipher, phone_cipher, hukou_address_cipher FROM registry_person"
    )
    return sorted(
        (*plain, open_text("id_number", one), open_text("phone", two), open_text("address", three))
        for *plain, one, two, three in found
    )


def test_a_lower_case_x_and_rare_characters(node: Node) -> None:
    ten = next(serial for serial in range(1, 99, 2) if number(serial)[-1] == "X")
    rare = ["𬱖䶮", "㛃", "𠮷田", "\ue863华", "阿依古丽·买买提", "阿依古丽.买买提", "约翰 史密斯", "〇〇"]
    rows = [person(name, 2 * i + 101) for i, name in enumerate(rare)]
    brought = node.bring("persons", people(person("王晓", ten, 公民身份号码=number(ten).lower()), *rows))
    assert brought.rules == [(3, "姓名", "person_name")]
    assert sorted(name for (name,) in node.rows("SELECT name FROM registry_person")) == sorted(
        ["王晓", "𬱖䶮", "𠮷田", "\ue863华", "阿依古丽·买买提", "阿依古丽·买买提", "约翰史密斯", "〇〇"]
    )
    assert [row[8] for row in golden(node) if row[0] == "王晓"] == [number(ten)]


def test_the_old_education_table_is_recognised_by_column(node: Node) -> None:
    """29 stands in the table of 1984 only, so the column's 11 is read by that table too."""
    rows = [
        full(2 * i + 1, 文化程度=code, 姓名=name)
        for i, (code, name) in enumerate((("29", "甲一"), ("11", "乙一"), ("初中", "丙一")))
    ]
    brought = node.bring("persons", csv_text(FULL, *rows))
    assert brought.report["code_versions"] == {"文化程度": "1984"}
    assert dict(node.rows("SELECT name, education_code FROM registry_person")) == {
        "甲一": "23",
        "乙一": "10",
        "丙一": "70",
    }
    again = node.bring("persons", csv_text(FULL, full(21, 文化程度="11", 姓名="丁一")))
    assert again.report["code_versions"] == {}
    assert node.value("SELECT education_code FROM registry_person WHERE name = '丁一'") == "11"
