"""A county its city keeps (代建) works at its own desk, and moves out into its own node with everything while work goes on.

On the same nodes: what the province publishes, grants and withdraws reaches the county by the road.
"""

import threading
import time

import pytest
from tests.exchange.numbers import number, people, person
from tests.node import MakeApart
from tests.sharing.between.nodes import Node, SaidNoError, alone, enter, joined

COUNTY = "330106"
OURS = "hukou_division_code LIKE '330106%'"
HELD = f"""SELECT count(*), count(DISTINCT id_number_blind), count(DISTINCT id) FROM registry_person
    WHERE superseded_by IS NULL AND {OURS}"""
CLAIMS = (
    f"SELECT count(*) FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id WHERE p.{OURS}"
)
STATES = "SELECT kind, state, reason, decided_by FROM signals_signal"
SIGNAL = """INSERT INTO signals_signal (kind, subject_id, division_code, state, said, person_ids, record_ids, facts, raised_at,
    changed_at, reason, decided_by)
    SELECT 'paid_after_death', id, '330106', 'discarded', '', ARRAY[id], ARRAY[]::uuid[], id, now(), now(),
    '已核实, 不属实', '王晓' FROM registry_person WHERE name = '王晓'"""
EVENT = """INSERT INTO signals_signalevent (signal_id, division_code, at, by_name, from_state, to_state, reason)
    SELECT id, division_code, now(), '王晓', 'new', 'discarded', '已核实, 不属实' FROM signals_signal"""


def test_a_county_is_kept_by_its_city_and_moves_out(make_apart: MakeApart) -> None:
    with joined(make_apart, "330000", "330100") as (province, city):
        _the_county_has_a_desk_of_its_own(province, city)
        county = alone(make_apart, COUNTY)
        try:
            enter(province, county)
            city.do("control")
            _it_moves_out_while_work_goes_on(province, city, county)
            _what_is_the_county_s_is_there(province, city, county)
            _what_the_province_says_reaches_it(province, city, county)
        finally:
            county.kill()


def _the_county_has_a_desk_of_its_own(province: Node, city: Node) -> None:
    with pytest.raises(SaidNoError, match=r"330203 不是 .* 所辖的县"):
        province.do("host", code="330100", counties=["330203"])
    province.do("host", code="330100", counties=[COUNTY, "330108"])
    city.do("control")
    assert city.do("hosted")["330100"] == [COUNTY, "330108"]
    for name, division in (("xihu", COUNTY), ("binjiang", "330108")):
        city.do("user", name=name, division=division, roles=["data_officer"])
    city.do("bring_as", name="xihu", feed="persons", text=people(person("王晓", 1), person("李敏", 2)))
    city.do("bring_as", name="binjiang", feed="persons", text=people(person("陈宁", 3, 户籍区划="330108")))
    assert city.do("catalogue_of", name="xihu") == COUNTY
    assert city.do("desk", name="xihu") == {"persons": ["李敏", "王晓"], "batches": 1, "catalogue": COUNTY}
    assert city.do("desk", name="binjiang") == {"persons": ["陈宁"], "batches": 1, "catalogue": ""}
    ours = city.value("SELECT id FROM registry_person WHERE name = '王晓'")
    city.do("hang", person=ours, text="低保申请表")
    theirs = city.value("SELECT id FROM registry_person WHERE name = '陈宁'")
    city.do("hang", person=theirs, text="他县的材料")
    city.do("sql", query=SIGNAL)
    city.do("sql", query=EVENT)
    assert city.do("bring_as", name="xihu", feed="persons", text=people(person("欧阳娜", 2)))["review"] == 1


def _it_moves_out_while_work_goes_on(province: Node, city: Node, county: Node) -> None:
    county.do("serve", port=county.port)
    city.do("move_out", county=COUNTY, step="begin")
    city.do("move_out", county=COUNTY, step="abort")
    with pytest.raises(SaidNoError, match="没有在迁出"):
        city.do("move_out", county=COUNTY, step="cut_over")
    city.do("move_out", county=COUNTY, step="begin")
    county.do("hurry")  # it fetches by itself from now on
    serial = 10
    for _ in range(5):
        city.do(
            "bring_as",
            name="xihu",
            feed="persons",
            text=people(*(person(named("迁", n), n) for n in range(serial, serial + 4))),
        )
        serial += 4
    city.tell("move_out", county=COUNTY, step="cut_over")
    province.do(
        "bring", feed="persons", text=people(*(person(named("省", n), n) for n in range(serial, serial + 4)))
    )
    city.hear()
    with pytest.raises(
        SaidNoError, match=r"本县的业务已迁到本县自己的节点, 请到那里登录: https://127\.0\.0\.1"
    ):
        city.do("login", name="xihu")
    assert city.do("login", name="binjiang")
    for n in range(serial + 4, serial + 8):  # entered at the city after the cut: goes on to the county
        city.do("bring", feed="persons", text=people(person(named("后", n), n)))
    city.do("hurry")
    _until(lambda: city.do("move_out", county=COUNTY, step="progress")["state"] == "done")
    _until(
        lambda: city.do("sql", query=HELD) == county.do("sql", query=HELD) == province.do("sql", query=HELD)
    )


def _what_is_the_county_s_is_there(province: Node, city: Node, county: Node) -> None:
    ((all_of_them, numbers, identities),) = county.do("sql", query=HELD)
    assert all_of_them == numbers == identities == 2 + 20 + 4 + 4  # none lost, none double
    assert county.value(CLAIMS) == city.value(CLAIMS) == province.value(CLAIMS)
    assert county.do("files") == [["低保申请表", "低保申请表"]]
    decided = ["paid_after_death", "discarded", "已核实, 不属实", "王晓"]
    assert county.do("sql", query=STATES) == [decided]
    assert county.value("SELECT count(*) FROM signals_signalevent") == 1
    assert county.do("review_rows") == city.do("review_rows") != []
    assert county.do("login", name="xihu")
    assert county.do("desk", name="xihu")["catalogue"] == COUNTY
    with pytest.raises(SaidNoError, match="没有在迁出"):
        city.do("move_out", county=COUNTY, step="abort")
    # It writes now, and what it writes is known above; the province lists it as hosted no more.
    county.do("bring_as", name="xihu", feed="persons", text=people(person("新人", 90)))
    _until(lambda: "新人" in province.names())
    _until(lambda: province.do("hosted")["330100"] == ["330108"])
    number_of = number(90)
    assert (
        county.do("find", number=number_of)
        == city.do("find", number=number_of)
        == province.do("find", number=number_of)
    )


def _what_the_province_says_reaches_it(province: Node, city: Node, county: Node) -> None:
    province.do("user", name="officer", division="330000", roles=["data_officer"])
    assert province.do("catalogue") == 1
    granted = province.do("grant", client="yibao")
    assert not county.do("allowed", client="yibao", data_set="persons")
    taken = """SELECT count(*) FROM catalogue_receivedentry e JOIN catalogue_cataloguesource s ON s.id = e.source_id
        WHERE s.code = '{}'"""
    entries = province.value("SELECT count(*) FROM catalogue_catalogueentry")
    _until(lambda: county.value(taken.format("330000")) == entries > 0)
    _until(lambda: city.value(taken.format(COUNTY)) > 0)  # the county's own, told upward
    _until(lambda: county.do("allowed", client="yibao", data_set="persons"))
    province.do("withdraw", grant_id=granted)
    _until(lambda: not county.do("allowed", client="yibao", data_set="persons"))
    province.kill()  # and the two go on without it
    city.do("bring", feed="persons", text=people(person("省断后", 95)))
    _until(lambda: "省断后" in county.names())


def named(family: str, n: int) -> str:
    return family + "一二三四五六七八九十"[n % 10] + "甲乙丙丁戊己"[n // 10]


def _until(holds: object, seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < until, "等不到"
        threading.Event().wait(0.3)
