"""Each kind of signal: what it must find, what it must leave alone, and how it closes when its cause is corrected."""

import pytest
from tests.exchange.numbers import number
from tests.node import Node
from tests.stewardship.signals.files import (
    CARDS,
    changes,
    cremated,
    kept,
    paid,
    population,
    registered,
    society,
)

SPRING = ("202601", "202602", "202603", "202604")
FIRST, SECOND = "J330106-2015-000001", "J330106-2024-000009"


def test_a_member_paid_after_death_is_found_with_his_share(node: Node) -> None:
    paid(node, SPRING, [1, 2], yuan=1001)
    assert kept(node) == {}
    cremated(node, 2, "2026-02-10", "2026-02-12")
    assert kept(node) == {"paid_after_death": ("new", 2 * 50_050)}
    ((since, division, said, due),) = node.rows(
        "SELECT since::text, division_code, said, due_on FROM signals_signal"
    )
    assert (since, division) == ("2026-03-01", "330106")
    assert said == "2026-02-10死亡，2026年3月至2026年4月仍发放2个月" and due is not None


def test_the_month_of_death_is_still_paid_rightly(node: Node) -> None:
    paid(node, SPRING[:2], [1, 2])
    cremated(node, 2, "2026-02-01", "2026-02-03")
    assert kept(node) == {}


def test_a_dead_man_living_alone_costs_the_whole_amount_and_every_further_month_more(node: Node) -> None:
    cremated(node, 1, "2026-01-10", "2026-01-12")
    paid(node, SPRING[:2], [1])
    assert kept(node) == {"paid_after_death": ("new", 100_000)}
    paid(node, SPRING[2:3], [1])
    assert kept(node) == {"paid_after_death": ("new", 200_000)}
    assert [end for _, end, _ in changes(node, "paid_after_death")] == ["new", "new"]


def test_a_share_is_reckoned_anew_when_the_list_of_members_grows(node: Node) -> None:
    cremated(node, 1, "2026-01-10", "2026-01-12")
    paid(node, ["202602"], [1])
    paid(node, ["202602"], [1, 2])
    assert kept(node) == {"paid_after_death": ("new", 50_000)}


def test_a_death_registered_for_the_wrong_person_closes_it_and_says_why(node: Node) -> None:
    paid(node, SPRING, [1, 2])
    cremated(node, 2, "2026-02-10", "2026-02-12")
    cremated(node, 4, "2026-02-10", "2026-02-12")  # the same certificate: it was someone else
    assert kept(node) == {"paid_after_death": ("closed", 100_000)}
    assert changes(node, "paid_after_death")[-1] == (
        "new",
        "closed",
        "死亡登记已更正或撤销，此人没有死亡日期",
    )
    cremated(node, 2, "2026-02-10", "2026-02-12")
    assert kept(node)["paid_after_death"][0] == "new"


def test_a_member_who_marries_while_paid_is_found_until_the_spouse_is_listed(node: Node) -> None:
    paid(node, SPRING, [1, 3])
    registered(node, "结婚", SECOND, "2026-02-14", 3, 4)
    assert kept(node) == {"member_marriage_changed": ("new", 200_000)}
    paid(node, ["202605"], [1, 3, 4])
    assert kept(node)["member_marriage_changed"][0] == "closed"
    assert "配偶已列入" in changes(node, "member_marriage_changed")[-1][2]


def test_a_divorce_while_paid_is_found_and_a_marriage_before_is_not(node: Node) -> None:
    registered(node, "结婚", FIRST, "2025-06-01", 1, 2)
    paid(node, SPRING, [1, 2])
    assert kept(node) == {}
    registered(node, "离婚", "L330106-2026-000001", "2026-03-05", 1, 2)
    rows = node.rows("SELECT kind, amount_fen FROM signals_signal")
    assert rows == [("member_marriage_changed", 100_000)] * 2  # both are members


def test_a_marriage_revoked_closes_it(node: Node) -> None:
    paid(node, SPRING, [1, 3])
    registered(node, "结婚", SECOND, "2026-02-14", 3, 4)
    registered(node, "撤销", SECOND, "2026-04-01", 3, 4)
    assert changes(node, "member_marriage_changed")[-1] == ("new", "closed", "婚姻登记已更正或撤销")


def test_one_account_for_two_households_in_one_month(node: Node) -> None:
    paid(node, ["202601"], [1], certificate="3301062020000001")
    paid(node, ["202602"], [2], certificate="3301062020000002")
    assert kept(node) == {}  # in different months: a card handed on
    paid(node, ["202602"], [1], certificate="3301062020000001")
    assert kept(node) == {"shared_account": ("new", 200_000)}
    assert node.value("SELECT cardinality(person_ids) FROM signals_signal") == 2
    paid(node, ["202602"], [2], certificate="3301062020000002", card=CARDS[1])
    assert kept(node)["shared_account"][0] == "closed"


def test_an_address_with_many_households(node: Node) -> None:
    population(node, 1, 2, 3, address="浙江省杭州市西湖区翠苑街道文三路1号")
    for serial in (1, 2):
        paid(node, SPRING[:1], [serial], certificate=f"330106202000000{serial}", card=CARDS[serial - 1])
    assert kept(node) == {}
    paid(node, SPRING[:1], [3], certificate="3301062020000003", card=CARDS[2])
    assert kept(node) == {"shared_address": ("new", 300_000)}
    population(node, 3, address="浙江省杭州市西湖区翠苑街道文三路2号")
    assert kept(node)["shared_address"][0] == "closed"


def test_a_person_cremated_twice_and_the_certificate_corrected(node: Node) -> None:
    cremated(node, 1, "2026-01-10", "2026-01-12", "330106012026000001")
    cremated(node, 1, "2026-01-10", "2026-01-12", "330106012026000001")
    assert kept(node) == {}  # the same certificate sent twice is one cremation
    cremated(node, 1, "2026-01-11", "2026-01-20", "330106012026000002")
    assert kept(node) == {"cremated_twice": ("new", None)}
    cremated(node, 3, "2026-01-11", "2026-01-20", "330106012026000002")
    assert kept(node)["cremated_twice"][0] == "closed"
    assert changes(node, "cremated_twice")[-1][2] == "火化登记已更正，此人现只有1张火化证"


def test_a_death_after_the_cremation(node: Node) -> None:
    cremated(node, 1, "2026-01-10", "2026-01-12", "330106012026000001")
    cremated(node, 1, "2026-03-01", "2026-03-03", "330106012026000002")
    assert set(kept(node)) == {"cremated_twice", "death_after_cremation"}
    cremated(node, 1, "2026-01-10", "2026-03-03", "330106012026000002")
    assert kept(node)["death_after_cremation"][0] == "closed" and kept(node)["cremated_twice"][0] == "new"


def test_a_representative_who_died_until_another_is_registered(node: Node) -> None:
    population(node, 1, 2)
    society(node, 0, 1)
    cremated(node, 1, "2026-01-10", "2026-01-12")
    assert kept(node) == {"representative_died": ("new", None)}
    society(node, 0, 2)
    assert changes(node, "representative_died")[-1] == ("new", "closed", "法定代表人已变更")


def test_a_society_off_the_books_needs_no_living_representative(node: Node) -> None:
    population(node, 1)
    society(node, 0, 1, state="注销")
    cremated(node, 1, "2026-01-10", "2026-01-12")
    assert kept(node) == {}


def test_a_representative_of_two_societies_but_not_of_a_society_and_a_foundation(node: Node) -> None:
    population(node, 1)
    society(node, 0, 1)
    society(node, 1, 1, kind="基金会")
    assert kept(node) == {}
    society(node, 2, 1)
    assert kept(node) == {"representative_of_two": ("new", None)}
    society(node, 2, 1, state="注销")
    assert kept(node)["representative_of_two"][0] == "closed"


def test_married_again_without_divorce_or_death(node: Node) -> None:
    registered(node, "结婚", FIRST, "2015-05-20", 1, 2)
    registered(node, "结婚", SECOND, "2024-02-02", 1, 4)
    assert kept(node) == {"married_again": ("new", None)}
    assert node.value("SELECT since::text FROM signals_signal") == "2024-02-02"
    registered(node, "离婚", "L330106-2019-000003", "2019-08-01", 1, 2)
    assert changes(node, "married_again")[-1][1:] == ("closed", "两次结婚之间的离婚登记已补录")


@pytest.mark.parametrize(
    "between",
    [
        lambda node: registered(node, "离婚", "L330106-2019-000003", "2019-08-01", 1, 2),
        lambda node: registered(node, "撤销", FIRST, "2016-01-01", 1, 2),
        lambda node: cremated(node, 2, "2019-02-10", "2019-02-12"),
    ],
    ids=["divorced", "revoked", "widowed"],
)
def test_a_marriage_that_had_ended_is_no_bar(node: Node, between) -> None:
    registered(node, "结婚", FIRST, "2015-05-20", 1, 2)
    between(node)
    registered(node, "结婚", SECOND, "2024-02-02", 1, 4)
    assert "married_again" not in kept(node)


def test_a_reissue_and_the_same_certificate_twice_are_no_marriages(node: Node) -> None:
    registered(node, "结婚", FIRST, "2015-05-20", 1, 2)
    registered(node, "结婚", FIRST, "2015-05-20", 1, 2)
    registered(node, "补领结婚证", "BJ330106-2018-000001", "2018-01-01", 1, 2)
    assert kept(node) == {}


def test_a_widow_whose_husbands_death_was_an_error_is_found_after_all(node: Node) -> None:
    registered(node, "结婚", FIRST, "2015-05-20", 1, 2)
    cremated(node, 1, "2019-02-10", "2019-02-12")
    registered(node, "结婚", SECOND, "2024-02-02", 3, 2)
    assert kept(node) == {}
    cremated(node, 5, "2019-02-10", "2019-02-12")
    assert kept(node) == {"married_again": ("new", None)}
    assert number(2) not in str(node.rows("SELECT * FROM signals_signal"))
