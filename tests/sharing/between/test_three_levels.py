"""Province, city and county, each with its own database, keys and address: what one enters arrives where it belongs, once."""

from pathlib import Path

import pytest
from tests.exchange.numbers import number, people, person
from tests.node import MakeApart
from tests.sharing.between.disputes import disputes
from tests.sharing.between.homes import (
    everything_has_come_and_what_is_lost_is_found,
    the_sample,
    whose_is_whose,
)
from tests.sharing.between.nodes import Node, SaidNoError, joined

HELD = "SELECT count(*) FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id WHERE p.name = '{}'"


def down(*nodes: Node) -> None:
    """Each in turn fetches all there is."""
    for node in nodes:
        node.do("fetch")


def up(*nodes: Node) -> None:
    for node in nodes:
        node.do("hand_up")


def claims(node: Node) -> list[list[object]]:
    """What is held of everyone, told so that nodes can be compared: identities, times and plain values."""
    return node.do(
        "sql",
        query="SELECT id::text, person_id::text, name, hukou_division_code, phone_cipher IS NOT NULL, recorded_from::text, "
        "recorded_to::text, rule FROM registry_personclaim ORDER BY id",
    )


def test_three_levels_share_by_the_land_and_nothing_is_lost_or_doubled(
    make_apart: MakeApart, tmp_path: Path
) -> None:
    """One story after another on the same nodes: starting them is the dear part."""
    with joined(make_apart, "330000", "330100", "330106", "330200") as (province, city, county, ningbo):
        _what_is_entered_arrives_where_it_belongs(province, city, county)
        _what_comes_twice_changes_nothing(province, city, county)
        _who_moves_goes_whole_to_the_new_place(province, city, ningbo)
        _one_person_entered_at_two_nodes_is_one(province, ningbo)
        _who_was_restored_goes_on_where_the_other_is(city, county)
        whose_is_whose(province, city, county, ningbo)
        disputes(province, city, county, ningbo)
        the_sample(tmp_path, province, city, county, ningbo)
        everything_has_come_and_what_is_lost_is_found(province, city, county, ningbo)
        _bodies_that_one_end_lost_come_from_the_other(city, county)
        _what_was_sent_can_be_proved(province, city, county)
        _what_has_ended_stands_again_only_by_who_knows(city, county)
        _what_is_not_as_signed_any_more_is_made_anew(province, ningbo)


def _what_is_entered_arrives_where_it_belongs(province: Node, city: Node, county: Node) -> None:
    rows = [person("王晓", 1), person("李敏", 2, 户籍区划="330105"), person("陈宁", 3, 户籍区划="330203")]
    province.do("bring", feed="persons", text=people(*rows))
    down(city, county)
    assert city.names() == ["李敏", "王晓"] and county.names() == ["王晓"]
    # Sealed under its own keys, and found by the number there.
    assert county.do("find", number=number(1)) == province.do("find", number=number(1)) != []
    sealed = "SELECT id_number_blind FROM registry_person WHERE name = '王晓'"
    assert county.value(sealed) != province.value(sealed)
    # Entered at the county: arrives above, and does not come back as something new.
    county.do("bring", feed="persons", text=people(person("赵新", 5)))
    up(county, city)
    assert "赵新" in city.names() and "赵新" in province.names()
    before = claims(county)
    down(city, county)
    assert claims(county) == before
    # A change goes the same way; the golden row follows, and what was said before is closed everywhere.
    province.do("bring", feed="persons", text=people(person("王晓", 1, 联系电话="13900001111")))
    assert county.do("fetch") == 0  # the city has not fetched yet
    down(city, county)
    theirs = "hukou_division_code LIKE '330106%'"
    assert county.names(theirs) == province.names(theirs) == ["王晓", "赵新"]
    ours = {one[1] for one in claims(county)}
    assert claims(county) == [one for one in claims(province) if one[1] in ours]
    assert len(claims(county)) == 3


def _what_comes_twice_changes_nothing(province: Node, city: Node, county: Node) -> None:
    province.do("bring", feed="persons", text=people(person("王晓", 1, 联系电话="13900002222")))
    assert city.do("fetch_unacknowledged")  # its sender never hears that it was taken
    held = claims(city)
    assert province.do("status")[0]["acknowledged"] < province.do("status")[0]["sent"]
    down(city, county)
    assert claims(city) == held
    province.do("bring", feed="persons", text=people(person("周后", 7)))
    down(city, county)  # the next acknowledgement covers the lost one
    assert province.do("status")[0]["acknowledged"] == province.do("status")[0]["sent"]
    assert county.value("SELECT count(*) FROM registry_person WHERE name = '周后'") == 1


def _who_moves_goes_whole_to_the_new_place(province: Node, city: Node, ningbo: Node) -> None:
    held = HELD.format("迁人")
    province.do("bring", feed="persons", text=people(person("迁人", 11)))
    down(city, ningbo)
    assert city.value(held) == 1 and ningbo.value(held) == 0
    province.do(
        "bring", feed="persons", text=people(person("迁人", 11, 户籍区划="330203", 联系电话="13911112222"))
    )
    down(city, ningbo)
    assert "迁人" in ningbo.names("hukou_division_code = '330203'")
    assert "迁人" not in city.names("hukou_division_code LIKE '3301%'")
    assert ningbo.value(held) == province.value(held) == 2  # with its history
    assert (
        city.value(f"{held} AND c.hukou_division_code = '330106' AND c.recorded_to IS NOT NULL") == 1
    )  # still readable
    # What happens to him now is none of the old place's business.
    province.do(
        "bring", feed="persons", text=people(person("迁人", 11, 户籍区划="330203", 联系电话="13933334444"))
    )
    down(city, ningbo)
    assert ningbo.value(held) == 3 and city.value(held) == 2


def _one_person_entered_at_two_nodes_is_one(province: Node, ningbo: Node) -> None:
    there = {"户籍区划": "330203"}
    ningbo.do(
        "bring",
        feed="persons",
        text=people(person("双录", 21, 联系电话="13700000001", **there), person("周别", 22, **there)),
    )
    province.do(
        "bring", feed="persons", text=people(person("双录", 21, **there), person("李另", 22, **there))
    )
    up(ningbo)
    down(ningbo)
    up(ningbo)
    ours = "SELECT id::text FROM registry_person WHERE name = '双录' AND superseded_by IS NULL"
    assert (
        ningbo.do("sql", query=ours) == province.do("sql", query=ours)
        and len(ningbo.do("sql", query=ours)) == 1
    )
    assert (
        province.value(HELD.format("双录")) == ningbo.value(HELD.format("双录")) == 2
    )  # both said it of one person
    assert {"周别", "李另"} <= set(province.names())  # one number, clearly different names: nothing is joined


def _who_was_restored_goes_on_where_the_other_is(city: Node, county: Node) -> None:
    county.do("bring", feed="persons", text=people(person("备前", 41)))
    up(county)
    last = "SELECT max(seq) FROM between_batch WHERE direction = 'out'"
    lost = f"DELETE FROM between_batch WHERE direction = 'out' AND seq = ({last})"
    county.do("sql", query=lost)  # a backup from before it was handed up
    county.do("bring", feed="persons", text=people(person("备后", 43)))
    assert county.do("align") is True and county.do("align") is False
    up(county)
    assert {"备前", "备后"} <= set(city.names())
    assert city.value("SELECT count(*) FROM registry_person WHERE name = '备前'") == 1


def _bodies_that_one_end_lost_come_from_the_other(city: Node, county: Node) -> None:
    for node, beginning in ((city, "out-330106-1."), (city, "in-330106-1-"), (county, "in-330100-2-")):
        next(Path(one) for one in node.do("bodies") if Path(one).name.startswith(beginning)).unlink()
    assert (len(city.do("verify")["faults"]), len(county.do("verify")["faults"])) == (2, 1)
    assert county.do("complete") == 3
    assert city.do("verify")["faults"] == county.do("verify")["faults"] == []
    assert county.do("complete") == 0


def _what_has_ended_stands_again_only_by_who_knows(city: Node, county: Node) -> None:
    """The city's register goes back behind a statement's end: what it says again out of that time changes nothing below."""
    ended, began = city.do(
        "sql",
        query="SELECT id::text, recorded_from::text FROM registry_personclaim WHERE name = '王晓' AND recorded_to IS NOT NULL "
        "ORDER BY recorded_to DESC LIMIT 1",
    )[0]
    city.do("sql", query="DELETE FROM registry_personclaim WHERE name = '王晓' AND recorded_to IS NULL")
    city.do("sql", query=f"UPDATE registry_personclaim SET recorded_to = NULL WHERE id = '{ended}'")
    for at, stands in ((f"'{began}'", False), ("now()", True)):
        city.do(
            "sql",
            query="INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids) "
            f"SELECT {at}, 'persons', '330106', 'updated', ARRAY[person_id] FROM registry_personclaim WHERE id = '{ended}'",
        )
        assert county.do("fetch") == 1
        query = f"SELECT recorded_to IS NULL FROM registry_personclaim WHERE id = '{ended}'"
        assert county.value(query) is stands, at


def _what_was_sent_can_be_proved(province: Node, city: Node, county: Node) -> None:
    for node in (province, city, county):
        assert node.do("verify")["faults"] == []
    claim = county.value("SELECT id FROM registry_personclaim WHERE name = '赵新'")
    for node, peers in ((province, ["330100"]), (city, ["330106", "330000"]), (county, ["330100"])):
        proof = node.do("verify", record=claim)
        assert sorted(one["peer"] for one in proof["found"]) == sorted(peers)
        assert all(one["proved"] and one["path"] is not None for one in proof["found"])
    # Bodies past their time: heads and signatures still prove what followed what, and it is said what can be proved no more.
    assert county.do("remove_bodies") > 5 and county.do("bodies") == []
    after = county.do("verify")
    assert after["faults"] == [] and after["bodies_removed"] > 5
    assert "批体已过保存期" in after["said"][-2] and county.do("verify", record=claim)["found"] == []


def _what_is_not_as_signed_any_more_is_made_anew(province: Node, ningbo: Node) -> None:
    """A flipped byte in a body, a head altered in the log: found, never sent, made anew. What is forged: tests/faults/between."""
    bearer = "SELECT count(*) FROM registry_personclaim WHERE name = '后来'"
    altered = "head = jsonb_set(head, '{root}', to_jsonb(repeat('0', 64)))"
    province.do("bring", feed="persons", text=people(person("后来", 31, 户籍区划="330203")))
    seq = ningbo.do("fetch_unacknowledged")
    for harm in ("body", altered, "root = repeat('0', 64)"):
        if harm == "body":
            body = max(
                (Path(one) for one in province.do("bodies") if f"out-330200-{seq}." in one),
                key=lambda p: p.stat().st_mtime,
            )
            whole = body.read_bytes()
            body.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
        else:
            where = f"direction = 'out' AND seq = {seq} AND peer_code = '330200' AND state = ''"
            province.do("sql", query=f"UPDATE between_batch SET {harm} WHERE {where}")
        assert [one["seq"] for one in province.do("verify")["faults"]] == [seq]
        ningbo.do(
            "sql", query=f"DELETE FROM between_batch WHERE direction = 'in' AND seq = {seq}"
        )  # yesterday's backup
        assert ningbo.do("fetch_unacknowledged") == seq
        assert province.do("verify")["faults"] == ningbo.do("verify")["faults"] == []
        assert ningbo.value(bearer) == 1
    assert ningbo.do("fetch") == 0
    # Revoked: no longer listened to.
    province.do("revoke", code="330200")
    with pytest.raises(SaidNoError, match="吊销"):
        ningbo.do("fetch")
