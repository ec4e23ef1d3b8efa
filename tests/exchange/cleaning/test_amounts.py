"""Amounts of money and months as departments write them (金额与年月)."""

from tests.exchange.numbers import csv_text, number
from tests.node import Node


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
