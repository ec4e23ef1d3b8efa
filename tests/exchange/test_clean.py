"""The dirt of old systems comes out as the standard writes it; what can't goes back with row, field, rule and reason."""

import unicodedata
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.node import Node

from minzheng.exchange.clean.columns import half_width_sql, macros, normalised, reason_of, verdict
from minzheng.foundation.crypto.fields import open_text
from minzheng.kernel import id_number, uscc
from minzheng.kernel.text import FULL_WIDTH, INVISIBLE, WHITE_SPACE, half_width, squeeze
from minzheng.standards.queries import ElementSpec

GOLDEN = (
    "name, sex_code, birth_date::text, ethnic_code, hukou_division_code, marital_status_code, education_code, "
    "relation_to_head_code"
)
FULL = (
    "姓名",
    "公民身份号码",
    "性别",
    "出生日期",
    "民族",
    "户籍区划",
    "婚姻状况",
    "文化程度",
    "与户主关系",
    "联系电话",
    "户籍地址",
)


def full(serial: int, **said: str) -> list[str]:
    row = dict(zip(PERSON, person(serial=serial), strict=True)) | {
        "民族": "汉族", "婚姻状况": "未婚", "文化程度": "大学本科", "与户主关系": "本人", "户籍地址": "文三路1号"
    } | said  # fmt: skip
    return [row[heading] for heading in FULL]


def wide(text: str) -> str:
    """As typed in full width."""
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


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


def test_amounts_and_months_as_they_are_written(node: Node) -> None:
    headings = (
        "低保证号",
        "户主姓名",
        "户主公民身份号码",
        "成员姓名",
        "属地区划",
        "月保障金额(元)",
        "发放月份",
    )
    written = [
        "1,605.00",
        "1605元",
        "１６０５",
        "￥1605.00",
        "0.1605万元",
        "1605.5",
        "一千元",
        "1605.005",
        "-3",
        "",
    ]
    months = [
        "202601",
        "2026-01",
        "2026年1月",
        "2026.01",
        "2026/1",
        "2026-01-15",
        "202601",
        "202601",
        "202601",
        "202601",
    ]
    rows = [
        (f"33010600{i:02d}", "王晓", number(1), "王晓", "330106", amount, month)
        for i, (amount, month) in enumerate(zip(written, months, strict=True))
    ]  # fmt: skip
    brought = node.bring("allowances", csv_text(headings, *rows))
    assert node.rows("SELECT monthly_amount_fen, benefit_month, count(*) FROM relief_allowancepayment GROUP BY 1, 2 ORDER BY 1") == [  # noqa: E501
        (160500, "202601", 5), (160550, "202601", 1)
    ]  # fmt: skip
    assert brought.refused == [
        (7, "月保障金额(元)", "amount", "“一千元”不是金额"),
        (8, "月保障金额(元)", "amount", "金额“1605.005”的小数超过两位，不足一分"),
        (9, "月保障金额(元)", "not_negative", "月保障金额小于零"),
        (10, "月保障金额(元)", "required", "必填项为空"),
    ]


def test_what_contradicts_the_number_is_refused_with_the_reason(node: Node) -> None:
    wrong = number(1)[:-1] + ("1" if number(1)[-1] != "1" else "2")
    rows = [
        person(serial=1, 公民身份号码=wrong),
        person(serial=3, 出生日期="1990-03-08"),
        person(serial=5, 性别="女"),
        person(serial=7, 公民身份号码="", 出生日期="2999-01-01"),
        person(serial=9, 公民身份号码="123"),
        person(serial=11, 姓名="王3"),
        person(serial=13, 姓名="", 户籍区划="火星"),
        person(serial=15, 联系电话="12345", 性别="外星人"),
        person(serial=17, 出生日期="07/03/1990"),
        person(serial=19, 公民身份号码=number(19, place="990106")),
        person(serial=21, 性别="", 出生日期=""),
        person(serial=23, 性别="未说明的性别"),
        person(serial=25, 公民身份号码="", 性别="不详", 出生日期="—"),
    ]
    brought = node.bring("persons", people(*rows))
    assert brought.refused == [
        (1, "公民身份号码", "id_number", "公民身份号码校验码不正确"),
        (2, "公民身份号码、出生日期", "id_number_matches_birth", "公民身份号码中的出生日期与出生日期不一致"),
        (3, "公民身份号码、性别", "id_number_matches_sex", "公民身份号码中的性别与性别不一致"),
        (4, "出生日期", "not_future", "出生日期晚于今天"),
        (5, "公民身份号码", "id_number", "公民身份号码应为18位，实为3位"),
        (6, "姓名", "person_name", "姓名不合规则: 应为 2 至 50 个汉字或字母, 不含数字和符号"),
        (7, "姓名", "required", "必填项为空"),
        (7, "户籍区划", "division", "不是现行或曾用的区划代码或名称"),
        (8, "性别", "code", "不在代码表 GBT2261.1 中"),
        (8, "联系电话", "phone", "联系电话格式不对"),
        (9, "出生日期", "date", "“07/03/1990”不是日期"),
        (10, "公民身份号码", "id_number", "公民身份号码前两位99不是省级代码"),
    ]
    assert brought.counts == (13, 3, 10, 3, 0, 0, 0)
    assert node.rows("SELECT sex_code, birth_date::text FROM registry_person WHERE id_number_blind IS NOT NULL ORDER BY 1") == [
        ("1", "1990-03-07"), ("9", "1990-03-07")
    ]  # fmt: skip


MARRIAGE = (
    "登记类型",
    "登记证字号",
    "登记机关区划",
    "登记日期",
    "男方姓名",
    "男方公民身份号码",
    "女方姓名",
    "女方公民身份号码",
)


def test_checks_between_the_two_of_a_couple_and_between_two_days(node: Node) -> None:
    def couple(no: int, man: str, woman: str, on: str = "2020-05-20") -> tuple[str, ...]:
        return ("结婚", f"J330106-2020-{no:06d}", "330106", on, "王晓", man, "李敏", woman)

    rows = [
        couple(1, number(1), number(1)), couple(2, number(2), number(4)), couple(3, number(1), number(3)),
        couple(4, number(1), number(2), "2999-01-01"), couple(5, number(1), ""),
    ]  # fmt: skip
    assert node.bring("marriages", csv_text(MARRIAGE, *rows)).rules == [
        (1, "女方公民身份号码", "id_number_is_female"),
        (1, "男方公民身份号码、女方公民身份号码", "not_same"),
        (2, "男方公民身份号码", "id_number_is_male"),
        (3, "女方公民身份号码", "id_number_is_female"),
        (4, "登记日期", "not_future"),
        (5, "女方公民身份号码", "required"),
    ]
    headings = ("火化证号", "殡仪馆", "逝者姓名", "死亡日期", "火化日期")
    text = csv_text(headings, ("H1", "杭州殡仪馆", "王晓", "2024-05-03", "2024-05-01"))
    assert node.bring("cremations", text).refused == [
        (1, "火化日期、死亡日期", "not_before", "火化日期早于死亡日期")
    ]


# The verdicts in SQL are the kernel's: one query over many texts at a time.

TODAY = date(2026, 6, 30)
DIGITS = st.text("0123456789X", min_size=14, max_size=19)
NEARLY = st.builds(
    lambda place, born, serial, end, swap: swap(f"{place}{born}{serial:03d}{end}"),
    st.sampled_from(["330199", "110101", "990101", "830101", "910000", "009999"]),
    st.one_of(
        st.dates(date(1850, 1, 1), date(2030, 1, 1)).map("{:%Y%m%d}".format),
        st.text("0123456789", min_size=8, max_size=8),
    ),
    st.integers(0, 999),
    st.sampled_from([*"0123456789X", "x"]),
    st.sampled_from(
        [
            str,
            wide,
            lambda n: n[:6] + n[8:17],
            lambda n: f" {n}\n",
            lambda n: n[:-1] + id_number.check_digit(n[:17]),
        ]
    ),
)
CODES = st.one_of(
    st.text(uscc.ALPHABET, min_size=17, max_size=19),
    st.builds(
        lambda head, body: (
            (first := f"{head}330106{body}" + uscc.body_check_character(body)) + uscc.check_character(first)
        ),
        st.sampled_from(["51", "52", "91"]),
        st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    ),
)
ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from(FULL_WIDTH + WHITE_SPACE + INVISIBLE),
    )
)
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(macros())
    return connection


def in_sql(db: duckdb.DuckDBPyConnection, expression: str, texts: list[str]) -> list[object]:
    """The expression over column ``t``, for all texts in one query."""
    found = db.execute(
        f"SELECT {expression} FROM (SELECT unnest(?) AS t, generate_subscripts(?, 1) AS i) ORDER BY i",
        [texts, texts],
    )
    return [value for (value,) in found.fetchall()]


@MANY
@given(st.lists(ANY, min_size=1, max_size=60))
def test_full_width_and_blanks_as_the_kernel(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    assert in_sql(db, half_width_sql("t"), texts) == [squeeze(half_width(text)) for text in texts]


NUMBER = ElementSpec(
    "citizen_id_number", "公民身份号码", "C", "an18", 18, None, "id_number", None, False, "L3"
)


def refused_number(today: date) -> str:
    """Whether the number in ``t`` is refused on a day."""
    return f"coalesce({verdict(NUMBER, 't', today)}, false)"


@MANY
@given(st.lists(st.one_of(NEARLY, DIGITS), min_size=1, max_size=60))
def test_numbers_as_the_kernel(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    plain = [squeeze(half_width(text)).upper() for text in texts]
    assert in_sql(db, "id_18(t)", plain) == [id_number.normalise(text) for text in texts]
    numbers = [id_number.normalise(text) for text in texts]
    holds = [id_number.problem(n, today=TODAY) is None for n in numbers]
    assert in_sql(db, refused_number(TODAY), numbers) == [not fine for fine in holds]
    for n, birth, sex, fine in zip(
        numbers, in_sql(db, "id_birth(t)", numbers), in_sql(db, "id_sex(t)", numbers), holds, strict=True
    ):
        if fine:
            assert (birth, sex) == (id_number.birth_date(n), id_number.sex_code(n))


@MANY
@given(
    st.one_of(
        st.sampled_from([date(2024, 2, 29), date(2024, 2, 28), date(2026, 2, 28), date(2026, 3, 1)]),
        st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    )
)
def test_who_is_too_old_or_not_yet_born_as_the_kernel(db: duckdb.DuckDBPyConnection, today: date) -> None:
    """Every day a number can write around today and around 150 years before, the days that never were among them."""
    days = [
        f"{year:04d}{month:02d}{day:02d}"
        for year in (today.year - id_number.MAX_AGE, today.year)
        for month in {today.month, today.month % 12 + 1, (today.month - 2) % 12 + 1}
        for day in range(1, 32)
    ]
    numbers = [body + id_number.check_digit(body) for body in (f"330199{day}001" for day in days)]
    wrong = [id_number.problem(number, today=today) is not None for number in numbers]
    assert in_sql(db, refused_number(today), numbers) == wrong
    assert True in wrong and False in wrong


@MANY
@given(st.lists(CODES, min_size=1, max_size=60))
def test_credit_codes_as_the_kernel(db: duckdb.DuckDBPyConnection, codes: list[str]) -> None:
    assert in_sql(db, "uscc_holds(t)", codes) == [uscc.problem(code) is None for code in codes]


@MANY
@given(names=st.lists(st.one_of(ANY, st.text("王晓𬱖䶮·.A1 ?〇")), min_size=1, max_size=60))
def test_names_that_hold_are_letters_of_a_fit_length(db: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    element = ElementSpec("person_name", "姓名", "C", "a..50", 50, None, "person_name", None, False, "L3")
    wrong = in_sql(db, f"coalesce({verdict(element, normalised(element, 't'), TODAY)}, false)", names)
    cleaned = in_sql(db, normalised(element, "t"), names)
    for value, refused in zip(cleaned, wrong, strict=True):
        assert refused == (value is not None and not _is_name(str(value))), value
        if refused:
            assert "不合规则" in reason_of(element, str(value), TODAY)[1] or value[0] in "=@+-"


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 50 and all(
        unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Co" or c in "〇○·' " for c in text
    )
