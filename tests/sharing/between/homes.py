"""Stories of whose a person is (属地): who has only a record of someone else's person never takes him for its own.

All levels count the same persons everywhere, and everything of a county's own is there.
Told on the nodes of ``test_three_levels``.
"""

from datetime import date
from pathlib import Path

from tests.exchange.numbers import csv_text, people
from tests.exchange.numbers import number as number_of
from tests.exchange.numbers import person as row_of
from tests.sharing.between.nodes import Node

from minzheng_sample.command import find_pack
from minzheng_sample.divisions import read_divisions
from minzheng_sample.sample import make_sample

CREMATION = ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "性别", "死亡日期", "火化日期", "户籍地址")
MARRIAGE = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip
WEST_LAKE = "浙江省杭州市西湖区翠苑街道文三路1号"
HAISHU = "浙江省宁波市海曙区西门街道中山西路1号"
HOME = "SELECT hukou_division_code FROM registry_person WHERE name = '{}' AND superseded_by IS NULL"
Folk = tuple[str, int]


def number(serial: int) -> str:
    """Of other persons than those of the other stories."""
    return number_of(500 + serial)


def person(name: str, serial: int, **said: str) -> list[str]:
    return row_of(name, 500 + serial, **said)


def cremated(which: int, who: Folk, where: str = WEST_LAKE) -> str:
    name, serial = who
    sex = "男" if serial % 2 else "女"
    return csv_text(
        CREMATION,
        [
            f"330106012020{which:06d}",
            "杭州殡仪馆",
            name,
            number(serial),
            sex,
            "2020-05-01",
            "2020-05-03",
            where,
        ],
    )


def married(which: int, man: Folk, woman: Folk, office: str = "330106") -> str:
    paper = f"J{office}-2015-{which:06d}"
    row = ["结婚", paper, office, "2015-05-20", man[0], number(man[1]), woman[0], number(woman[1])]
    return csv_text(MARRIAGE, row)


def settle(*nodes: Node) -> None:
    """Up from the lowest, down from the highest, until nothing moves."""
    for _ in range(6):
        moved = sum(node.do("hand_up") for node in reversed(nodes[1:])) + sum(
            node.do("fetch") for node in nodes[1:]
        )
        if not moved:
            return
    raise AssertionError("the nodes never come to rest")


def own(node: Node, prefix: str) -> list[str]:
    """Persons an official of the division counts as the division's."""
    return node.names(f"hukou_division_code LIKE '{prefix}%'")


def whose_is_whose(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """The order in which things are known must not matter."""
    nodes = (province, city, county, ningbo)
    _records_of_strangers_from_above(*nodes)
    _records_of_strangers_entered_below(*nodes)
    _moves_reach_whoever_has_a_part(*nodes)
    _identities_meet(*nodes)


def _agree(*nodes: Node) -> None:
    settle(*nodes)
    province, city, county, ningbo = nodes
    for prefix, lower in (("3301", city), ("330106", county), ("3302", ningbo)):
        assert own(lower, prefix) == own(province, prefix), prefix
    assert own(county, "330106") == own(city, "330106")


def _records_of_strangers_from_above(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """A cremation and a marriage in 西湖区 of persons registered in 宁波 and in the city's own other county; before and after."""
    there = {"户籍区划": "330203"}
    province.do(
        "bring", feed="cremations", text=cremated(1, ("先火化", 1))
    )  # before anyone says where he is registered
    _agree(province, city, county, ningbo)
    assert county.value(HOME.format("先火化")) == "330106005"  # all there is says so, at all levels
    rows = [
        person("先火化", 1, **there),
        person("王男", 3, **there),
        person("李女", 4),
        person("近邻", 5, 户籍区划="330105"),
    ]
    province.do("bring", feed="persons", text=people(*rows))
    province.do("bring", feed="cremations", text=cremated(2, ("近邻", 5)))
    province.do("bring", feed="cremations", text=cremated(3, ("王男", 3)))
    province.do("bring", feed="marriages", text=married(1, ("王男", 3), ("李女", 4)))
    _agree(province, city, county, ningbo)
    assert "李女" in own(county, "330106") and {"先火化", "王男"} <= set(own(ningbo, "3302"))
    assert not {"先火化", "王男", "近邻"} & set(own(county, "330106"))
    assert county.value(HOME.format("王男")) == "330203" and county.value(HOME.format("近邻")) == "330105"
    assert (
        county.value("SELECT count(*) FROM funeral_cremation WHERE recorded_to IS NULL") == 3
    )  # the records are there
    strangers = "SELECT id FROM registry_person WHERE name IN ('先火化', '王男', '近邻')"
    phones = f"SELECT count(*) FROM registry_personclaim WHERE phone_cipher IS NOT NULL AND person_id IN ({strangers})"
    assert county.value(phones) == 0  # and no more
    # Something else of a stranger comes in at the county itself: it does not decide either.
    county.do("bring", feed="cremations", text=cremated(4, ("王男", 3)))
    assert "王男" not in own(county, "330106")
    _agree(province, city, county, ningbo)


def _records_of_strangers_entered_below(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """The county enters a record of someone it has never heard of, who is registered elsewhere; above, he is known."""
    province.do("bring", feed="persons", text=people(person("外乡", 21, 户籍区划="330203")))
    county.do("bring", feed="cremations", text=cremated(5, ("外乡", 21)))
    assert "外乡" in own(county, "330106")  # it knows no better yet
    _agree(province, city, county, ningbo)
    assert "外乡" not in own(county, "330106") and "外乡" in own(ningbo, "3302")
    ours = "SELECT id::text FROM registry_person WHERE name = '外乡' AND superseded_by IS NULL"
    assert county.do("sql", query=ours) == city.do("sql", query=ours) == province.do("sql", query=ours)


def _moves_reach_whoever_has_a_part(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """Moves between other places, a move to where a part was, and away again."""
    move = {"户籍区划": "330105"}
    province.do("bring", feed="persons", text=people(person("王男", 3, **move)))
    _agree(province, city, county, ningbo)
    assert county.value(HOME.format("王男")) == "330105"  # the county has a part, and hears of it
    province.do("bring", feed="persons", text=people(person("王男", 3)))
    _agree(province, city, county, ningbo)
    held = "SELECT count(*) FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id WHERE p.name = '王男'"
    assert "王男" in own(county, "330106") and county.value(held) == province.value(
        held
    )  # its own now, and whole
    assert county.value("SELECT count(*) FROM registry_homeelsewhere e JOIN registry_person p ON p.id = e.person_id "
                        "WHERE p.name = '王男'") == 0  # fmt: skip
    province.do("bring", feed="persons", text=people(person("王男", 3, 户籍区划="330203")))
    _agree(province, city, county, ningbo)
    county.do("bring", feed="cremations", text=cremated(6, ("王男", 3)))  # after he left
    assert "王男" not in own(county, "330106")
    _agree(province, city, county, ningbo)
    # Entered at the county: he moves in. The word of all that is known decides, and comes back.
    county.do("bring", feed="persons", text=people(person("王男", 3)))
    _agree(province, city, county, ningbo)
    assert "王男" in own(county, "330106")


def _identities_meet(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """The county and 宁波 each enter someone under an identity of their own; 宁波 hands up first, and the province's stays."""
    ningbo.do("bring", feed="persons", text=people(person("两地", 31, 户籍区划="330203")))
    county.do("bring", feed="cremations", text=cremated(7, ("两地", 31)))
    ningbo.do("hand_up")
    _agree(province, city, county, ningbo)
    assert "两地" not in own(county, "330106") and "两地" in own(ningbo, "3302")
    # The other way round: the record is above first.
    county.do("bring", feed="cremations", text=cremated(8, ("后到", 33)))
    _agree(province, city, county, ningbo)
    assert "后到" in own(county, "330106")
    ningbo.do("bring", feed="persons", text=people(person("后到", 33, 户籍区划="330203")))
    _agree(province, city, county, ningbo)
    assert "后到" not in own(county, "330106") and "后到" in own(ningbo, "3302")


def the_sample(folder: Path, province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """Cross-county marriages and cremations as they come: every level counts the same persons, and each has all of its own."""
    make_sample(
        read_divisions(find_pack()),
        folder,
        persons=1_200,
        seed=7,
        today=date(2026, 6, 30),
        months=1,
        single=True,
    )
    for feed in (
        "cremations",
        "marriages",
        "persons",
        "allowances",
        "societies",
    ):  # the police last but for what is paid
        assert province.do("bring_file", feed=feed, path=str(folder / f"{feed}.csv")) == "finished"
    _agree(province, city, county, ningbo)
    strangers = "SELECT count(*) FROM registry_homeelsewhere"
    assert city.value(strangers) > 0 and ningbo.value(strangers) > 0
    for node in (city, county, ningbo):
        found = node.do("check")
        assert all(one[0] == one[1] and not one[2] + one[3] for one in found.values()), found


def everything_has_come_and_what_is_lost_is_found(
    province: Node, city: Node, county: Node, ningbo: Node
) -> None:
    """After all of this every node has all of its own; what is taken away is named, sent again, and there."""
    # A record that alters nothing of the person, entered elsewhere: her own county gets it all the same.
    ningbo.do("bring", feed="marriages", text=married(9, ("王男", 3), ("李女", 4), "330203"))
    _agree(province, city, county, ningbo)
    assert (
        county.value(
            "SELECT count(*) FROM marriage_registration WHERE certificate_no = 'J330203-2015-000009'"
        )
        == 1
    )
    for node in (city, county, ningbo):
        found = node.do("check")
        assert found and all(one[0] == one[1] and not one[2] + one[3] for one in found.values()), found
    whole = county.do("check")
    lost = "SELECT id FROM registry_person WHERE name = '李女'"
    for query in (
        f"DELETE FROM registry_personclaim WHERE person_id IN ({lost}) AND record_id IS NULL",
        "DELETE FROM funeral_cremation WHERE certificate_no = '330106012020000002'",
        "UPDATE funeral_cremation SET id = gen_random_uuid() WHERE certificate_no = '330106012020000003'",
    ):
        county.do("sql", query=query)
    gap = county.do("check")
    assert gap["persons 330106"][2] == 1 and gap["cremations 330106"][2:] == [2, 1]
    last = "checked_at = (SELECT max(checked_at) FROM between_completeness WHERE peer_code = '330106')"
    told = f"SELECT sum(missing)::int FROM between_completeness WHERE peer_code = '330106' AND {last}"
    assert city.value(told) == 3, gap  # the upper node shows it too
    assert county.do("make_good") == 4
    settle(province, city, county, ningbo)
    cremations = (
        whole["cremations 330106"][0] + 1
    )  # what only the county had, and was unknown above, is there now too
    assert county.do("check") == whole | {"cremations 330106": [cremations, cremations, 0, 0]}
