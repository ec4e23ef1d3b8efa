"""``minzheng quality``: of everything, of one batch, and refused in one Chinese line."""

from tests.exchange.numbers import people, person
from tests.node import MakeApart, Node, make_apart, node, standards_of_this_run, transactional_db

__all__ = ["make_apart", "node", "standards_of_this_run", "transactional_db"]


def test_the_command_tells_what_the_pages_tell(node: Node, make_apart: MakeApart) -> None:
    rows = [person("王晓", 1), person("王芳", 2, 公民身份号码="330199199003070021")]
    brought = node.bring("persons", people(*rows), source="省公安厅")
    apart = make_apart()
    whole = apart.json("quality")
    (figure,) = [f for f in whole["figures"] if (f["rule"], f["field"]) == ("persons.q01", "公民身份号码")]
    assert (figure["checked"], figure["failed"], figure["share"], figure["missed"]) == (2, 1, 50.0, True)
    assert whole["sources"][0]["source"] == "省公安厅" and whole["tickets"]["open"] == 1
    assert whole["dimensions"][0]["name"] == "规范性" and 0 < whole["overall"]["score"] < 100
    one = apart.json("quality", brought.batch.id)
    assert one["figures"] == whole["figures"]
    wrong = apart.run("quality", "no-such-batch")
    assert wrong.returncode != 0 and "没有批次" in wrong.stderr and len(wrong.stderr.splitlines()) == 1
