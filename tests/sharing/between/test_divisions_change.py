"""Counties merge, divide and are renamed, as they were in 2013 to 2021: whatever is known goes with the land, on every node."""

from pathlib import Path

from tests.exchange.numbers import csv_text, number
from tests.node import MakeApart
from tests.sharing.between.land import editions
from tests.sharing.between.nodes import Node, joined
from tests.sharing.between.test_three_levels import down

from minzheng.kernel.division import prefix

HEADINGS = ("姓名", "公民身份号码", "性别", "出生日期", "户籍区划", "户籍地址")
# name → (code before, code today, address)
LIVED = {
    "下城一": ("330103", "330105", ""),  # merged
    "下城二": ("330103002", "330105013", ""),  # its township has a new number there
    "江干一": ("330104008", "330102014", ""),  # most of a divided county went to one
    "江干二": ("330104010", "330114001", ""),
    "江干三": ("330104", "330104", "杭州市江干区下沙街道一号"),  # told by the address
    "江干四": ("330104", "330104", "某处"),  # told by no one yet
    "余杭一": ("330110013", "330110013", ""),
    "余杭二": ("330110102", "330113100", ""),
    "余杭三": ("330110001", "330113001", ""),
    "余杭四": ("330110", "330110", "浙江省杭州市余杭区临平街道二号"),
    "富阳一": ("330183", "330111", ""),  # renamed
    "富阳二": ("330183001", "330111001", ""),
    "苍南一": ("330327100", "330327100", ""),
    "龙港一": ("330327101", "330383", ""),  # a new county without townships
    "西湖一": ("330106", "330106", ""),  # nothing happened
}
OF = {name: serial for serial, name in enumerate(LIVED, 1)}
WHERE = "SELECT name, hukou_division_code FROM registry_person WHERE superseded_by IS NULL"
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


def test_what_is_known_goes_with_the_land(make_apart: MakeApart, tmp_path: Path) -> None:
    before, after = editions(tmp_path)
    codes = ("330000", "330100", "330300", "330102", "330110", "330113")
    with joined(make_apart, *codes) as nodes:
        province, *below = nodes
        hangzhou, wenzhou, shangcheng, yuhang, linping = below
        for node in nodes:
            node.do("publish", folder=str(before))
        _people_are_entered(province)
        down(hangzhou, wenzhou, shangcheng, yuhang, linping)
        assert where(hangzhou) == {name: code for name, (code, *_) in LIVED.items() if code < "3302"}
        assert here(yuhang) == {"余杭一", "余杭二", "余杭三", "余杭四"} and where(linping) == {}
        held = {node.code: counts(node) for node in nodes}

        province.do("publish", folder=str(after))
        for node in below:
            assert node.do("control") == []  # each takes the standard from above, and with it the change
        down(hangzhou, wenzhou, shangcheng, yuhang, linping)

        today = {name: code for name, (_, code, _) in LIVED.items()}
        assert where(province) == today
        assert where(hangzhou) == {name: code for name, code in today.items() if code < "3302"}
        assert where(wenzhou) == {"苍南一": "330327100", "龙港一": "330383"}
        assert (
            here(shangcheng) == {"江干一"}
            and here(linping) == {"余杭二", "余杭三"}
            and here(yuhang) == {"余杭一", "余杭四"}
        )
        for node in (
            province,
            hangzhou,
            wenzhou,
        ):  # nobody lost, nobody double; what was said stands as it was said
            assert counts(node) == held[node.code]
        assert linping.value(SAID.format("余杭二")) == "330110102"
        assert yuhang.value(SAID.format("余杭二")) == "330110102"  # history stays readable at the old place
        _records_went_too(province, hangzhou, shangcheng)
        _old_codes_are_still_understood(province, hangzhou, linping)
        _who_is_told_apart_later_goes_then(hangzhou, yuhang, linping)
        _again_nothing_changes(nodes)


SAID = "SELECT hukou_division_code FROM registry_personclaim WHERE name = '{}' AND recorded_to IS NULL"


def where(node: Node) -> dict[str, str]:
    return dict(node.do("sql", query=WHERE))


def here(node: Node) -> set[str]:
    """Who is seen by the officials of a node's own division."""
    return {name for name, code in where(node).items() if (code or "").startswith(prefix(node.code))}


def counts(node: Node) -> list[int]:
    tables = ("registry_person WHERE superseded_by IS NULL", "registry_personclaim", "marriage_registration")
    return [node.value(f"SELECT count(*) FROM {table}") for table in tables]


def people(*names: str, codes: dict[str, str] | None = None) -> str:
    rows = [
        (name, number(OF[name]), "男" if OF[name] % 2 else "女", "1990-03-07", (codes or {}).get(name, LIVED[name][0]),
         LIVED[name][2])
        for name in names
    ]  # fmt: skip
    return csv_text(HEADINGS, *rows)


def _people_are_entered(province: Node) -> None:
    report = province.do("bring", feed="persons", text=people(*LIVED))
    assert report["accepted"] == len(LIVED), report
    married = [
        ("结婚", "J330104-2010-000001", "330104008", "2010-05-01", "西湖一", number(OF["西湖一"]),
         "余杭四", number(OF["余杭四"])),
        ("结婚", "J330183-2010-000002", "330183", "2010-05-01", "富阳一", number(OF["富阳一"]),
         "富阳二", number(OF["富阳二"])),
    ]  # fmt: skip
    report = province.do("bring", feed="marriages", text=csv_text(MARRIAGE, *married))
    assert report["accepted"] == 2, report


def _records_went_too(province: Node, hangzhou: Node, shangcheng: Node) -> None:
    """By the registering office; the certificate still says which office it was."""
    rows = "SELECT certificate_no, division_code, stated_division_code FROM marriage_registration ORDER BY certificate_no"
    both = [["J330104-2010-000001", "330102014", "330104008"], ["J330183-2010-000002", "330111", "330183"]]
    assert province.do("sql", query=rows) == hangzhou.do("sql", query=rows) == both
    assert shangcheng.do("sql", query=rows) == both[:1]


def _old_codes_are_still_understood(province: Node, hangzhou: Node, linping: Node) -> None:
    """A source that goes on with the old code is taken, and what it says is kept as it says it."""
    assert province.do("persons_of", division="330183") == ["富阳一", "富阳二"]
    assert province.do("persons_of", division="330103") == ["下城一", "下城二"]
    codes = {"余杭三": "330110002"}
    assert province.do("bring", feed="persons", text=people("余杭三", codes=codes))["accepted"] == 1
    down(hangzhou, linping)
    assert where(linping)["余杭三"] == "330113002" and linping.value(SAID.format("余杭三")) == "330110002"
    assert province.value(f"SELECT count(*) FROM ({WHERE}) p WHERE name = '余杭三'") == 1
    then = "SELECT hukou_division_code FROM registry_personclaim WHERE name = '余杭三' AND recorded_to IS NOT NULL"
    assert linping.value(then) == "330110001"


def _who_is_told_apart_later_goes_then(hangzhou: Node, yuhang: Node, linping: Node) -> None:
    assert hangzhou.do("undivided") == {"330104": 2, "330110": 1} and yuhang.do("undivided") == {"330110": 1}
    assert hangzhou.do("assign_by_address", code="330104") == 1
    assert where(hangzhou)["江干三"] == "330114001" and where(hangzhou)["江干四"] == "330104"
    assert hangzhou.do("assign", code="330104", said=[[number(OF["江干四"]), "330102"]]) == [1, 0]
    assert yuhang.do("assign_by_address", code="330110") == 1  # by the county that kept the code
    yuhang.do("hand_up")
    down(yuhang, linping)
    assert hangzhou.do("undivided") == {} and yuhang.do("undivided") == {}
    assert where(hangzhou)["余杭四"] == where(linping)["余杭四"] == "330113001"
    assert here(linping) == {"余杭二", "余杭三", "余杭四"} and here(yuhang) == {"余杭一"}


def _again_nothing_changes(nodes: list[Node]) -> None:
    moved = [node.value("SELECT coalesce(sum(count), 0) FROM registry_divisionmove") for node in nodes]
    assert all(moved[:3])
    for node in nodes:
        node.do("enact")
    assert moved == [
        node.value("SELECT coalesce(sum(count), 0) FROM registry_divisionmove") for node in nodes
    ]
