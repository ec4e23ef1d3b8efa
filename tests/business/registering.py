"""Rows of marriage registrations, and what they make of the people (婚姻登记行)."""

from tests.exchange.numbers import csv_text, number
from tests.node import Node

from minzheng.exchange.declare import feeds
from minzheng.exchange.load import revoking
from minzheng.foundation.database.arrow import bulk

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


def nothing_more_to_settle(node: Node) -> None:
    """What revocations take back is taken back, and no more: settling everything anew changes nothing."""
    with bulk() as work:
        for feed in feeds().values():
            if feed.record is not None and feed.revocation is not None:
                revoking.settle(
                    work, feed, at="now()", records=f"SELECT id FROM {feed.record._meta.db_table}",
                    persons="SELECT id FROM registry_person",
                )  # fmt: skip
                assert work.rows("SELECT id::text FROM settled_person") == []
