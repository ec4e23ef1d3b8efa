"""撤销: a revoked marriage never was (民法典 1054); what is known of the two is what was known without it."""

from tests.exchange.numbers import PERSON, csv_text, number, people, person
from tests.node import Node

HEADINGS = (
    "登记类型", "登记证字号", "登记机关区划", "登记日期",
    "男方姓名", "男方公民身份号码", "女方姓名", "女方公民身份号码",
)  # fmt: skip
WANG, LI, ZHAO = ("王晓", 1), ("李敏", 2), ("赵娟", 4)
FIRST, SECOND, DECISION = "J330106-2020-000001", "J330106-2024-000009", "C330106-2025-000001"


def registered(
    node: Node, kind: str, certificate: str, day: str, woman: tuple[str, int] = LI
) -> dict[str, int]:
    (man, his), (wife, hers) = WANG, woman
    row = (kind, certificate, "330106", day, man, number(his), wife, number(hers))
    return node.bring("marriages", csv_text(HEADINGS, row)).report


def states(node: Node) -> dict[str, str | None]:
    return dict(node.rows("SELECT name, marital_status_code FROM registry_person"))


def test_who_never_married_before_is_what_the_register_said_of_him_before(node: Node) -> None:
    single = [[*person(*who), "未婚"] for who in (WANG, LI)]
    node.bring("persons", csv_text([*PERSON, "婚姻状况"], *single))
    registered(node, "结婚", FIRST, "2020-05-20")
    assert states(node) == {"王晓": "20", "李敏": "20"}
    assert registered(node, "撤销", FIRST, "2021-03-01")["updated"] == 1
    assert states(node) == {"王晓": "10", "李敏": "10"}


def test_who_was_divorced_before_is_divorced_again(node: Node) -> None:
    registered(node, "结婚", FIRST, "2010-05-20")
    registered(node, "离婚", "L330106-2019-000003", "2019-08-01")
    registered(node, "结婚", SECOND, "2024-02-02", ZHAO)
    assert states(node) == {"王晓": "20", "李敏": "40", "赵娟": "20"}
    registered(node, "撤销", SECOND, "2025-01-15", ZHAO)
    assert states(node) == {"王晓": "40", "李敏": "40", "赵娟": None}


def test_where_nobody_said_anything_else_nothing_is_made_up(node: Node) -> None:
    """未婚 would be a statement no source made: a person may have been married elsewhere."""
    node.bring("persons", people(person(*WANG), person(*LI)))
    registered(node, "结婚", FIRST, "2020-05-20")
    registered(node, "撤销", FIRST, "2021-03-01")
    assert states(node) == {"王晓": None, "李敏": None}
    kept = node.rows(
        "SELECT kind_code, recorded_to IS NULL FROM marriage_registration ORDER BY recorded_from, kind_code"
    )
    assert kept == [("11", False), ("41", True)]  # what was believed until then stays to be seen


def test_a_revocation_that_names_no_marriage_takes_none_back(node: Node) -> None:
    registered(node, "结婚", FIRST, "2020-05-20")
    assert registered(node, "撤销", DECISION, "2025-03-01")["created"] == 1
    assert states(node) == {"王晓": "20", "李敏": "20"}


def test_a_revocation_in_its_marriages_own_file_goes_back_to_the_source(node: Node) -> None:
    (man, his), (wife, hers) = WANG, LI
    couple = (man, number(his), wife, number(hers))
    rows = [
        (kind, FIRST, "330106", day, *couple)
        for kind, day in (("结婚", "2020-05-20"), ("撤销", "2021-03-01"))
    ]
    brought = node.bring("marriages", csv_text(HEADINGS, *rows))
    assert brought.rules == [(2, "登记证字号", "unique")]
    registered(node, "撤销", FIRST, "2021-03-01")  # as the returned row is sent again
    assert states(node) == {"王晓": None, "李敏": None}
