"""Funeral homes that cremations name are places of the register, each once, tied to the record."""

from tests.exchange.numbers import csv_text, number
from tests.node import Node

from minzheng.registry import integrity
from minzheng.standards.queries import label

HEADINGS = ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "死亡日期", "火化日期", "户籍地址")
HANGZHOU, ANSHOU = "杭州市殡仪馆", "安寿殡仪馆"
PLACES = "SELECT name, division_code, shape, longitude, latitude FROM registry_place ORDER BY name"
TIED = (
    "SELECT c.certificate_no, p.name FROM funeral_cremation c LEFT JOIN registry_place p ON p.id = c.place_id "
    "WHERE c.recorded_to IS NULL ORDER BY 1"
)


def cremation(serial: int, home: str, address: str = "浙江省杭州市西湖区文三路1号", day: str = "2026-03-03"):
    return f"H{serial:04d}", home, "王晓", number(serial), "2026-03-01", day, address


def test_a_home_is_one_place_wherever_its_dead_had_lived(node: Node) -> None:
    rows = [
        cremation(1, HANGZHOU),
        cremation(3, HANGZHOU, "浙江省宁波市海曙区中山路2号"),
        cremation(5, ANSHOU),
    ]
    brought = node.bring("cremations", csv_text(HEADINGS, *rows))
    assert brought.counts == (3, 3, 0, 3, 0, 0, 0)
    # Its name tells the city; one whose name tells nothing lies in the division it reports to. No point is known.
    assert node.rows(PLACES) == [
        (ANSHOU, "330000", "point", None, None),
        (HANGZHOU, "330100", "point", None, None),
    ]
    assert node.rows(TIED) == [("H0001", HANGZHOU), ("H0003", HANGZHOU), ("H0005", ANSHOU)]
    assert label("PLACE_CLASS", node.value("SELECT DISTINCT class_code FROM registry_place")) == "殡葬设施"
    assert integrity.check() == []


def test_a_later_file_finds_the_place_again_and_a_corrected_home_moves_the_record(node: Node) -> None:
    node.bring("cremations", csv_text(HEADINGS, cremation(1, HANGZHOU)))
    (before,) = node.rows("SELECT id FROM registry_place")
    node.bring("cremations", csv_text(HEADINGS, cremation(1, HANGZHOU), cremation(3, HANGZHOU)))
    assert node.rows("SELECT id FROM registry_place") == [before]
    node.bring("cremations", csv_text(HEADINGS, cremation(1, ANSHOU)))
    assert node.rows(TIED) == [("H0001", ANSHOU), ("H0003", HANGZHOU)]


def test_a_place_that_is_gone_is_found_by_the_check(node: Node) -> None:
    node.bring("cremations", csv_text(HEADINGS, cremation(1, HANGZHOU)))
    node.rows("DELETE FROM registry_place RETURNING id")
    assert [(found.what, found.rows) for found in integrity.check()] == [("业务记录所指地点不存在", 1)]
