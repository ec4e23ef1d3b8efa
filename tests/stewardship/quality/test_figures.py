"""The figures of each dimension, counted by hand on small files."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.business.registering import FIRST, row_of
from tests.business.registering import HEADINGS as MARRIAGE
from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.node import Brought, Node

from minzheng.exchange import following, services
from minzheng.exchange.figures import figures as figures_beside
from minzheng.exchange.models import Batch
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.quality.models import FailingRow, Measured


def figures(brought: Brought, rule: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(field, division) → (checked, failed) of one rule in the batch."""
    rows = Measured.objects.filter(batch_id=brought.batch.id, rule_id=rule)
    return {(row.field, row.division_code): (row.checked, row.failed) for row in rows}


def failing(brought: Brought, rule: str) -> list[tuple[str, int]]:
    rows = FailingRow.objects.filter(batch_id=brought.batch.id, rule_id=rule).order_by("field", "row_no")
    return [(row.field, row.row_no) for row in rows]


def test_form_counts_what_is_written_and_wrong_by_county(node: Node) -> None:
    """规范性: two of 西湖区's four numbers are wrong, 鄞州区's one is right; an empty cell is not asked."""
    brought = node.bring(
        "persons",
        people(
            person("王晓", 1),
            person("王芳", 2, 公民身份号码="330199199003070021"),
            person("王强", 3, 公民身份号码="12345"),
            person("王敏", 4, 性别="女人"),
            person("王伟", 5, 公民身份号码=""),
            person("王丽", 6, 户籍区划="330212"),
        ),
    )
    found = figures(brought, "persons.q01")
    assert found["公民身份号码", "330106"] == (4, 2)
    assert found["公民身份号码", "330212"] == (1, 0)
    assert found["性别", "330106"] == (5, 1)
    assert failing(brought, "persons.q01") == [("公民身份号码", 2), ("公民身份号码", 3), ("性别", 4)]


def test_a_row_of_another_width_is_against_the_form(node: Node) -> None:
    text = people(person("王晓", 1)) + "王芳,多,出,几,列,1,2,3\n"
    brought = node.bring("persons", text)
    assert figures(brought, "persons.q02") == {("整行", "330000"): (2, 1)}
    assert failing(brought, "persons.q02") == [("整行", 2)]


def test_presence_is_asked_of_every_row_and_of_columns_that_are_not_there(node: Node) -> None:
    """完整性: what is there but wrong is no gap; a column the file lacks is one in every row."""
    brought = node.bring(
        "persons",
        people(
            person("王晓", 1), person("王芳", 2, 联系电话=""), person("王强", 3, 联系电话="12"),
            person("王敏", 4, 性别="不详吧"), person("王伟", 5, 性别="—"),
        ),
    )  # fmt: skip
    assert figures(brought, "persons.q04")["联系电话", "330106"] == (5, 1)
    assert figures(brought, "persons.q04")["文化程度", "330106"] == (5, 5)
    assert figures(brought, "persons.q03")["性别", "330106"] == (5, 1)
    assert ("联系电话", 2) in failing(brought, "persons.q04")


def test_made_up_numbers_and_days_to_come_are_not_accurate(node: Node) -> None:
    brought = node.bring(
        "persons",
        people(
            person("王晓", 1, 联系电话="13800000000"), person("王芳", 2),
            person("王强", 3, 公民身份号码="", 出生日期="2090-01-01"),
        ),
    )  # fmt: skip
    assert figures(brought, "persons.q05") == {("联系电话", "330106"): (3, 1)}
    assert figures(brought, "persons.q06") == {("出生日期", "330106"): (3, 1)}


def test_a_number_and_what_stands_beside_it_must_agree(node: Node) -> None:
    """一致性: asked only where both are there and the number itself is right."""
    brought = node.bring(
        "persons",
        people(
            person("王晓", 1), person("王芳", 2, 性别="男"), person("王强", 3, 出生日期="1991-03-07"),
            person("王敏", 4, 性别=""), person("王伟", 5, 公民身份号码="330199199003070053", 性别="女"),
        ),
    )  # fmt: skip
    assert figures(brought, "persons.q08") == {("公民身份号码、性别", "330106"): (3, 1)}
    assert figures(brought, "persons.q07") == {("公民身份号码、出生日期", "330106"): (4, 1)}
    assert failing(brought, "persons.q08") == [("公民身份号码、性别", 2)]


def test_the_same_number_twice_counts_once(node: Node) -> None:
    """唯一性: the first stands, every further one fails; rows without a number are not asked."""
    brought = node.bring(
        "persons",
        people(
            person("王晓", 1), person("王芳", 2), person("王晓", 1, 联系电话="13911112222"),
            person("王晓", 1, 联系电话="13911112223"), person("王伟", 5, 公民身份号码=""),
        ),
    )  # fmt: skip
    assert figures(brought, "persons.q09") == {("公民身份号码", "330106"): (4, 2)}
    assert failing(brought, "persons.q09") == [("公民身份号码", 3), ("公民身份号码", 4)]


def test_what_is_a_record_of_its_own_under_one_number_is_no_repetition(node: Node) -> None:
    """唯一性 of marriages: a divorce, a revocation, reissues of several days may bear the number of the marriage."""
    said = (
        ("结婚", "2020-05-20"), ("补领结婚证", "2021-06-01"), ("补领结婚证", "2022-06-01"), ("离婚", "2023-08-01"),
        ("撤销", "2024-01-15"), ("补领结婚证", "2022-06-01"), ("结婚", "2020-05-20"),
    )  # fmt: skip
    rows = [row_of(kind, FIRST, day) for kind, day in said]
    brought = node.bring("marriages", csv_text(MARRIAGE, *rows))
    assert figures(brought, "marriages.q10") == {("登记证字号", "330106"): (7, 2)}
    assert failing(brought, "marriages.q10") == [("登记证字号", 6), ("登记证字号", 7)]


CREMATION = ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "死亡日期", "火化日期", "户籍地址")


def cremation(serial: int, days_ago: int, **said: str) -> list[str]:
    day = (timezone.localdate() - timedelta(days=days_ago)).isoformat()
    row = {
        "火化证号": f"H{serial:06d}", "殡仪馆": "杭州市殡仪馆", "逝者姓名": f"赵{'甲乙丙丁戊'[serial % 5]}",
        "逝者公民身份号码": number(serial, born="19400102"), "死亡日期": day, "火化日期": day,
        "户籍地址": "浙江省杭州市西湖区北山街道",
    } | said  # fmt: skip
    return [row[name] for name in CREMATION]


def test_what_comes_late_is_counted_by_the_day_of_the_event(node: Node) -> None:
    """时效性: burnt eight days ago and told today is late, seven is not; the county comes from the address."""
    rows = [cremation(1, 7), cremation(2, 8), cremation(3, 0, 户籍地址="")]
    brought = node.bring("cremations", csv_text(CREMATION, *rows))
    assert figures(brought, "cremations.q10") == {
        ("火化日期", "330106"): (2, 1), ("火化日期", "330000"): (1, 0),
    }  # fmt: skip


def test_a_delivery_after_its_cycle_is_late_and_the_first_is_not_asked(node: Node) -> None:
    first = node.bring("persons", people(person()))
    assert figures(first, "persons.q10") == {}
    Batch.objects.filter(pk=first.batch.id).update(received_at=first.batch.received_at - timedelta(days=41))
    late = node.bring("persons", people(person("王芳", 2)))
    assert figures(late, "persons.q10") == {("整行", "330000"): (1, 1)}
    soon = node.bring("persons", people(person("王强", 3)))
    assert figures(soon, "persons.q10") == {("整行", "330000"): (1, 0)}


def test_names_are_held_against_the_register(node: Node) -> None:
    """准确性: 赵甲 agrees, a variant is told apart, a clearly different name went to review; who is unknown is counted."""
    node.bring("persons", csv_text(PERSON, *[person(n, i, 公民身份号码=number(i, born="19400102"), 出生日期="1940-01-02")
                                             for i, n in ((1, "赵乙"), (2, "赵丙"))]))  # fmt: skip
    rows = [cremation(1, 0), cremation(2, 0, 逝者姓名="钱小红"), cremation(3, 0)]
    brought = node.bring("cremations", csv_text(CREMATION, *rows))
    assert brought.report["review"] == 1
    assert sum(n for n, _ in figures(brought, "cremations.q05").values()) == 2
    assert sum(n for _, n in figures(brought, "cremations.q05").values()) == 1
    assert failing(brought, "cremations.q05") == [("逝者姓名", 2)]
    assert figures(brought, "cremations.q06") == {("逝者公民身份号码", "330106"): (2, 1)}
    row = FailingRow.objects.get(batch_id=brought.batch.id, rule_id="cremations.q05")
    assert row.row_cipher is not None, "the row as it came is kept, sealed"


def test_amounts_out_of_reason_are_counted_in_the_elements_unit(node: Node) -> None:
    heads = (
        "低保证号",
        "户主姓名",
        "户主公民身份号码",
        "成员姓名",
        "成员公民身份号码",
        "属地区划",
        "月保障金额(元)",
        "发放月份",
    )
    month = timezone.localdate().strftime("%Y%m")

    def row(serial: int, amount: str) -> list[str]:
        return [f"D{serial}", "王晓", number(1), "王晓", number(1), "330106", amount, month]

    brought = node.bring("allowances", csv_text(heads, row(1, "10000"), row(2, "10000.01"), row(3, "886")))
    assert figures(brought, "allowances.q05") == {("月保障金额(元)", "330106"): (3, 1)}
    assert failing(brought, "allowances.q05") == [("月保障金额(元)", 2)]


def test_measuring_again_replaces_what_was_measured(node: Node, monkeypatch) -> None:
    """A batch interrupted after cleaning is cleaned and measured again: nothing is counted twice."""
    calls = []

    def breaks(rows: following.CleanedRows) -> None:
        calls.append(rows.batch.id)
        if len(calls) == 1:
            raise ConnectionError("断开")

    monkeypatch.setitem(following._when_cleaned, "zz-breaks", breaks)
    with pytest.raises(ConnectionError):
        node.bring("persons", people(person("王晓", 1, 联系电话="")))
    (batch,) = services.unfinished()
    services.run(batch)
    assert len(calls) == 2
    row = Measured.objects.get(batch_id=batch.id, rule_id="persons.q04", field="联系电话")
    assert (row.checked, row.failed) == (1, 1)
    assert FailingRow.objects.filter(batch_id=batch.id, field="联系电话").count() == 1


def test_the_catalogue_is_told_the_score_of_each_data_set(node: Node) -> None:
    """One rule of weight 3 fails for half of its rows; the score says so and leads to the page."""
    node.bring("persons", people(person("王晓", 1), person("王芳", 2, 公民身份号码="330199199003070021")))
    said = figures_beside(Scope.system("330000"))["persons"]
    (figure,) = [one for one in said if one.label == "质量评分"]
    assert 0 < float(figure.text) < 100 and figure.tone == "warn"
    assert figure.url == "/quality/?feed=persons"
