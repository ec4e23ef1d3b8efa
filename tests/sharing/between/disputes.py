"""Stories of a value that is disputed (校核): it goes to who received the source's row, its answer comes back."""

from tests.exchange.numbers import people, person
from tests.sharing.between.homes import settle
from tests.sharing.between.nodes import Node

PHONE = "SELECT phone_cipher IS NOT NULL FROM registry_person WHERE name = '{}'"
STATE = "SELECT d.verdict || ' ' || t.state || ' ' || coalesce(t.outcome, '') FROM quality_dispute d JOIN quality_ticket t ON t.id = d.ticket_id WHERE d.id = '{}'"  # noqa: E501


def disputes(province: Node, city: Node, county: Node, ningbo: Node) -> None:
    """From county to province and back, refused and accepted; the road is down in between."""
    nodes = (province, city, county, ningbo)
    province.do(
        "bring", feed="persons", text=people(person("错名", 701, 户籍区划="330106"), person("对名", 703))
    )
    settle(*nodes)
    made = county.do("dispute", name="错名", heading="联系电话", proposed="13955556666")
    assert county.value(STATE.format(made)).startswith("raised sent")
    # The county's process dies before anything has left it; nothing is lost, and nothing goes twice.
    county.again()
    for _ in range(2):
        county.do("hand_up")
    assert (
        city.value("SELECT count(*) FROM quality_dispute WHERE ticket_id IS NULL") == 1
    )  # it only passes through
    settle(*nodes)
    assert province.value(STATE.format(made)).startswith("raised sent")
    assert province.value("SELECT count(*) FROM foundation_notice WHERE title LIKE '%需校核答复%'") == 1
    # A value that the standard does not know changes nothing, and the dispute stays open.
    assert "更正后的值不符合标准" in province.do("answer_dispute", dispute=made, value="123")
    assert province.do("answer_dispute", dispute=made, value="13955556666") == ""
    settle(*nodes)
    for node in (province, county):
        assert node.value(STATE.format(made)).startswith("accepted closed 已更正")
    assert county.value("SELECT count(*) FROM foundation_notice WHERE title LIKE '%校核有了结论%'") == 1
    assert county.do("phone", name="错名") == city.do("phone", name="错名") == "13955556666"
    claims = "SELECT count(*) FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id WHERE p.name = '错名'"
    assert county.value(claims) == 2  # what was said before is kept, closed
    # Refused, with the reason; and of a row that came from below: the county is asked by the province.
    again = county.do("dispute", name="对名", heading="联系电话", proposed="13900000000")
    settle(*nodes)
    assert province.do("answer_dispute", dispute=again, value="") == ""
    settle(*nodes)
    assert county.value(STATE.format(again)) == "refused closed 不予更正：来源无误"
    county.do("bring", feed="persons", text=people(person("县录", 705)))
    settle(*nodes)
    down = province.do("dispute", name="县录", heading="联系电话", proposed="13977778888")
    settle(*nodes)
    assert county.do("answer_dispute", dispute=down, value="13977778888") == ""
    settle(*nodes)
    assert province.value(STATE.format(down)).startswith("accepted closed")
    assert province.do("phone", name="县录") == "13977778888"
    steps = "SELECT string_agg(action, ' ' ORDER BY id) FROM foundation_auditentry WHERE detail->>'dispute' = '{}'"
    assert county.value(steps.format(made)) == "quality.dispute_raise quality.dispute_return"
    assert province.value(steps.format(made)) == "quality.dispute_arrive quality.dispute_accept"
