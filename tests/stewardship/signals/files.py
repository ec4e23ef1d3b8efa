"""Files of a few rows that a signal follows from, and what is kept of signals.

Persons are serial numbers: odd ones are men. A helper that takes one case brings a file; one ending in ``_rows`` makes rows
for a file of many cases.
"""

from collections.abc import Sequence

from tests.exchange.numbers import PERSON, csv_text, number
from tests.exchange.numbers import person as person_row
from tests.node import Brought, Node

from minzheng.kernel.uscc import body_check_character, check_character

HEADINGS = {
    "persons": (*PERSON, "户籍地址"),
    "allowances": ("低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划",
                   "月保障金额(元)", "发放月份", "银行卡号"),
    "cremations": ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "性别", "死亡日期", "火化日期", "户籍地址"),
    "marriages": ("登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名",
                  "女方公民身份号码"),
    "societies": ("名称", "统一社会信用代码", "类型", "登记机关区划", "法定代表人", "法定代表人公民身份号码",
                  "成立登记日期", "状态"),
}  # fmt: skip
CARDS = ("6228480402564890018", "6228480402637874213", "6228480402564890026")
Row = Sequence[object]


def bring(node: Node, feed: str, *rows: Row) -> Brought:
    """Rows as one file; nothing may be refused or held back."""
    brought = node.bring(feed, csv_text(HEADINGS[feed], *rows))
    assert brought.counts[2] == brought.counts[6] == 0, brought.refused
    return brought


def name(serial: int) -> str:
    return f"王{chr(0x5200 + serial)}"


def who(serial: int) -> tuple[str, str]:
    return name(serial), number(serial)


def address(which: int) -> str:
    return f"浙江省杭州市西湖区翠苑街道文三路{which}号"


def person_rows(*serials: int, at: int | None = None) -> list[Row]:
    """Persons of 西湖区, each at an address of his own unless said otherwise."""
    return [[*person_row(name(one), one), address(one if at is None else at)] for one in serials]


def payment_rows(
    months: Sequence[str],
    members: Sequence[int],
    *,
    certificate: int | None = None,
    yuan: int = 1000,
    card: str = "",
    division: str = "330106",
) -> list[Row]:
    """A household's payments, its first member the head, its certificate numbered as the head unless said otherwise."""
    head = members[0]
    paper = f"{division}2020{certificate if certificate is not None else head:06d}"
    return [
        (paper, *who(head), *who(one), "户主" if one == head else "子", division, yuan, month, card)
        for month in months
        for one in members
    ]


def cremation_row(serial: int, died: str, on: str, *, certificate: int | None = None) -> Row:
    sex, paper = "男" if serial % 2 else "女", certificate if certificate is not None else serial
    return (f"33010601{on[:4]}{paper:06d}", "杭州殡仪馆", *who(serial), sex, died, on, address(serial))


def marriage_row(kind: str, certificate: int, on: str, man: int, woman: int) -> Row:
    letter = {"结婚": "J", "离婚": "L", "补领结婚证": "BJ", "撤销": "J"}[kind]
    return (kind, f"{letter}330106-2015-{certificate:06d}", "330106", on, *who(man), *who(woman))


def society_row(which: int, led_by: int, *, kind: str = "社会团体", state: str = "正常") -> Row:
    body = f"51330106MJ90000{which}"
    first = body + body_check_character(body[8:])
    code = first + check_character(first)
    return (f"西湖区第{which}协会", code, kind, "330106", *who(led_by), "2015-06-01", state)


def paid(node: Node, months: Sequence[str], members: Sequence[int], **said: object) -> Brought:
    return bring(node, "allowances", *payment_rows(months, members, **said))  # type: ignore[arg-type]


def cremated(node: Node, serial: int, died: str, on: str, certificate: int | None = None) -> Brought:
    return bring(node, "cremations", cremation_row(serial, died, on, certificate=certificate))


def kept(node: Node) -> set[tuple[str, str, str, int | None]]:
    """(kind, name of the first person, state, money) of every signal."""
    return set(
        node.rows(
            "SELECT s.kind, p.name, s.state, s.amount_fen FROM signals_signal s "
            "LEFT JOIN registry_person p ON p.id = s.person_ids[1]"
        )
    )


def last_change(node: Node, kind: str, serial: int) -> tuple[str, str, str]:
    """(from, to, reason) of the last change of a person's signal."""
    return node.rows(
        "SELECT e.from_state, e.to_state, e.reason FROM signals_signalevent e JOIN signals_signal s ON s.id = e.signal_id "
        "JOIN registry_person p ON p.id = s.person_ids[1] WHERE s.kind = %s AND p.name = %s ORDER BY e.id DESC LIMIT 1",
        kind,
        name(serial),
    )[0]
