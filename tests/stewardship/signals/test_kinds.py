"""Each kind of signal: what it must find, what it must leave alone, and how it closes when its cause is corrected.

Bringing a file in costs a second, so that all cases share one file a feed: each case is persons of its own.
"""

import pytest
from tests.node import Node
from tests.stewardship.signals.files import (
    CARDS,
    bring,
    cremation_row,
    kept,
    last_change,
    marriage_row,
    name,
    payment_rows,
    person_rows,
    society_row,
)
from tests.stewardship.signals.runs import nothing_more_to_find

SPRING = ("202601", "202602", "202603", "202604")


def first_files(node: Node) -> None:
    bring(
        node,
        "persons",
        *person_rows(*range(1, 110)),
        *person_rows(111, 113, 115, at=500),
        *person_rows(117, 119, at=600),
    )
    bring(
        node,
        "marriages",
        marriage_row("结婚", 1, "2015-05-20", 11, 12),  # 11 marries again
        marriage_row("结婚", 2, "2024-02-02", 11, 14),
        marriage_row("结婚", 3, "2015-05-20", 13, 16),  # 13 is divorced before
        marriage_row("离婚", 4, "2019-08-01", 13, 16),
        marriage_row("结婚", 5, "2024-02-02", 13, 18),
        marriage_row("结婚", 6, "2015-05-20", 17, 24),  # 17 is a widower before
        marriage_row("结婚", 7, "2024-02-02", 17, 26),
        marriage_row("结婚", 8, "2015-05-20", 19, 28),  # a reissue is no marriage
        marriage_row("补领结婚证", 9, "2018-05-20", 19, 28),
        marriage_row("结婚", 10, "2026-02-14", 21, 30),  # while paid as a member
        marriage_row("结婚", 11, "2014-05-20", 27, 36),  # married before, divorced while paid
        marriage_row("离婚", 12, "2026-03-05", 27, 36),
        marriage_row("结婚", 13, "2025-06-20", 29, 38),  # before the first payment
        marriage_row("结婚", 14, "2026-02-20", 33, 34),  # the spouse is listed already
    )
    bring(
        node,
        "allowances",
        *payment_rows(SPRING, [23, 21]),
        *payment_rows(SPRING, [27, 36]),
        *payment_rows(SPRING, [29, 38]),
        *payment_rows(SPRING, [33, 34]),
        *payment_rows(SPRING, [41, 42], yuan=1001),
        *payment_rows(SPRING, [43, 44]),
        *payment_rows(SPRING, [45]),
        *payment_rows(["202602"], [47], card=CARDS[0]),
        *payment_rows(["202602"], [49], card=CARDS[0]),
        *payment_rows(["202601"], [51], card=CARDS[1]),  # a card handed on is not shared
        *payment_rows(["202602"], [53], card=CARDS[1]),
        *[row for head in (111, 113, 115, 117, 119) for row in payment_rows(["202604"], [head])],
    )
    bring(
        node,
        "societies",
        society_row(0, 59),
        society_row(1, 61),
        society_row(2, 61),
        society_row(3, 63),
        society_row(4, 63, kind="基金会"),
        society_row(5, 65, state="注销"),
    )
    bring(
        node,
        "cremations",
        cremation_row(24, "2019-02-10", "2019-02-12"),
        cremation_row(42, "2026-02-10", "2026-02-12"),
        cremation_row(44, "2026-04-01", "2026-04-03"),  # the month of death is still paid rightly
        cremation_row(45, "2026-01-10", "2026-01-12"),
        cremation_row(55, "2026-01-10", "2026-01-12"),
        cremation_row(55, "2026-01-10", "2026-01-20", certificate=955),
        cremation_row(57, "2026-01-10", "2026-01-12"),
        cremation_row(57, "2026-03-01", "2026-03-03", certificate=957),
        cremation_row(59, "2026-01-10", "2026-01-12"),
        cremation_row(65, "2026-01-10", "2026-01-12"),
    )


FOUND = {
    ("married_again", name(11), "new", None),
    ("member_marriage_changed", name(21), "new", 200_000),
    ("member_marriage_changed", name(27), "new", 100_000),
    ("member_marriage_changed", name(36), "new", 100_000),
    ("paid_after_death", name(42), "new", 2 * 50_050),
    ("paid_after_death", name(45), "new", 300_000),
    ("shared_account", name(47), "new", 200_000),
    ("shared_address", name(111), "new", 300_000),
    ("cremated_twice", name(55), "new", None),
    ("cremated_twice", name(57), "new", None),
    ("death_after_cremation", name(57), "new", None),
    ("representative_died", name(59), "new", None),
    ("representative_of_two", name(61), "new", None),
}


def test_each_kind_finds_what_it_must_and_closes_when_the_cause_is_corrected(node: Node) -> None:
    first_files(node)
    assert last_change(node, "married_again", 17)[1:] == (
        "closed",
        "前配偶已有死亡登记",
    )  # that file came later
    found = {one for one in kept(node) if one[2] != "closed"}
    # Of persons who share an account or an address, which one comes first says nothing.
    assert {one for one in found if not one[0].startswith("shared")} == {
        one for one in FOUND if not one[0].startswith("shared")
    }
    assert {(k, s, m) for k, _, s, m in found} == {(k, s, m) for k, _, s, m in FOUND}
    ((since, division, said, due),) = node.rows(
        "SELECT since::text, division_code, said, due_on FROM signals_signal WHERE amount_fen = 100100"
    )
    assert (since, division, due is not None) == ("2026-03-01", "330106", True)
    assert said == "2026-02-10死亡，2026年3月至2026年4月仍发放2个月"
    nothing_more_to_find(node)

    bring(
        node,
        "cremations",
        cremation_row(40, "2026-02-10", "2026-02-12", certificate=42),  # it was someone else
        cremation_row(45, "2026-04-20", "2026-04-22", certificate=45),  # he died later than was said
        cremation_row(73, "2026-01-10", "2026-01-20", certificate=955),
        cremation_row(57, "2026-01-10", "2026-03-03", certificate=957),
    )
    kind, _, *rest = marriage_row("撤销", 12, "2026-04-01", 27, 36)
    revoked = (kind, marriage_row("离婚", 12, "", 27, 36)[1], *rest)  # under the divorce's own number
    bring(
        node,
        "marriages",
        marriage_row("离婚", 15, "2019-08-01", 11, 12),
        revoked,
    )
    bring(
        node,
        "allowances",
        *payment_rows(["202605"], [23, 21, 30]),  # the wife is listed now
        *payment_rows(["202602"], [49], card=CARDS[2]),
    )
    bring(node, "persons", *person_rows(115, at=501))
    bring(node, "societies", society_row(0, 75), society_row(2, 61, state="注销"))
    nothing_more_to_find(node)
    assert {(kind, who) for kind, who, state, _ in kept(node) if state != "closed"} == {
        ("cremated_twice", name(57))
    }
    assert {
        ("paid_after_death", 42): "死亡登记已更正或撤销，此人没有死亡日期",
        ("paid_after_death", 45): "死亡日期更正为2026-04-20或发放记录已更正，死亡后没有发放",
        ("cremated_twice", 55): "火化登记已更正，此人现只有1张火化证",
        ("married_again", 11): "两次结婚之间的离婚登记已补录",
        ("member_marriage_changed", 27): "婚姻登记已更正或撤销",
        ("representative_died", 59): "法定代表人已变更",
    }.items() <= {
        (kind, serial): last_change(node, kind, serial)[2]
        for kind, serial in (
            ("paid_after_death", 42), ("paid_after_death", 45), ("cremated_twice", 55), ("married_again", 11),
            ("member_marriage_changed", 27), ("representative_died", 59),
        )
    }.items()  # fmt: skip
    assert "配偶已列入" in last_change(node, "member_marriage_changed", 21)[2]


def test_a_widow_whose_husbands_death_was_an_error_is_found_after_all(node: Node) -> None:
    """Nothing of hers was touched: the death of another person was taken back."""
    bring(
        node,
        "marriages",
        marriage_row("结婚", 1, "2015-05-20", 1, 2),
        marriage_row("结婚", 2, "2024-02-02", 3, 2),
    )
    assert kept(node) == {("married_again", name(2), "new", None)}
    bring(node, "cremations", cremation_row(1, "2019-02-10", "2019-02-12"))
    assert last_change(node, "married_again", 2) == ("new", "closed", "前配偶已有死亡登记")
    bring(node, "cremations", cremation_row(5, "2019-02-10", "2019-02-12", certificate=1))
    assert last_change(node, "married_again", 2) == ("closed", "new", "再次符合条件，重新提示")


@pytest.mark.parametrize("number", [1, 99])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_who_marries_after_a_revoked_marriage_has_not_married_again(
    node: Node, number: int, order: tuple[int, ...]
) -> None:
    """Under the marriage's number or one of its own, in whatever order the three are told."""
    rows = [
        marriage_row("结婚", 1, "2015-05-20", 11, 12),
        marriage_row("撤销", number, "2016-05-20", 11, 12),
        marriage_row("结婚", 2, "2024-02-02", 11, 14),
    ]
    for at in order:
        bring(node, "marriages", rows[at])
    nothing_more_to_find(node)
    assert {one for one in kept(node) if one[2] != "closed"} == set()
    if order == (2, 0, 1):  # it was found until the revocation came
        assert last_change(node, "married_again", 11)[1:] == ("closed", "婚姻登记已更正或撤销")
    bring(node, "marriages", rows[0])
    assert {one for one in kept(node) if one[2] != "closed"} == set()


def test_a_reissue_under_the_marriages_number_hides_no_second_marriage(node: Node) -> None:
    bring(node, "marriages", marriage_row("结婚", 1, "2015-05-20", 11, 12))
    kind, _, *rest = marriage_row("补领结婚证", 1, "2018-05-20", 11, 12)
    bring(node, "marriages", (kind, marriage_row("结婚", 1, "", 11, 12)[1], *rest))
    bring(node, "marriages", marriage_row("结婚", 2, "2024-02-02", 11, 14))
    assert kept(node) == {("married_again", name(11), "new", None)}
    nothing_more_to_find(node)
