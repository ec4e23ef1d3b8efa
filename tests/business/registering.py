"""Rows of marriage registrations, and what they make of the people (婚姻登记行)."""

from tests.exchange.numbers import csv_text, number
from tests.node import Node

HEADINGS = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期",
    "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip
Who = tuple[str, int]
WANG, LI, ZHAO = ("王晓", 1), ("李敏", 2), ("赵娟", 4)
FIRST, SECOND, DECISION = "J330106-2020-000001", "J330106-2024-000009", "C330106-2025-000001"


def row_of(kind: str, certificate: str, day: str, woman: Who = LI, man: Who = WANG) -> tuple[str, ...]:
    (him, his), (her, hers) = man, woman
    return (kind, certificate, "330106", day, him, number(his), her, number(hers))


def registered(
    node: Node, kind: str, certificate: str, day: str, woman: Who = LI, *, man: Who = WANG
) -> dict[str, int]:
    """Bring one row in; returns its report."""
    return node.bring("marriages", csv_text(HEADINGS, row_of(kind, certificate, day, woman, man))).report


def states(node: Node) -> dict[str, str | None]:
    """Everyone's marital status by name."""
    return dict(node.rows("SELECT name, marital_status_code FROM registry_person"))
