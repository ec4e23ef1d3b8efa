"""The model's reasons are the model's: their sum is the match weight that scoring gave the pair."""

import pytest
from tests.node import Node
from tests.registry.test_linkage import bring, others, row

from minzheng.exchange.held.staging import held_row, mentioned
from minzheng.exchange.models import ReviewItem
from minzheng.foundation.database.arrow import bulk
from minzheng.registry.linkage.explain import PRIOR, RARITY, Explanation, explain
from minzheng.registry.models import Person


def reasons(item: ReviewItem) -> dict[str, Explanation]:
    with bulk() as work:
        (mention,) = mentioned(held_row(work, item.batch_id, item.row_no))
        persons = list(
            Person.objects.filter(pk__in=[c["person_id"] for c in item.candidates]).values_list(
                "pk", flat=True
            )
        )
        return {str(one.person_id): one for one in explain(work, mention, persons)}


@pytest.mark.parametrize(
    ("name", "said"),
    [("王小龙", {"born": "1990-03-08", "户籍地址": "", "联系电话": ""}), ("王小虎", {})],
    ids=["the same name, a day off", "one character off"],
)
def test_the_parts_add_up_to_the_weight_that_decided(node: Node, name: str, said: dict[str, str]) -> None:
    bring(node, row("王小龙", 1), *others(300))
    bring(node, row(name, **said))
    item = ReviewItem.objects.get()
    for candidate in item.candidates:
        found = reasons(item)[candidate["person_id"]]
        assert found.bits == pytest.approx(candidate["score"], abs=1e-6)
        assert found.bits == pytest.approx(sum(step.bits for step in found.steps))
        assert found.steps[-1].total == pytest.approx(found.bits)
        keys = [step.key for step in found.steps]
        assert keys[:2] == [PRIOR, "name"] and (RARITY in keys) == (name == "王小龙")


def test_nothing_said_weighs_nothing(node: Node) -> None:
    bring(node, row("王小龙", 1), *others(300))
    bring(node, row("王小龙", born="1990-03-08", 户籍地址="", 联系电话=""))
    (found,) = reasons(ReviewItem.objects.get()).values()
    by_key = {step.key: step for step in found.steps}
    assert (by_key["phone"].bits, by_key["phone"].said) == (0.0, "电话未填")
    assert by_key["name"].said == "姓名相同" and by_key["birth"].said == "月日颠倒或差一位"
