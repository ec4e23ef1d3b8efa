"""撤销: a revoked marriage never was (民法典 1054); what is known of the two is what was known without it."""

import itertools

import pytest
from tests.business.registering import (
    DECISION,
    FIRST,
    HEADINGS,
    LI,
    SECOND,
    WANG,
    ZHAO,
    registered,
    row_of,
    states,
)
from tests.exchange.numbers import PERSON, csv_text, people, person
from tests.node import Node

NUMBERS = pytest.mark.parametrize("number_of_revocation", [FIRST, DECISION])


@NUMBERS
def test_who_never_married_before_is_what_the_register_said_of_him_before(
    node: Node, number_of_revocation: str
) -> None:
    single = [[*person(*who), "未婚"] for who in (WANG, LI)]
    node.bring("persons", csv_text([*PERSON, "婚姻状况"], *single))
    registered(node, "结婚", FIRST, "2020-05-20")
    assert states(node) == {"王晓": "20", "李敏": "20"}
    assert registered(node, "撤销", number_of_revocation, "2021-03-01")["created"] == 1
    assert states(node) == {"王晓": "10", "李敏": "10"}


@NUMBERS
def test_where_nobody_said_anything_else_nothing_is_made_up(node: Node, number_of_revocation: str) -> None:
    """未婚 would be a statement no source made: a person may have been married elsewhere."""
    node.bring("persons", people(person(*WANG), person(*LI)))
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", number_of_revocation, "2021-03-01")
    assert states(node) == {"王晓": None, "李敏": None}
    kept = node.rows("SELECT kind_code FROM marriage_registration WHERE recorded_to IS NULL ORDER BY 1")
    assert kept == [("11",), ("41",)]  # both were registered, and both stay to be seen


def test_who_was_divorced_before_is_divorced_again(node: Node) -> None:
    registered(node, "结婚", FIRST, "2010-05-20")
    registered(node, "离婚", "L330106-2019-000003", "2019-08-01")
    registered(node, "结婚", SECOND, "2024-02-02", ZHAO)
    assert states(node) == {"王晓": "20", "李敏": "40", "赵娟": "20"}
    registered(node, "撤销", DECISION, "2025-01-15", ZHAO)
    assert states(node) == {"王晓": "40", "李敏": "40", "赵娟": None}


@NUMBERS
def test_a_marriage_sent_again_after_its_revocation_marries_no_one(
    node: Node, number_of_revocation: str
) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", number_of_revocation, "2021-03-01")
    assert registered(node, "结婚", FIRST, "2020-05-20")["unchanged"] == 1
    assert registered(node, "结婚", FIRST, "2020-05-21")["updated"] == 1  # its day corrected
    assert states(node) == {"王晓": None, "李敏": None}


@NUMBERS
def test_a_revocation_that_comes_before_its_marriage_is_kept_for_it(
    node: Node, number_of_revocation: str
) -> None:
    registered(node, "撤销", number_of_revocation, "2021-03-01")
    assert registered(node, "结婚", FIRST, "2020-05-20")["created"] == 1
    assert states(node) == {"王晓": None, "李敏": None}
    assert registered(node, "撤销", number_of_revocation, "2021-03-01")["unchanged"] == 1
    assert states(node) == {"王晓": None, "李敏": None}


@NUMBERS
def test_both_in_one_file_in_either_order(node: Node, number_of_revocation: str) -> None:
    rows = [row_of("结婚", FIRST, "2020-05-20"), row_of("撤销", number_of_revocation, "2021-03-01")]
    assert node.bring("marriages", csv_text(HEADINGS, *reversed(rows))).report["created"] == 2
    assert states(node) == {"王晓": None, "李敏": None}
    assert node.bring("marriages", csv_text(HEADINGS, *rows)).report["unchanged"] == 2


ROWS = (
    ("结婚", FIRST, "2010-05-20"),
    ("离婚", "L330106-2015-000003", "2015-08-01"),
    ("结婚", SECOND, "2024-02-02"),
    ("撤销", DECISION, "2025-01-15"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_the_last_marriage_of_the_two_is_meant_in_whatever_order_rows_come(
    node: Node, order: tuple[int, ...]
) -> None:
    for at in order:
        registered(node, *ROWS[at])
    assert states(node) == {"王晓": "40", "李敏": "40"}


def test_a_marriage_that_ended_in_divorce_or_came_later_is_not_meant(node: Node) -> None:
    registered(node, "结婚", FIRST, "2010-05-20")
    registered(node, "离婚", "L330106-2015-000003", "2015-08-01")
    registered(node, "撤销", DECISION, "2016-01-15")
    assert _married(node) == [(FIRST, True), ("L330106-2015-000003", True)]
    registered(node, "结婚", SECOND, "2024-02-02")
    assert states(node) == {"王晓": "20", "李敏": "20"}


def test_a_divorce_revoked_under_its_own_number_leaves_them_married(node: Node) -> None:
    registered(node, "结婚", FIRST, "2010-05-20")
    registered(node, "离婚", "L330106-2015-000003", "2015-08-01")
    registered(node, "撤销", "L330106-2015-000003", "2016-01-15")
    assert states(node) == {"王晓": "20", "李敏": "20"}
    registered(node, "撤销", DECISION, "2016-02-15")  # and then the marriage that stands again
    assert states(node) == {"王晓": None, "李敏": None}


def _married(node: Node) -> list[tuple[str, bool]]:
    """Marriages and divorces by number: whether they say anything of the husband."""
    return node.rows(
        """SELECT r.certificate_no, c.marital_status_code IS NOT NULL FROM marriage_registration r
        JOIN registry_personclaim c ON c.record_id = r.id AND c.recorded_to IS NULL AND c.role = 'husband'
        WHERE r.recorded_to IS NULL AND r.kind_code IN ('11', '21') ORDER BY r.happened_on"""
    )


def test_a_revocation_of_others_takes_nothing_from_these_two(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", DECISION, "2025-03-01", ZHAO)
    assert states(node) == {"王晓": "20", "李敏": "20", "赵娟": None}


def test_a_number_mistaken_for_anothers_takes_nothing_from_that_other(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "结婚", SECOND, "2021-05-20", ("赵娟", 4), man=("孙伟", 3))
    registered(node, "撤销", SECOND, "2022-03-01")
    assert states(node) == {"王晓": None, "李敏": None, "赵娟": "20", "孙伟": "20"}


def test_a_revocation_that_is_corrected_gives_the_marriage_back(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "结婚", SECOND, "2021-05-20", ZHAO)
    registered(node, "撤销", DECISION, "2022-03-01")
    assert _married(node) == [(FIRST, False), (SECOND, True)]
    assert registered(node, "撤销", DECISION, "2022-03-01", ZHAO)["updated"] == 1
    assert _married(node) == [(FIRST, True), (SECOND, False)]
    assert states(node) == {"王晓": "20", "李敏": "20", "赵娟": None}


def test_the_two_may_marry_again(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", DECISION, "2021-03-01")
    registered(node, "结婚", SECOND, "2023-05-20")
    assert states(node) == {"王晓": "20", "李敏": "20"}
    registered(node, "撤销", DECISION, "2021-03-01")
    assert states(node) == {"王晓": "20", "李敏": "20"}
