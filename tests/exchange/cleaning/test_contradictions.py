"""What contradicts itself goes back with row, field, rule and reason."""

from tests.exchange.numbers import csv_text, number, people, person
from tests.node import Node
from tests.registry.claims import MARRIAGE


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
