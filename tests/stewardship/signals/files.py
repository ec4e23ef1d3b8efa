"""Files of a few rows that a signal follows from, and what is kept of signals."""

from collections.abc import Sequence

from tests.exchange.numbers import PERSON, csv_text, number
from tests.exchange.numbers import person as person_row
from tests.node import Brought, Node

from minzheng.kernel.uscc import body_check_character, check_character

ALLOWANCE = ("低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划",
             "月保障金额(元)", "发放月份", "银行卡号")  # fmt: skip
CREMATION = ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "性别", "死亡日期", "火化日期", "户籍地址")
MARRIAGE = ("登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名",
            "女方公民身份号码")  # fmt: skip
SOCIETY = ("名称", "统一社会信用代码", "类型", "登记机关区划", "法定代表人", "法定代表人公民身份号码", "成立登记日期",
           "状态")  # fmt: skip
NAMES = {1: "王晓", 2: "李敏", 3: "张建国", 4: "赵娟", 5: "陈强", 6: "周静", 7: "吴刚", 8: "郑洁", 9: "冯涛"}
CARDS = ("6228480402564890018", "6228480402637874213", "6228480402564890026")
FIRST8 = ("MJ900000", "MJ900001", "MJ900002")
USCC = tuple(
    first + check_character(first)
    for body in FIRST8
    if (first := f"51330106{body}" + body_check_character(body))
)


def _bring(node: Node, feed: str, headings: Sequence[str], *rows: Sequence[object]) -> Brought:
    brought = node.bring(feed, csv_text(headings, *rows))
    assert brought.counts[2] == brought.counts[6] == 0, brought.refused
    return brought


def who(serial: int) -> tuple[str, str]:
    """Name and number: odd serials are men."""
    return NAMES.get(serial, f"人{chr(0x4E00 + serial)}"), number(serial)


def population(node: Node, *serials: int, address: str = "", division: str = "330106") -> Brought:
    rows = [[*person_row(who(serial)[0], serial, 户籍区划=division), address] for serial in serials]
    return _bring(node, "persons", [*PERSON, "户籍地址"], *rows)


def paid(
    node: Node,
    months: Sequence[str],
    members: Sequence[int],
    *,
    certificate: str = "3301062020000001",
    yuan: int = 1000,
    card: str = CARDS[0],
    division: str = "330106",
) -> Brought:
    """A household's payments, its first member the head."""
    head = members[0]
    rows = [
        (certificate, *who(head), *who(one), "户主" if one == head else "子", division, yuan, month, card)
        for month in months
        for one in members
    ]
    return _bring(node, "allowances", ALLOWANCE, *rows)


def cremated(node: Node, serial: int, died: str, on: str, certificate: str = "330106012026000001") -> Brought:
    sex = "男" if serial % 2 else "女"
    row = (certificate, "杭州殡仪馆", *who(serial), sex, died, on, f"浙江省杭州市西湖区翠苑街道文三路{serial}号")
    return _bring(node, "cremations", CREMATION, row)


def registered(node: Node, kind: str, certificate: str, on: str, man: int, woman: int) -> Brought:
    return _bring(node, "marriages", MARRIAGE, (kind, certificate, "330106", on, *who(man), *who(woman)))


def society(node: Node, which: int, led_by: int, *, kind: str = "社会团体", state: str = "正常") -> Brought:
    row = (f"西湖区第{which}协会", USCC[which], kind, "330106", *who(led_by), "2015-06-01", state)
    return _bring(node, "societies", SOCIETY, row)


def kept(node: Node) -> dict[str, tuple[str, int | None]]:
    """Kind → state and money of the only signal of each kind."""
    rows = node.rows("SELECT kind, state, amount_fen FROM signals_signal ORDER BY kind")
    assert len({kind for kind, *_ in rows}) == len(rows)
    return {kind: (state, amount) for kind, state, amount in rows}


def changes(node: Node, kind: str) -> list[tuple[str, str, str]]:
    """(from, to, reason) of the signals of a kind, in order."""
    return node.rows(
        "SELECT e.from_state, e.to_state, e.reason FROM signals_signalevent e JOIN signals_signal s ON s.id = e.signal_id "
        "WHERE s.kind = %s ORDER BY e.id",
        kind,
    )
