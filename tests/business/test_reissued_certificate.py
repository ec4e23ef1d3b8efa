"""补领: a paper handed out anew changes nothing of what is registered, under whatever number it comes."""

import pytest
from tests.business.registering import FIRST, HEADINGS, registered, row_of, states
from tests.exchange.numbers import csv_text
from tests.node import Node

CURRENT = """SELECT kind_code, happened_on::text FROM marriage_registration WHERE recorded_to IS NULL
    ORDER BY happened_on"""


@pytest.mark.parametrize("reissued_first", [False, True])
def test_a_reissue_under_the_marriages_number_leaves_it_standing(node: Node, reissued_first: bool) -> None:
    rows = [("结婚", FIRST, "2020-05-20"), ("补领结婚证", FIRST, "2023-06-01")]
    for row in reversed(rows) if reissued_first else rows:
        assert registered(node, *row)["created"] == 1
    assert states(node) == {"王晓": "20", "李敏": "20"}
    assert node.rows(CURRENT) == [("11", "2020-05-20"), ("31", "2023-06-01")]


def test_a_certificate_may_be_lost_twice(node: Node) -> None:
    rows = [("结婚", FIRST, "2020-05-20"), *(("补领结婚证", FIRST, f"202{y}-06-01") for y in (1, 3))]
    brought = node.bring("marriages", csv_text(HEADINGS, *(row_of(*row) for row in rows)))
    assert (brought.report["created"], brought.rules) == (3, [])
    assert states(node) == {"王晓": "20", "李敏": "20"}


def test_a_divorce_under_the_marriages_number_is_a_record_of_its_own(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "离婚", FIRST, "2023-06-01")
    assert registered(node, "结婚", FIRST, "2020-05-20")["unchanged"] == 1
    assert states(node) == {"王晓": "40", "李敏": "40"}
    assert node.rows(CURRENT) == [("11", "2020-05-20"), ("21", "2023-06-01")]


def test_a_marriage_stated_anew_is_still_one_record(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    assert registered(node, "补办结婚", FIRST, "2020-05-21")["updated"] == 1
    assert node.rows(CURRENT) == [("12", "2020-05-21")]
