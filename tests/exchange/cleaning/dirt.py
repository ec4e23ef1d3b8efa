"""Rows of 人口底册 with every column, and how they are typed."""

from tests.exchange.numbers import PERSON, person

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
