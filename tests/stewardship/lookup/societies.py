"""Two social organisations of two cities."""

from tests.exchange.numbers import csv_text, number
from tests.node import Node

from minzheng.kernel import uscc

HEADINGS = (
    "社会组织名称", "统一社会信用代码", "社会组织类型", "登记机关区划", "成立登记日期", "法定代表人姓名",
    "法定代表人公民身份号码", "住所", "状态",
)  # fmt: skip


def code(serial: int, division: str) -> str:
    """A credit code that holds."""
    eight = f"MJ88{serial:04d}"
    body = f"52{division}{eight}{uscc.body_check_character(eight)}"
    return body + uscc.check_character(body)


def society(name: str, serial: int, division: str, leader: str, **said: str) -> list[str]:
    row = dict(zip(HEADINGS, (name, code(serial, division), "民办非企业单位", division, "2020-05-01", leader,
                              number(serial), "文三路1号", "正常"), strict=True)) | said  # fmt: skip
    return [row[heading] for heading in HEADINGS]


def bring_societies(node: Node) -> str:
    """Brings both in; the code of the one in 杭州."""
    rows = [
        society("杭州市阳光公益服务中心", 1, "330100", "王晓"),
        society("宁波市阳光志愿者协会", 3, "330200", "王建", 社会组织类型="社会团体"),
    ]
    brought = node.bring("societies", csv_text(HEADINGS, *rows))
    assert brought.counts[:4] == (2, 2, 0, 2), (brought.problem, brought.refused)
    return code(1, "330100")
